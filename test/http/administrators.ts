/** OIDC issuers of administrators: one server on loopback with their keys, and an issuer that trusts them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signingKey } from '../issuer/upstream/upstream.ts';
import { type Cleanup, temporaryDirectory } from '../serve/directory.ts';
import { CONFIG, type Running, runIssuer } from '../serve/running.ts';
import { createAuthority } from '../workload/support/certificates.ts';
import { json, serve } from '../workload/support/server.ts';

export const NOW = 1_800_000_000;
export const AUDIENCE = 'https://tokens.example.com/admin';
export const GITHUB = 'https://token.actions.githubusercontent.com';

export interface Administered {
  readonly running: Running;
  readonly key: Awaited<ReturnType<typeof signingKey>>;
  readonly state: { away: boolean };
  readonly claims: (changes?: object) => object;
}

/** `ops` and `auditors` are of one OIDC issuer, and `ci` is GitHub's with its keys elsewhere. */
export async function runAdministered(
  cleanup: Cleanup,
  { token = true, now = () => NOW }: { readonly token?: boolean; readonly now?: () => number } = {},
): Promise<Administered> {
  const directory = await temporaryDirectory(cleanup);
  const [authority, key] = await Promise.all([createAuthority(), signingKey('one')]);
  await writeFile(join(directory, 'ca.pem'), authority.caPem);
  const state = { away: false };
  const server = await serve(({ url }) => {
    if (state.away) return { cut: true };
    if (url.pathname === '/keys') return json({ keys: [key.jwk] });
    return json({ issuer: server.url, jwks_uri: `${server.url}/keys` });
  }, authority.server);
  cleanup(async () => server[Symbol.asyncDispose]());
  const reached = { audiences: [AUDIENCE], ca_file: 'ca.pem', allow_addresses: ['127.0.0.0/8'] };
  const oidc = {
    auditors: { ...reached, issuer: server.url, admit: { team: ['audit', 'both'] }, role: 'reader' },
    ops: { ...reached, issuer: server.url, admit: { team: ['platform', 'both'] } },
    ci: {
      ...reached,
      profile: 'github',
      jwks_url: `${server.url}/keys`,
      algorithms: ['ES256'],
      admit: { repository_id: '42', ref: 'refs/heads/main' },
    },
  };
  const [own = ''] = /token_sha256: [0-9a-f]+/.exec(CONFIG) ?? [];
  const settings = `oidc: ${JSON.stringify(oidc)}`;
  const config = CONFIG.replace(own, token ? `${own}, ${settings}` : settings);
  const running = await runIssuer({ config, directory, now, cleanup });
  const claims = (changes: object = {}) => {
    const time = now();
    const own = { iss: server.url, sub: 'ada', aud: AUDIENCE, iat: time, nbf: time, exp: time + 300 };
    return { ...own, team: 'platform', ...changes };
  };
  return { running, key, state, claims };
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
