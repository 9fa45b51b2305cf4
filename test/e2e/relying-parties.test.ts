/**
 * Relying parties that others wrote, against one running issuer under its real name: over TLS of an authority of our own,
 * through a CONNECT proxy. Each takes the issuer's tokens, and refuses what differs from them in one thing.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Vault, startVault } from '../sandbox/vault.ts';
import { type Answers, type Program, goOidc, pyJwt } from './relying-parties/programs.ts';
import {
  ALGORITHMS,
  AUDIENCE,
  type Algorithm,
  ISSUER,
  REFUSED,
  type Refused,
  type World,
  createWorld,
} from './relying-parties/world.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const GOOD = 'of the issuer';

let world: World;
let vault: Vault;
let programs: Readonly<Record<'PyJWT' | 'coreos/go-oidc', Program>>;

beforeAll(async () => {
  world = await createWorld(afterAll);
  programs = { PyJWT: await pyJwt(), 'coreos/go-oidc': await goOidc() };
  const home = join(world.directory, 'vault');
  await mkdir(home);
  vault = await startVault({ path: process.env.PATH ?? '', home, proxyUrl: world.proxy });
  afterAll(() => vault.stop());
}, 300_000);

type Verify = (token: string) => Promise<unknown>;
type Party = (algorithm: Algorithm) => Promise<Verify>;

const jose: Party = async (algorithm) => {
  const { jwks_uri } = (await (await world.fetch(`${ISSUER}/.well-known/openid-configuration`)).json()) as {
    jwks_uri: string;
  };
  const keys = createRemoteJWKSet(new URL(jwks_uri), { [customFetch]: world.fetch });
  return (token) => jwtVerify(token, keys, { issuer: ISSUER, audience: AUDIENCE, algorithms: [algorithm] });
};

/** With the token as the ID token of an answer, which is where the library looks at signatures. */
const openidClient: Party = async (algorithm) => {
  let shown = '';
  const fetchOrShow: oidc.CustomFetch = (url, options) =>
    url === `${ISSUER}/token`
      ? Promise.resolve(Response.json({ access_token: 'x', token_type: 'bearer', id_token: shown }))
      : world.fetch(url, options as RequestInit);
  const metadata = { id_token_signed_response_alg: algorithm };
  const options = { [oidc.customFetch]: fetchOrShow };
  const config = await oidc.discovery(new URL(ISSUER), AUDIENCE, metadata, oidc.None(), options);
  oidc.enableNonRepudiationChecks(config);
  return async (token) => {
    shown = token;
    await oidc.genericGrantRequest(config, EXCHANGE, {});
  };
};

/** A mount of Vault that finds the keys in one of its two ways. */
const vaultBy =
  (settings: () => Readonly<Record<string, string>>): Party =>
  async (algorithm) => {
    const mount = `${algorithm}-${Object.keys(settings()).join('-')}`.toLowerCase();
    const put = async (path: string, body: object) => {
      const { status, errors } = await vault.call('POST', path, body);
      if (status >= 400) throw new Error(`${path}: ${errors.join()}`);
    };
    await put(`sys/auth/${mount}`, { type: 'jwt' });
    const rules = { bound_issuer: ISSUER, jwt_supported_algs: [algorithm] };
    await put(`auth/${mount}/config`, { ...settings(), ...rules });
    await put(`auth/${mount}/role/r`, { role_type: 'jwt', user_claim: 'sub', bound_audiences: [AUDIENCE] });
    return async (jwt) => {
      const { status, errors, auth } = await vault.call('POST', `auth/${mount}/login`, { role: 'r', jwt }, '');
      if (status !== 200) throw new Error(errors.join());
      expect(auth).toHaveProperty('client_token');
    };
  };

/** A party that answers for all tokens at once. */
const byProgram =
  (name: keyof typeof programs): Party =>
  async (algorithm) => {
    const { ca, proxy, tokens } = world;
    const all = { ...tokens[algorithm].bad, [GOOD]: tokens[algorithm].good };
    const question = { issuer: ISSUER, audience: AUDIENCE, algorithm, ca, tokens: all };
    const answers: Answers = await programs[name](question, proxy);
    return (token) => {
      const found = Object.entries(all).find(([, one]) => one === token)?.[0] ?? '';
      const answer = answers[found];
      return answer === 'accepted' ? Promise.resolve() : Promise.reject(new Error(answer));
    };
  };

const PARTIES: readonly (readonly [string, Party])[] = [
  ['jose', jose],
  ['openid-client', openidClient],
  ['PyJWT', byProgram('PyJWT')],
  ['coreos/go-oidc', byProgram('coreos/go-oidc')],
  ['Vault by discovery', vaultBy(() => ({ oidc_discovery_url: ISSUER, oidc_discovery_ca_pem: world.ca }))],
  ['Vault by jwks_url', vaultBy(() => ({ jwks_url: `${ISSUER}/.well-known/jwks.json`, jwks_ca_pem: world.ca }))],
];

/** `accepted`, or everything that the party says against the token. */
async function outcomeOf(verify: Verify, token: string): Promise<string> {
  try {
    await verify(token);
    return 'accepted';
  } catch (error) {
    const { message, code, cause } = error as Error & { code?: string };
    return [message, code, cause instanceof Error ? cause.message : ''].join('; ');
  }
}

describe.each(PARTIES)('%s', (_name, party) => {
  describe.each(ALGORITHMS)('with %s', (algorithm) => {
    let verify: Verify;
    beforeAll(async () => {
      verify = await party(algorithm);
    });

    it('accepts a token of the issuer', async () => {
      expect(await outcomeOf(verify, world.tokens[algorithm].good)).toBe('accepted');
    });

    it.each(Object.entries(REFUSED) as [Refused, RegExp][])('refuses %s', async (name, says) => {
      expect(await outcomeOf(verify, world.tokens[algorithm].bad[name])).toMatch(says);
    });
  });
});

it.each(ALGORITHMS)('openid-client asks for an %s token itself, and is given one', async (algorithm) => {
  const options = { [oidc.customFetch]: world.fetch as oidc.CustomFetch };
  const config = await oidc.discovery(new URL(ISSUER), AUDIENCE, {}, oidc.None(), options);
  const answer = await oidc.genericGrantRequest(config, EXCHANGE, {
    subject_token: world.tokens[algorithm].credential,
    subject_token_type: 'urn:idp-kit:params:oauth:token-type:workload-credential',
    audience: AUDIENCE,
  });
  const verify = await jose(algorithm);
  expect(await outcomeOf(verify, answer.access_token)).toBe('accepted');
});
