import { mkdtempSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/workload/http.ts';
import { loginVault, storeVaultToken } from '../../../src/workload/vault/login.ts';
import { failureOf } from '../support/failures.ts';
import { freePort, json, serve } from '../support/server.ts';
import { CLAIMS, createIssuer, NOW_SECONDS, type TestClaims, type TestIssuer } from '../support/tokens.ts';
import { mountJwt, startVault, writeRole, type TestVault } from './server.ts';

const LOGIN = { role: 'deploy', mount: 'jwt' };
const VAULT_CLAIMS = { ...CLAIMS, aud: 'vault.hashicorp.com' };
const home = mkdtempSync(join(tmpdir(), 'idp-vault-'));
let vault: TestVault;
let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createIssuer();
  vault = await startVault(home);
  await mountJwt(vault, 'jwt', issuer.publicKey, CLAIMS.iss);
  await mountJwt(vault, 'ci/jwt', issuer.publicKey, CLAIMS.iss);
});
afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

async function ports(claims: TestClaims = VAULT_CLAIMS, more: Record<string, string> = {}) {
  const env = { IDP_TOKEN: await issuer.sign(claims), VAULT_ADDR: vault.address, ...more };
  return { env, http: createHttp(env), vaultHttp: createHttp(env), homedir: home };
}

describe('a login', () => {
  it.each(['jwt', 'ci/jwt', '/jwt/'])('at the mount %s yields a token that Vault knows', async (mount) => {
    const session = await loginVault({ ...LOGIN, mount }, await ports());
    expect(session).toMatchObject({ policies: ['default', 'deploy'], leaseDuration: 900, renewable: true, notes: [] });
    const self = await fetch(`${vault.address}/v1/auth/token/lookup-self`, {
      headers: { 'x-vault-token': session.clientToken },
    });
    expect(self.status).toBe(200);
  });

  it('stores the token where `vault login` does', async () => {
    const used = await ports(VAULT_CLAIMS, { VAULT_TOKEN: 'old' });
    const session = await loginVault(LOGIN, used);
    await writeFile(join(home, '.vault-token'), 'a much longer token that was there before', { mode: 0o644 });
    const { path, notes } = await storeVaultToken(session, used);
    expect(await readFile(path, 'utf8')).toBe(session.clientToken);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(notes).toEqual([expect.stringContaining('VAULT_TOKEN')]);
  });

  it('works with a token without audience where the role binds none, and only if none was asked for', async () => {
    await writeRole(vault, 'jwt', 'gitlab', { bound_audiences: [] });
    const env = { CI_JOB_JWT: await issuer.sign({ ...VAULT_CLAIMS, aud: undefined }), VAULT_ADDR: vault.address };
    const gitlab = { env, http: createHttp(env), vaultHttp: createHttp(env), homedir: home };
    expect(await loginVault({ role: 'gitlab', mount: 'jwt' }, gitlab)).toMatchObject({
      policies: ['default', 'deploy'],
    });
    const failure = await failureOf(() => loginVault({ role: 'gitlab', mount: 'jwt', audience: 'x' }, gitlab));
    expect(failure.code).toBe('audience-unavailable');
  });

  it('says that VAULT_SKIP_VERIFY is not followed', async () => {
    const { notes } = await loginVault(LOGIN, await ports(VAULT_CLAIMS, { VAULT_SKIP_VERIFY: '1' }));
    expect(notes).toEqual([expect.stringContaining('VAULT_CACERT')]);
    expect((await loginVault(LOGIN, await ports(VAULT_CLAIMS, { VAULT_SKIP_VERIFY: 'false' }))).notes).toEqual([]);
  });
});

describe('what the real Vault refuses', () => {
  // Roles and claims that make Vault say each of its errors, with what the explanation must name.
  it.each<[name: string, role: Record<string, unknown>, claims: TestClaims, message: RegExp, hint: RegExp]>([
    ['a claim', {}, { ...VAULT_CLAIMS, project_id: '23' }, /project_id = "23"/, /bound_claims in auth\/jwt\/role\/r/],
    ['a claim of another type', {}, { ...VAULT_CLAIMS, project_id: 22 }, /project_id = 22/, /Types count/],
    [
      'a claim at a pointer',
      { bound_claims: { '/a/b': 'x' } },
      { ...VAULT_CLAIMS, a: { b: 'y' } },
      /\/a\/b = "y"/,
      /bound_claims/,
    ],
    [
      'an absent claim',
      { bound_claims: { nope: '1' } },
      VAULT_CLAIMS,
      /binds the claim nope/,
      /aud, exp, iat, iss, project_id, sub/,
    ],
    ['the audience', { bound_audiences: ['x'] }, VAULT_CLAIMS, /aud = "vault.hashicorp.com"/, /--audience/],
    ['no audience', {}, { ...VAULT_CLAIMS, aud: undefined }, /aud = \(absent\)/, /bound_audiences/],
    ['an audience that no role binds', { bound_audiences: [] }, VAULT_CLAIMS, /binds no audience/, /bound_audiences/],
    [
      'the issuer',
      {},
      { ...VAULT_CLAIMS, iss: 'https://else.example' },
      /bound_issuer.*"https:\/\/else.example"/,
      /auth\/jwt\/config/,
    ],
    ['the subject', { bound_subject: 'x' }, VAULT_CLAIMS, /bound_subject.*0191e223/, /plain character/],
    ['an old token', {}, { ...VAULT_CLAIMS, iat: NOW_SECONDS - 900, exp: NOW_SECONDS - 600 }, /past its exp/, /fresh/],
    ['a token of the future', {}, { ...VAULT_CLAIMS, nbf: NOW_SECONDS + 600 }, /from the future/, /clocks/],
    ['no times', {}, { ...VAULT_CLAIMS, iat: undefined, exp: undefined }, /none of iat, nbf and exp/, /lifetime/],
    ['the user claim', { user_claim: 'who' }, VAULT_CLAIMS, /reads the claim who/, /project_id/],
    ['a user claim that is no string', { user_claim: 'exp' }, VAULT_CLAIMS, /no string/, /user_claim/],
    [
      'a role for browsers',
      { role_type: 'oidc', allowed_redirect_uris: ['https://x.example'] },
      VAULT_CLAIMS,
      /browser/,
      /role_type=jwt/,
    ],
    ['the network', { token_bound_cidrs: ['10.9.9.0/24'] }, VAULT_CLAIMS, /network address/, /token_bound_cidrs/],
  ])('%s', async (_name, role, claims, message, hint) => {
    await vault.call('DELETE', 'auth/jwt/role/r');
    await writeRole(vault, 'jwt', 'r', role);
    const used = await ports(claims);
    const failure = await failureOf(() => loginVault({ role: 'r', mount: 'jwt' }, { ...used, env: { ...used.env } }));
    expect(failure.code).toBe('vault-refused');
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain('Vault said (HTTP 40');
    expect(failure.hint).toMatch(hint);
    expect(failure.message + failure.hint).not.toContain(used.env.IDP_TOKEN.split('.')[2]);
  });

  it.each([
    [{ role: 'nobody', mount: 'jwt' }, /no role "nobody"/],
    [{ role: 'deploy', mount: 'elsewhere' }, /no login at auth\/elsewhere/],
    [{ role: 'deploy', mount: 'bare' }, /no configuration/],
  ])('%j', async (login, message) => {
    if (login.mount === 'bare') await vault.call('POST', 'sys/auth/bare', { type: 'jwt' });
    const failure = await failureOf(async () => loginVault(login, await ports()));
    expect(failure.code).toBe('vault-refused');
    expect(failure.message).toMatch(message);
  });

  it('a foreign key or algorithm', async () => {
    const used = await ports();
    const env = { ...used.env, IDP_TOKEN: await issuer.sign(VAULT_CLAIMS, 'ES256') };
    const failure = await failureOf(() => loginVault(LOGIN, { ...used, env }));
    expect(failure.message).toMatch(/alg "ES256", kid "k0"|signed with "ES256"/);
  });
});

describe('what is not Vault', () => {
  const at = async (address: string) => {
    const used = await ports();
    return { ...used, env: { ...used.env, VAULT_ADDR: address } };
  };

  it.each([
    [json({ errors: ['Vault is sealed'] }, 503), 'unavailable', /sealed/],
    [json({ errors: ['request path "auth/jwt/login": rate limit quota exceeded'] }, 429), 'unavailable', /rate/],
    [json({ errors: [] }, 404), 'vault-refused', /Vault said \(HTTP 404\): nothing/],
    [json({ errors: ['internal error'] }, 500), 'unavailable', /internal error/],
    [
      { status: 307, headers: { location: 'https://active.example:8200/v1/auth/jwt/login' } },
      'unavailable',
      /redirects to https:\/\/active.example:8200,/,
    ],
    [{ status: 200, body: '<html>' }, 'reply-invalid', /something else/],
    [{ status: 502, body: '<html>' }, 'unavailable', /502/],
    [
      json({
        auth: {
          client_token: '',
          accessor: '',
          lease_duration: 0,
          renewable: false,
          mfa_requirement: { mfa_request_id: 'x' },
        },
      }),
      'vault-refused',
      /second factor/,
    ],
  ])('%j', async (answer, code, message) => {
    await using server = await serve(() => answer);
    const failure = await failureOf(async () => loginVault(LOGIN, await at(server.url)));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });

  it("sends the namespace and Vault's own header, and no token in the address", async () => {
    await using server = await serve(() => json({ errors: ['x'] }, 400));
    const used = await at(`${server.url}/proxied/`);
    await failureOf(() => loginVault({ ...LOGIN, namespace: 'team/ci' }, used));
    await failureOf(() => loginVault(LOGIN, { ...used, env: { ...used.env, VAULT_NAMESPACE: 'other' } }));
    expect(server.received.map(({ headers }) => headers['x-vault-namespace'])).toEqual(['team/ci', 'other']);
    expect(server.received[0]?.headers['x-vault-request']).toBe('true');
    expect(server.received[0]?.url.pathname).toBe('/proxied/v1/auth/jwt/login');
  });

  it.each([
    [{ role: '', mount: 'jwt' }, /no Vault role/],
    [{ role: 'x', mount: '../sys' }, /mount/],
    [{ role: 'x', mount: '' }, /mount/],
    [{ role: 'x', mount: 'jwt?a' }, /mount/],
    [{ role: 'x', mount: 'jwt', namespace: 'a\r\nb' }, /namespace/],
  ])('refuses %j before asking', async (login, message) => {
    const failure = await failureOf(async () => loginVault(login, await ports()));
    expect(failure.code).toBe('bad-input');
    expect(failure.message).toMatch(message);
  });

  it('says that nobody is there, or that no address is set', async () => {
    expect(
      await failureOf(async () => loginVault(LOGIN, await at(`http://127.0.0.1:${await freePort()}`))),
    ).toMatchObject({ code: 'unreachable' });
    expect((await failureOf(async () => loginVault(LOGIN, await at('')))).message).toContain('VAULT_ADDR is not set');
  });
});
