/** A token tried for real at Vault or AWS, beside what the kit predicts: both must say the same. */
import { GetOpenIDConnectProviderCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type Claims } from '../../src/claims/claims.ts';
import { awsClaimsOf } from '../../src/claims/visible.ts';
import { evaluateTrustPolicy } from '../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import { type Decision, firstFailure, show } from '../../src/trust/decision.ts';
import { evaluateVaultRole } from '../../src/trust/vault/evaluate.ts';
import { type VaultJwtRole } from '../../src/trust/vault/role.ts';
import { type Sandbox } from './sandbox.ts';

export interface Attempt {
  readonly admitted: boolean;
  /** For people: what was handed out, or the check that failed together with the server's own words. */
  readonly detail: string;
}

/**
 * `signature`: the token's bytes are forged, which a prediction from claims cannot know. Everything else is predicted.
 */
export type Forged = 'signature' | undefined;

function explain(decision: Decision): string {
  const failed = firstFailure(decision);
  if (failed === undefined) return 'nothing failed';
  const advice = failed.advice === undefined ? '' : ` [${failed.advice}]`;
  return `${failed.claim} (${failed.operator}): expected ${failed.expected}; is ${failed.actual}${advice}`;
}

function agree(decision: Decision, admitted: boolean, forged: Forged, server: string): void {
  if (forged === 'signature' || decision.admitted === admitted) return;
  throw new Error(`predicted ${String(decision.admitted)} (${explain(decision)}), and the server said: ${server}`);
}

function claimsOf(token: string): Claims {
  return decodeJwt(token);
}

function headerOf(token: string): { alg?: string; kid?: string } {
  const { alg, kid } = decodeProtectedHeader(token);
  return { ...(alg === undefined ? {} : { alg }), ...(typeof kid === 'string' ? { kid } : {}) };
}

export interface VaultLogin {
  readonly mount: string;
  readonly role: string;
  readonly token: string;
  readonly forged?: Forged;
}

export interface VaultSession extends Attempt {
  readonly clientToken: string;
}

/** POST auth/<mount>/login. */
export async function loginToVault(
  { vault }: Sandbox,
  { mount, role, token, forged }: VaultLogin,
): Promise<VaultSession> {
  const [answer, roleAnswer, configAnswer] = await Promise.all([
    vault.call('POST', `auth/${mount}/login`, { role, jwt: token }, ''),
    vault.call('GET', `auth/${mount}/role/${role}`),
    vault.call('GET', `auth/${mount}/config`),
  ]);
  const admitted = answer.status === 200;
  const decision = evaluateVaultRole(roleAnswer.data as unknown as VaultJwtRole, configAnswer.data, {
    claims: claimsOf(token),
    header: headerOf(token),
    now: Math.floor(Date.now() / 1000),
  });
  const server = answer.errors.join('; ');
  agree(decision, admitted, forged, server);
  if (!admitted) {
    const why = forged === undefined ? `${explain(decision)}. ` : '';
    return { admitted, detail: `${why}Vault: ${server}`, clientToken: '' };
  }
  const policies = (answer.auth.policies as string[]).filter((name) => name !== 'default');
  return {
    admitted,
    detail: `policies ${policies.join(', ')}, ${String(answer.auth.lease_duration)} s`,
    clientToken: String(answer.auth.client_token),
  };
}

/** Logs in and, with the token that came back, reads a secret. */
export async function readSecret(sandbox: Sandbox, login: VaultLogin, path: string): Promise<Attempt> {
  const session = await loginToVault(sandbox, login);
  if (!session.admitted) return session;
  const answer = await sandbox.vault.call('GET', path, undefined, session.clientToken);
  if (answer.status !== 200)
    return { admitted: false, detail: `${path}: ${answer.status} ${answer.errors.join('; ').trim()}` };
  const values = path.startsWith('kv/data/') ? (answer.data.data as Record<string, unknown>) : answer.data;
  if (typeof values.password !== 'string') throw new Error(`${path} holds no password`);
  return { admitted: true, detail: `${session.detail}; reads ${path}` };
}

export interface AwsLogin {
  readonly role: string;
  readonly token: string;
  readonly seconds?: number;
  readonly forged?: Forged;
}

/** AssumeRoleWithWebIdentity, by the AWS SDK as it is. */
export async function assumeRole(
  sandbox: Sandbox,
  { role, token, seconds = 3600, forged }: AwsLogin,
): Promise<Attempt> {
  const { aws, account } = sandbox;
  const decision = await predictAws(sandbox, role, token);
  try {
    const answer = await aws.sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: `arn:aws:iam::${account}:role/${role}`,
        RoleSessionName: 'scenario',
        WebIdentityToken: token,
        DurationSeconds: seconds,
      }),
    );
    agree(decision, true, forged, 'session granted');
    return {
      admitted: true,
      detail: `session as ${answer.AssumedRoleUser?.Arn?.split(':').at(-1) ?? '?'}, ${seconds} s`,
    };
  } catch (error) {
    if (!(error instanceof Error) || !('$metadata' in error)) throw error;
    const server = `${error.name}: ${error.message}`;
    if (error.name !== 'ValidationError') agree(decision, false, forged, server);
    const why = forged === undefined && decision.admitted !== true ? `${explain(decision)}. ` : '';
    return { admitted: false, detail: `${why}STS: ${server}` };
  }
}

async function predictAws({ aws, account }: Sandbox, role: string, token: string): Promise<Decision> {
  const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName: role }));
  const policy = parseTrustPolicy(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
  if (!policy.ok) throw new Error(`the trust policy of ${role} cannot be read`);
  const claims = claimsOf(token);
  const prefix = show(claims.iss).replace(/^https:\/\//, '');
  const arn = `arn:aws:iam::${account}:oidc-provider/${prefix}`;
  const provider = await aws.iam
    .send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }))
    .catch(() => undefined);
  return evaluateTrustPolicy(policy.value, {
    claims,
    header: headerOf(token),
    visible: awsClaimsOf(show(claims.iss)),
    roleArn: `arn:aws:iam::${account}:role/${role}`,
    provider: provider === undefined ? null : { clientIds: provider.ClientIDList ?? [] },
    now: Math.floor(Date.now() / 1000),
  });
}
