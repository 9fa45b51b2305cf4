/** What an entry gets, from the YAML to the plain form that components take. */

import { type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { type VaultGrantArgs } from '../trust/vault/grant.ts';
import { type AccessEntry, type GroupEntry, durationSeconds } from './schema.ts';

/** Reads a file that the catalog names: relative to the catalog. */
export type ReadFile = (path: string) => Result<string>;

export interface AwsGrant {
  /** Names of AWS managed policies, or ARNs. */
  readonly managed: readonly string[];
  /** File name without its ending, to the JSON text. */
  readonly inline: Readonly<Record<string, string>>;
  readonly boundary?: string;
  /** Seconds. */
  readonly session?: number;
  readonly audiences?: readonly string[];
  /** Default: the entry's name. */
  readonly role?: string;
  /** Default: `/`. */
  readonly path?: string;
  /** It is there already, and is imported. Default: false. */
  readonly adopt?: boolean;
}

const list = (value: string | readonly string[]): string[] => (typeof value === 'string' ? [value] : [...value]);

const seconds = (key: string, value: string | undefined) =>
  value === undefined ? {} : { [key]: durationSeconds(value) };

export function readVaultGrant(entry: NonNullable<AccessEntry['vault']> | GroupEntry['vault']): VaultGrantArgs {
  const { policies, read, write, kv } = entry;
  const role: Partial<NonNullable<AccessEntry['vault']>> = entry;
  return {
    ...(policies === undefined ? {} : { policies }),
    ...(read === undefined ? {} : { read }),
    ...(write === undefined ? {} : { write }),
    ...(kv === undefined ? {} : { kv }),
    ...(role.audience === undefined ? {} : { audiences: list(role.audience) }),
    ...seconds('ttl', role.ttl),
    ...seconds('maxTtl', role.max_ttl),
    ...seconds('explicitMaxTtl', role.explicit_max_ttl),
    ...(role.user_claim === undefined ? {} : { userClaim: role.user_claim }),
    ...(role.groups_claim === undefined ? {} : { groupsClaim: role.groups_claim }),
    ...(role.claim_mappings === undefined ? {} : { claimMappings: role.claim_mappings }),
    ...(role.token_type === undefined ? {} : { tokenType: role.token_type }),
    ...(role.default_policy === undefined ? {} : { defaultPolicy: role.default_policy }),
    ...(role.bound_cidrs === undefined ? {} : { boundCidrs: role.bound_cidrs }),
  };
}

export function readAwsGrant(entry: NonNullable<AccessEntry['aws']>, readFile: ReadFile): Result<AwsGrant> {
  const problems: Problem[] = [];
  const inline: Record<string, string> = {};
  for (const file of list(entry.inline ?? [])) {
    const policy = Object.hasOwn(inline, nameOf(file)) ? sameName(file) : readPolicy(file, readFile);
    if (policy.ok) inline[nameOf(file)] = policy.value;
    else problems.push(...under(['aws', 'inline'], policy.problems));
  }
  if (problems.length > 0) return refuse(...problems);
  return accept({
    managed: entry.managed ?? [],
    inline,
    ...(entry.boundary === undefined ? {} : { boundary: entry.boundary }),
    ...seconds('session', entry.session),
    ...(entry.audience === undefined ? {} : { audiences: list(entry.audience) }),
    ...(entry.role === undefined ? {} : { role: entry.role }),
    ...(entry.path === undefined ? {} : { path: entry.path }),
    ...(entry.adopt === undefined ? {} : { adopt: entry.adopt }),
  });
}

const nameOf = (file: string): string => (file.split('/').at(-1) ?? file).replace(/\.json$/, '');

/** At IAM the file's name is the policy's: a second one would replace the first. */
const sameName = (file: string): Result<never> =>
  refuse(
    problem(
      [],
      `${file} has the name of a file before it`,
      'name the files differently: the name is that of the policy',
    ),
  );

function readPolicy(file: string, readFile: ReadFile): Result<string> {
  const text = readFile(file);
  if (!text.ok) return text;
  try {
    const policy: unknown = JSON.parse(text.value);
    if (typeof policy !== 'object' || policy === null || !('Statement' in policy)) {
      return refuse(problem([], `${file} is no IAM policy: it has no Statement`));
    }
    return accept(JSON.stringify(policy));
  } catch (error) {
    return refuse(problem([], `${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`));
  }
}

const POLICY_NAME = /^[\w+=,.@-]+(?:\/[\w+=,.@-]+)*$/;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:aws|[0-9]{12}):policy\/[\w+=,.@/-]+$/;

/** IAM has no other names of policies (IAM and STS quotas: names). */
function checkPolicyNames({ managed, boundary }: AwsGrant): Problem[] {
  const given = [
    ...managed.map((name, index) => ({ name, path: ['aws', 'managed', index] })),
    ...(boundary === undefined ? [] : [{ name: boundary, path: ['aws', 'boundary'] }]),
  ];
  return given
    .filter(({ name }) => !(name.startsWith('arn:') ? POLICY_ARN : POLICY_NAME).test(name))
    .map(({ name, path }) =>
      problem(
        path,
        `\`${name}\` is no policy of IAM`,
        'write the name of an AWS managed policy, such as ReadOnlyAccess, or an ARN: arn:aws:iam::123456789012:policy/name',
      ),
    );
}

const ADMINISTRATOR = /(?:^|\/)AdministratorAccess$/;

/** Session bounds are those of IAM's MaxSessionDuration. */
export function checkAwsGrant(grant: AwsGrant): Problem[] {
  const { session } = grant;
  return [
    ...checkPolicyNames(grant),
    ...(grant.managed.length + Object.keys(grant.inline).length === 0
      ? [problem(['aws'], 'nothing is granted', 'write `managed` or `inline`')]
      : []),
    ...(session !== undefined && (session < 3600 || session > 43200)
      ? [
          problem(
            ['aws', 'session'],
            'a role allows sessions of at least 1h and at most 12h',
            'ask for shorter ones at login: --duration-seconds',
          ),
        ]
      : []),
    ...(grant.managed.some((name) => ADMINISTRATOR.test(name)) && grant.boundary === undefined
      ? [
          problem(
            ['aws', 'managed'],
            'AdministratorAccess makes one leaked token the whole account',
            'grant what the workload needs, or set a `boundary`',
          ),
        ]
      : []),
    ...(grant.audiences?.some((audience) => /[*?]/.test(audience)) === true
      ? [
          problem(
            ['aws', 'audience'],
            'an audience is a plain value: a pattern would take tokens that were meant for others',
          ),
        ]
      : []),
  ];
}
