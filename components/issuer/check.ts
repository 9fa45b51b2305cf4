/** The arguments of a `TokenIssuer`, read: everything that is wrong with them and between them is said at once. Pure. */

import { type Problem, type Result, accept, problem, refuse } from '../../src/claims/problem.ts';
import { PROFILE_NAMES } from '../../src/claims/profile.ts';
import { checkIssuerUrl } from '../../src/claims/url.ts';
import type { TokenIssuerArgs } from './args.ts';
import { checkDatabase, checkNetwork, prefixOf } from './check-places.ts';
import { checkChoices, checkNumbers, checkTask } from './check-sizes.ts';
import { type IssuerPlan, planOf } from './plan.ts';

/** @param name of the component, which names of AWS begin with */
export function planIssuer(name: string, args: TokenIssuerArgs): Result<IssuerPlan> {
  const plan = planOf(args);
  const problems = [...checkName(name), ...CHECKS.flatMap((check) => check(plan, args))];
  return problems.length === 0 ? accept(plan) : refuse(...problems);
}

/** AWS has 32 characters for a load balancer, of which Pulumi takes 8, and this component up to 6. */
const LONGEST_NAME = 18;

function checkName(name: string): Problem[] {
  if (name.length <= LONGEST_NAME && /^[a-z][a-z0-9-]*$/.test(name)) return [];
  const rule = `small letters, digits and \`-\`, ${LONGEST_NAME} characters at most`;
  return [problem([], `\`${name}\` cannot begin the names of load balancers and roles`, `choose a name of ${rule}`)];
}

type Check = (plan: IssuerPlan, args: TokenIssuerArgs) => Problem[];

const CHECKS: readonly Check[] = [
  checkUrl,
  checkOffer,
  checkImage,
  checkChoices,
  checkNumbers,
  checkAdmin,
  checkSettings,
  checkNetwork,
  checkDatabase,
  checkTask,
];

function checkUrl({ url, host, path }: IssuerPlan): Problem[] {
  const broken = checkIssuerUrl(url, ['url']);
  if (broken.length > 0) return broken;
  const labels = host.split('.');
  return [
    ...(labels.length > 1 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
      ? []
      : [
          problem(
            ['url'],
            `\`${host}\` is no host of a DNS zone`,
            'write it in small letters, as in tokens.example.com',
          ),
        ]),
    ...(path === '' || /^(?:\/[A-Za-z0-9._~-]+)+$/.test(path)
      ? []
      : [problem(['url'], `the path ${path} has characters that are not served`)]),
  ];
}

/** Digests that come later are checked when they are known. */
function checkImage({ imageDigest }: IssuerPlan): Problem[] {
  return typeof imageDigest === 'string' ? checkDigest(imageDigest) : [];
}

function checkOffer({ profiles, issuerName }: IssuerPlan): Problem[] {
  const known: readonly string[] = PROFILE_NAMES;
  const strangers = profiles.filter((profile) => !known.includes(profile));
  return [
    ...(profiles.length > 0 ? [] : [problem(['profiles'], 'an issuer offers at least one profile')]),
    ...strangers.map((one) => problem(['profiles'], `there is no profile ${one}`, `there are ${known.join(', ')}`)),
    ...(profiles.includes('gitlab-job-jwt')
      ? [
          problem(
            ['profiles'],
            '`gitlab-job-jwt` needs a domain as `iss`',
            'this component serves issuers whose `iss` is their URL',
          ),
        ]
      : []),
    ...(/^[a-z][a-z0-9-]{0,29}$/.test(issuerName)
      ? []
      : [problem(['issuerName'], 'a name has small letters, digits and `-`, begins with a letter and has at most 30')]),
  ];
}

/** Two halves of the Internet are the Internet. */
const WIDEST_ADMIN = 8;

function checkAdmin({ admin, settings }: IssuerPlan, args: TokenIssuerArgs): Problem[] {
  const path = ['admin', 'allowFrom'];
  const anywhere = args.admin.dangerouslyAllowFromAnywhere === true;
  const byOidc = Object.keys(settings).some((name) => name.startsWith('IDP_ISSUER__ADMIN__OIDC'));
  const sha256 = admin.tokenSha256;
  return [
    ...(admin.allowFrom.length > 0
      ? []
      : [problem(path, 'nobody could reach the admin API', 'name networks, such as 203.0.113.0/24')]),
    ...admin.allowFrom.flatMap((cidr) => {
      const prefix = prefixOf(cidr);
      if (prefix === undefined) return [problem(path, `\`${cidr}\` is no network`, 'write it as 203.0.113.0/24')];
      if (prefix >= WIDEST_ADMIN || anywhere) return [];
      const hint = 'name the networks of those who administer, or say dangerouslyAllowFromAnywhere';
      return [problem(path, `\`${cidr}\` is a large part of the Internet`, hint)];
    }),
    ...(sha256 !== undefined || byOidc
      ? []
      : [
          problem(
            ['admin'],
            'nobody could use the admin API',
            'give it tokenSha256, or settings that begin with IDP_ISSUER__ADMIN__OIDC__',
          ),
        ]),
    ...(typeof sha256 === 'string' ? checkHash(sha256) : []),
  ];
}

/** A hash that comes later is checked when it is known. */
export function checkHash(sha256: string): Problem[] {
  if (/^[0-9a-f]{64}$/.test(sha256)) return [];
  // It may be the token itself: it is not shown.
  return [
    problem(['admin', 'tokenSha256'], 'this is no SHA-256 in 64 hexadecimal digits', 'printf %s TOKEN | sha256sum'),
  ];
}

export function checkDigest(digest: string): Problem[] {
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return [];
  const hint = 'a tag can be moved: take what `docker push` or `skopeo inspect` says';
  return [problem(['imageDigest'], `\`${digest}\` is no digest of an image, sha256:…`, hint)];
}

/** What the component sets itself, and what would be a secret in the clear. */
const OWN = [
  'LISTEN',
  'STORE',
  'CUSTODY',
  'ADMIN__HOST',
  'ADMIN__PORT',
  'ADMIN__TLS',
  'ADMIN__TOKEN',
  'ADMIN__TRUSTED',
];
const OWN_OF_ISSUER = ['URL', 'PROFILES', 'ALGORITHM', 'PUBLICATION', 'JWKS_PATHS'];

function checkSettings({ settings, issuerName }: IssuerPlan): Problem[] {
  const own = `ISSUERS__${issuerName.replaceAll('-', '_').toUpperCase()}__`;
  const taken = [...OWN, ...OWN_OF_ISSUER.map((setting) => `${own}${setting}`)];
  return Object.keys(settings).flatMap((name) => {
    const path = ['settings', name];
    const [, setting] = /^IDP_ISSUER__([A-Z0-9_]+)$/.exec(name) ?? [];
    if (setting === undefined) {
      return [
        problem(path, 'this is no setting of the issuer', 'write IDP_ISSUER__ and its path, as in docs/issuer.md'),
      ];
    }
    const clash = taken.some((one) => setting === one || setting.startsWith(`${one}_`));
    const whole = setting === 'ADMIN' || setting === 'ISSUERS' || `${setting}__` === own;
    if (!clash && !whole) return [];
    return [problem(path, 'this component sets it', 'take the argument for it')];
  });
}
