// `idp login vault`: token, login, token file.
import { join } from 'node:path';
import { z } from 'zod';
import { shownAddress } from '../address.ts';
import { setting, type Environment } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';
import { replaceFile } from '../files/replace.ts';
import type { Http, HttpReply } from '../http.ts';
import { jsonOrUndefined, parseReply } from '../json.ts';
import { obtainToken } from '../token/obtain.ts';
import { vaultRefusal, type RefusedLogin } from './refusals.ts';
import { DEFAULT_VAULT_AUDIENCE, loginAddress, unfollowedSettings, vaultHeaders, type VaultLogin } from './settings.ts';

export interface VaultLoginPorts {
  readonly env: Environment;
  /** For the token. */
  readonly http: Http;
  /** For Vault, with `VAULT_TRUST`. */
  readonly vaultHttp: Http;
  readonly homedir: string;
}

export interface VaultSession {
  /** The Vault token: a secret. */
  readonly clientToken: string;
  readonly accessor: string;
  readonly policies: readonly string[];
  /** Seconds. */
  readonly leaseDuration: number;
  readonly renewable: boolean;
  readonly entityId: string;
  readonly notes: readonly string[];
}

const replySchema = z.object({
  warnings: z.array(z.string()).nullish(),
  auth: z.object({
    client_token: z.string(),
    accessor: z.string(),
    policies: z.array(z.string()).nullish(),
    lease_duration: z.number(),
    renewable: z.boolean(),
    entity_id: z.string().nullish(),
    mfa_requirement: z.unknown(),
  }),
});
const errorSchema = z.object({ errors: z.array(z.string()) });

/** Logs in at `{VAULT_ADDR}/v1/auth/{mount}/login`. Throws a `WorkloadFailure`. */
export async function loginVault(login: VaultLogin, ports: VaultLoginPorts): Promise<VaultSession> {
  const url = loginAddress(login, ports.env);
  const headers = vaultHeaders(login, ports.env);
  const token = await obtainToken(
    { audiences: [login.audience ?? DEFAULT_VAULT_AUDIENCE], acceptsNoAudience: login.audience === undefined },
    ports,
  );
  const body = JSON.stringify({ role: login.role, jwt: token.jwt });
  const reply = await ports.vaultHttp({ method: 'POST', url, headers, body });
  if (reply.status !== 200) throw refused(reply, url, { role: login.role, mount: login.mount, token });
  const { auth, warnings } = parseReply(reply.body, replySchema, shownAddress(url));
  if (!/^[\x21-\x7e]+$/.test(auth.client_token)) throw withoutToken(auth.mfa_requirement);
  return {
    clientToken: auth.client_token,
    accessor: auth.accessor,
    policies: auth.policies ?? [],
    leaseDuration: auth.lease_duration,
    renewable: auth.renewable,
    entityId: auth.entity_id ?? '',
    notes: [...unfollowedSettings(ports.env), ...(warnings ?? []).map((text) => `Vault warns: ${text}`)],
  };
}

/** Writes the token where `vault login` does, `~/.vault-token`, and returns the path with what keeps it from being used. */
export async function storeVaultToken(
  session: VaultSession,
  { env, homedir }: Pick<VaultLoginPorts, 'env' | 'homedir'>,
): Promise<{ readonly path: string; readonly notes: readonly string[] }> {
  const path = await replaceFile(join(homedir, '.vault-token'), () => session.clientToken);
  const shadowed = setting(env, 'VAULT_TOKEN') !== undefined;
  return { path, notes: shadowed ? ['VAULT_TOKEN is set and wins over the file; unset it to use this login.'] : [] };
}

function refused(reply: HttpReply, url: URL, login: RefusedLogin): WorkloadFailure {
  if (reply.status >= 300 && reply.status < 400) {
    const target =
      reply.location !== undefined && URL.canParse(reply.location) ? new URL(reply.location).origin : 'elsewhere';
    return new WorkloadFailure(
      'unavailable',
      `${shownAddress(url)} redirects to ${target}, and a token does not follow redirects`,
      'A standby node answered: set VAULT_ADDR to that address, or to the load balancer in front of the active node.',
    );
  }
  const parsed = errorSchema.safeParse(jsonOrUndefined(reply.body));
  if (parsed.success) return vaultRefusal(reply.status, parsed.data.errors, login);
  return new WorkloadFailure(
    reply.status >= 500 ? 'unavailable' : 'reply-invalid',
    `${shownAddress(url)} answered HTTP ${reply.status} and nothing that Vault says`,
    'A proxy or another service may be answering: check VAULT_ADDR and HTTPS_PROXY.',
  );
}

function withoutToken(mfaRequirement: unknown): WorkloadFailure {
  if (mfaRequirement !== undefined && mfaRequirement !== null) {
    return new WorkloadFailure(
      'vault-refused',
      'Vault wants a second factor for this login, and a workload has none',
      'Exempt the JWT mount from the MFA enforcement.',
    );
  }
  return new WorkloadFailure('reply-invalid', 'Vault answered without a token', 'Check VAULT_ADDR.');
}
