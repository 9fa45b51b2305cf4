/** The roles of a company as a plan of Terraform: each trusts a workload of its own, in one of the ways that teams write it, some by mistake. */
import { type Json } from '../../src/trust/resource.ts';
import { type Provided } from './document.ts';

const GITHUB = 'token.actions.githubusercontent.com';
const GITLAB = 'gitlab.com';
const ONA = 'app.gitpod.io';

interface Workload {
  readonly owner: string;
  readonly ownerId: number;
  readonly name: string;
  readonly id: number;
  readonly environment: string;
}

interface Trust {
  readonly host: string;
  /** By operator and claim. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

type Style = (workload: Workload) => Trust;

const github =
  (
    operator: string,
    sub: (of: Workload) => string | readonly string[],
    more: (of: Workload) => Json = () => ({}),
  ): Style =>
  (of) => ({ host: GITHUB, conditions: { [operator]: { sub: sub(of) }, ...more(of) } as Trust['conditions'] });

const repository = ({ owner, ownerId, name, id }: Workload) => `repo:${owner}@${ownerId}/${name}@${id}`;
const onMain = (of: Workload) => `${repository(of)}:ref:refs/heads/main`;
const inEnvironment = (of: Workload) => `${repository(of)}:environment:${of.environment}`;
const uuid = (number: number) => `019527e4-0000-7000-8000-${String(number).padStart(12, '0')}`;

const ofProject: Style = ({ owner, name, id }) => ({
  host: GITLAB,
  conditions: {
    StringEquals: { sub: `project_path:${owner}/${name}:ref_type:branch:ref:main`, project_id: String(id) },
  },
});

const tagOfProject: Style = ({ owner, name, id }) => ({
  host: GITLAB,
  conditions: {
    StringLike: { sub: `project_path:${owner}/${name}:ref_type:tag:ref:*` },
    StringEquals: { project_id: String(id) },
  },
});

const inOna: Style = ({ ownerId, id }) => ({
  host: ONA,
  conditions: { StringEquals: { sub: `organization_id:${uuid(ownerId)}:project_id:${uuid(id)}` } },
});

/** One for each of twenty roles. */
const STYLES: readonly Style[] = [
  ...Array<Style>(5).fill(github('StringEquals', inEnvironment)),
  ...Array<Style>(4).fill(github('StringEquals', onMain)),
  github('StringEquals', (of) => [onMain(of), inEnvironment(of)]),
  github('StringLike', (of) => `${repository(of)}:ref:refs/heads/release/*`),
  github('StringLike', (of) => `${repository(of)}:ref:refs/tags/v*`),
  github(
    'StringLike',
    (of) => `repo:${of.owner}/${of.name}:*`,
    ({ id, environment }) => ({
      StringEquals: { repository_id: String(id), environment },
    }),
  ),
  ...Array<Style>(3).fill(ofProject),
  tagOfProject,
  ...Array<Style>(3).fill(inOna),
];

/** One for each hundredth role. */
const MISTAKES: readonly Style[] = [
  github('StringLike', ({ owner }) => `repo:${owner}*`),
  github('StringLike', ({ owner, name }) => `repo:${owner}/${name}:*`),
  github('StringEquals', (of) => `${repository(of)}:pull_request`),
  github('StringLike', (of) => [onMain(of), '*']),
];

const OWNERS = ['acme', 'acme-labs', 'globex', 'initech', 'umbrella-cloud'];
const KINDS = ['api', 'web', 'worker', 'billing', 'search', 'ingest', 'reports', 'gateway', 'models', 'mobile'];
const ENVIRONMENTS = ['production', 'staging', 'eu-production', 'sandbox'];

/** Always the same ones. */
export function workload(number: number): Workload {
  const owner = number % OWNERS.length;
  return {
    owner: OWNERS[owner] ?? '',
    ownerId: 70_001 + owner * 313,
    name: `${KINDS[number % KINDS.length] ?? ''}-${Math.floor(number / KINDS.length)}`,
    id: 4_100_000 + number * 17,
    environment: ENVIRONMENTS[number % ENVIRONMENTS.length] ?? '',
  };
}

/** @param number from 0; each hundredth is a mistake */
export function trustPolicy(number: number): Json {
  const isMistake = number % 100 === 99;
  return policyIn(isMistake ? at(MISTAKES, Math.floor(number / 100)) : at(STYLES, number * 7), workload(number));
}

/** The same without mistakes. */
export const carefulPolicy = (number: number): Json => policyIn(at(STYLES, number * 7), workload(number));

const at = (styles: readonly Style[], index: number): Style => styles[index % styles.length] ?? ofProject;

function policyIn(style: Style, of: Workload): Json {
  const { host, conditions } = style(of);
  const named = Object.entries(conditions).map(([operator, claims]): [string, Json] => [
    operator,
    Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${host}:${claim}`, value])),
  ]);
  const block: Record<string, Json> = Object.fromEntries(named);
  block.StringEquals = { ...block.StringEquals, [`${host}:aud`]: 'sts.amazonaws.com' };
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: block,
      },
    ],
  };
}

/** The providers, the roles, and what they may do. */
export function estate(roles: number): Provided[] {
  const providers = [GITHUB, GITLAB, ONA].map((host) => ({
    type: 'aws_iam_openid_connect_provider',
    values: { url: `https://${host}`, client_id_list: ['sts.amazonaws.com'], thumbprint_list: [] },
  }));
  const made = Array.from({ length: roles }, (_, number) => {
    const name = `ci-${number}`;
    const permissions = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::artifacts-${number}/*` },
      ],
    };
    return [
      {
        type: 'aws_iam_role',
        values: {
          name,
          path: '/',
          assume_role_policy: JSON.stringify(trustPolicy(number)),
          description: `Deploys ${workload(number).name}`,
          max_session_duration: 3600,
          permissions_boundary: null,
        },
      },
      { type: 'aws_iam_role_policy', values: { name: 'deploy', role: name, policy: JSON.stringify(permissions) } },
    ];
  });
  return [...providers, ...made.flat()];
}
