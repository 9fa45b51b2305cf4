// Resources as documents have them, and the targets' own word on a witness.
import type { Claims } from '../../src/claims/claims.ts';
import { awsClaimsOf } from '../../src/claims/visible.ts';
import { splitRole } from '../../src/lint/vault/comma.ts';
import { normalRole } from '../../src/lint/vault/normal.ts';
import type { Finding } from '../../src/lint/rule.ts';
import { evaluateTrustPolicy } from '../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import type { Verdict } from '../../src/trust/decision.ts';
import type { AwsRole, Json, Resource, VaultMount, VaultPolicy, VaultRole } from '../../src/trust/resource.ts';
import { evaluateVaultRole } from '../../src/trust/vault/evaluate.ts';
import { parseVaultRole } from '../../src/trust/vault/parse.ts';

export const GITHUB = 'token.actions.githubusercontent.com';
export const ONA = 'app.gitpod.io';
export const GITLAB = 'gitlab.com';

export const place = (resource: string) => ({ file: 'test.json', resource });

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface StatementOptions {
  readonly host?: string;
  readonly effect?: string;
  readonly principal?: unknown;
  readonly aud?: string | null;
}

/** One statement; keys without a colon are the provider's. An audience is bound unless it is null. */
export function statement(conditions: Conditions, options: StatementOptions = {}): Json {
  const { host = GITHUB, effect = 'Allow', aud = 'sts.amazonaws.com' } = options;
  const principal = options.principal ?? { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` };
  const named = Object.entries(conditions).map(([operator, keys]): [string, Json] => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [key.includes(':') ? key : `${host}:${key}`, value])),
  ]);
  const block: Record<string, Json> = Object.fromEntries(named);
  if (aud !== null) block.StringEquals = { [`${host}:aud`]: aud, ...block.StringEquals };
  return { Effect: effect, Principal: principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition: block };
}

export const policyOf = (...statements: readonly Json[]): Json => ({ Version: '2012-10-17', Statement: statements });

export function role(trustPolicy: Json, more: Partial<AwsRole> = {}): AwsRole {
  return { kind: 'aws-role', place: place('role'), managed: [], inline: [], trustPolicy, ...more };
}

/** A role of one statement on `sub`. */
export const onSubject = (operator: string, sub: unknown, options?: StatementOptions): AwsRole =>
  role(policyOf(statement({ [operator]: { sub } }, options)));

export const GITLAB_MOUNT: Json = {
  jwks_url: 'https://gitlab.example.com/-/jwks',
  bound_issuer: 'gitlab.example.com',
  jwt_supported_algs: ['RS256'],
};

export const mount = (config: Json = GITLAB_MOUNT, path = 'jwt'): VaultMount => ({
  kind: 'vault-mount',
  place: place(`auth/${path}/config`),
  path,
  config,
});

/** A role of GitLab's job tokens; a member that is undefined is left out. */
export function vaultRole(given: Readonly<Record<string, unknown>>, more: Partial<VaultRole> = {}): VaultRole {
  const whole = {
    role_type: 'jwt',
    user_claim: 'project_id',
    bound_claims: { project_id: '22' },
    token_policies: ['ci'],
    token_explicit_max_ttl: 60,
    ...given,
  };
  const known = Object.fromEntries(Object.entries<unknown>(whole).filter(([, value]) => value !== undefined));
  return { kind: 'vault-role', place: place('ci'), mount: 'jwt', role: known, splitsCommas: false, ...more };
}

export const vaultPolicy = (text: string, name = 'ci'): VaultPolicy => ({
  kind: 'vault-policy',
  place: place(`policy ${name}`),
  name,
  text,
});

/** What the target says to the witness of a finding; undefined where the resource lets nobody in by itself. */
export function verdictOf(resources: readonly Resource[], { rule, witness, place: at }: Finding): Verdict | undefined {
  if (witness === undefined) return undefined;
  const claims = witness.claims as Claims;
  const found = resources.find((one) => one.place.resource === at.resource);
  if (found?.kind === 'aws-role') return atAws(found, claims);
  const users = found?.kind === 'vault-role' ? [found] : resources.filter((one) => one.kind === 'vault-role');
  const verdicts = users.map((one) => atVault(one, resources, claims, rule === 'vault-comma'));
  return verdicts.find((verdict) => verdict !== false) ?? verdicts[0];
}

function atAws({ trustPolicy }: AwsRole, claims: Claims): Verdict {
  const policy = parseTrustPolicy(trustPolicy);
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  return evaluateTrustPolicy(policy.value, {
    claims,
    visible: awsClaimsOf(typeof claims.iss === 'string' ? claims.iss : ''),
  }).admitted;
}

function atVault(source: VaultRole, resources: readonly Resource[], claims: Claims, split: boolean): Verdict {
  const own = resources.find((one) => one.kind === 'vault-mount');
  const parsed = parseVaultRole(normalRole(source.role), own?.config ?? {});
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { role: read, config = {} } = parsed.value;
  return evaluateVaultRole(split ? splitRole(read) : read, config, { claims }).admitted;
}
