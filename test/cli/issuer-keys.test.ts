// `idp issuer keys` against a running issuer, and a real Vault that trusts it.
import { createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { type Cleanup, temporaryDirectory } from '../serve/directory.ts';
import {
  ADMIN_TOKEN,
  HOSTS,
  type Running,
  exchangeForm,
  registerOver,
  runIssuer,
  tokenOver,
} from '../serve/running.ts';
import { startVault, type TestVault } from '../workload/vault/server.ts';
import { run, type Ran, type RunOptions } from './run.ts';

const ended: (() => Promise<void>)[] = [];
const atEnd: Cleanup = (end) => ended.push(end);

let home: string;
let tokenFile: string;
let vault: TestVault;

beforeAll(async () => {
  home = await temporaryDirectory(atEnd);
  tokenFile = join(home, 'admin.token');
  await writeFile(tokenFile, `${ADMIN_TOKEN}\n`);
  await writeFile(join(home, '.vault-token'), 'root\n');
  vault = await startVault(home);
}, 60_000);

afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  for (const end of ended) await end();
});

async function keys(issuer: Running, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [name = '', ...rest] = args;
  const admin = name === 'forget' ? [] : ['--admin-url', issuer.adminUrl, '--admin-token-file', tokenFile];
  const which = name === 'forget' || rest.includes('--issuer') ? [] : ['--issuer', 'ona'];
  const env = { VAULT_ADDR: vault.address, ...options.env };
  const ran = await run(['issuer', 'keys', name, ...admin, ...which, ...rest], { homedir: home, ...options, env });
  expect(ran.stdout + ran.stderr).not.toContain(ADMIN_TOKEN);
  return ran;
}

const failure = ({ stderr }: Ran): unknown =>
  (JSON.parse(stderr.split('\n').at(-2) ?? '{}') as { error: unknown }).error;

describe('keys', () => {
  it('are listed, rotated once, and sealed again', async () => {
    const issuer = await runIssuer();
    expect(await keys(issuer, ['list'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^k0 RS256 active since \d{4}-\S+Z\n$/) as unknown,
      stderr: '',
    });
    const rotated = await keys(issuer, ['rotate', '--json']);
    expect(JSON.parse(rotated.stdout)).toMatchObject({ keys: [{ kid: 'k0' }, { kid: 'k1', state: 'pending' }] });
    expect(await keys(issuer, ['list'])).toMatchObject({
      stdout: expect.stringMatching(/^k0 .*\nk1 RS256 pending published \d{4}-\S+Z\n$/) as unknown,
    });
    const again = await keys(issuer, ['rotate']);
    expect(again).toMatchObject({ status: 1, stdout: '' });
    expect(again.stderr).toMatch(/answered HTTP 409: a rotation is under way: the key k1 .*\nin an emergency, replace/);
    expect(await keys(issuer, ['reseal'])).toMatchObject({ status: 0, stdout: 'nothing was left to do\n' });
    expect(await keys(issuer, ['reseal', '--json'])).toMatchObject({ stdout: '{\n  "resealed": []\n}\n' });
  });

  it('take the address and the token from the environment, too', async () => {
    const issuer = await runIssuer();
    const env = { IDP_ADMIN_URL: issuer.adminUrl, IDP_ADMIN_TOKEN_FILE: tokenFile };
    expect(await run(['issuer', 'keys', 'list', '--issuer', 'gitlab'], { env })).toMatchObject({ status: 0 });
  });

  it.each<[string, readonly string[], number, string, RegExp]>([
    [
      'an issuer that is not there',
      ['list', '--issuer', 'onaa'],
      1,
      'issuer-refused',
      /HTTP 404: there is no issuer onaa/,
    ],
    ['a wrong token', ['list', '--admin-token-file', 'WRONG'], 1, 'issuer-refused', /HTTP 401/],
    ['no token', ['list', '--admin-token-file', 'NONE'], 2, 'bad-input', /cannot be read: ENOENT/],
    ['what is no token', ['list', '--admin-token-file', 'TEXT'], 2, 'bad-input', /holds no admin token/],
    [
      'an address beyond loopback without TLS',
      ['list', '--admin-url', 'http://10.0.0.1'],
      2,
      'bad-input',
      /--admin-url is/,
    ],
    [
      'an issuer that is away',
      ['list', '--admin-url', 'http://127.0.0.1:1'],
      3,
      'unreachable',
      /connection was refused/,
    ],
    ['what is no issuer', ['list', '--admin-url', 'VAULT'], 3, 'unavailable', /HTTP 307: nothing that an issuer says/],
  ])('%s is said', async (_what, [name = '', option = '', value = ''], status, code, message) => {
    const issuer = await runIssuer();
    const files: Record<string, string> = { WRONG: 'wrong-and-secret', TEXT: 'two words' };
    for (const [file, text] of Object.entries(files)) await writeFile(join(issuer.directory, file), text);
    const given =
      value === 'VAULT' ? vault.address : value in files || value === 'NONE' ? join(issuer.directory, value) : value;
    const ran = await keys(issuer, [name, option, given, '--json']);
    expect(ran).toMatchObject({ status, stdout: '' });
    expect(failure(ran)).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
    expect(ran.stderr).not.toContain('wrong-and-secret');
  });
});

/** A mount that gets its keys from the issuer, by a server that stands for its host. */
async function mountOf(issuer: Running, path: string, keep = false): Promise<void> {
  const first = (await issuer.get(HOSTS.ona, '/.well-known/jwks.json')).text;
  const server = createServer((_request, reply) => {
    void issuer.get(HOSTS.ona, '/.well-known/jwks.json').then(({ text }) => {
      reply.setHeader('content-type', 'application/json').end(keep ? first : text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await vault.call('POST', `sys/auth/${path}`, { type: 'jwt' });
  onTestFinished(async () => {
    await vault.call('DELETE', `sys/auth/${path}`);
  });
  const config = {
    jwks_url: `http://127.0.0.1:${port}/jwks`,
    bound_issuer: 'https://app.gitpod.io',
    default_role: 'deploy',
  };
  await vault.call('POST', `auth/${path}/config`, { ...config, jwt_supported_algs: ['RS256'] });
  await vault.call('POST', `auth/${path}/role/deploy`, {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_audiences: ['vault'],
  });
}

async function issuedBy(issuer: Running): Promise<() => Promise<string>> {
  const { credential } = await registerOver(issuer, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  return () => tokenOver(issuer, HOSTS.ona, '/token', exchangeForm(credential, 'vault'));
}

const logIn = (path: string, jwt: string) =>
  vault.call('POST', `auth/${path}/login`, { role: 'deploy', jwt }).then(
    () => 'in',
    (refused: unknown) => String(refused),
  );

describe('replace', () => {
  it('makes Vault refuse tokens of the old key, which it takes without that', async () => {
    const issuer = await runIssuer();
    await mountOf(issuer, 'team/jwt');
    const token = await issuedBy(issuer);
    const old = await token();
    expect(await logIn('team/jwt', old)).toBe('in');
    const without = await keys(issuer, ['replace', '--yes']);
    expect(without).toMatchObject({ status: 0 });
    expect(without.stdout).toMatch(/^k0 RS256 removed\nk1 RS256 active\n\nWhat is left:\n/);
    expect(without.stdout).toContain('No Vault mount was named');
    expect(await logIn('team/jwt', old)).toBe('in');
    const before = await vault.call('GET', 'auth/team/jwt/config');
    const forgotten = await keys(issuer, ['forget', '--vault-mount', 'team/jwt']);
    expect(forgotten).toMatchObject({ status: 0, stdout: 'auth/team/jwt is written again as it was\n' });
    expect(await logIn('team/jwt', old)).toMatch(/failed to verify id token signature/);
    expect(await logIn('team/jwt', await token())).toBe('in');
    expect(await vault.call('GET', 'auth/team/jwt/config')).toMatchObject({ data: (before as { data: object }).data });
  });

  it('does what can be done, and says what not', async () => {
    const issuer = await runIssuer();
    await mountOf(issuer, 'jwt');
    await mountOf(issuer, 'frozen', true);
    await vault.call('POST', 'sys/auth/oidc', { type: 'jwt' });
    await vault.call('POST', 'sys/auth/pem', { type: 'jwt' });
    onTestFinished(async () => {
      await vault.call('DELETE', 'sys/auth/oidc');
      await vault.call('DELETE', 'sys/auth/pem');
    });
    await writeOidc(issuer);
    const token = await issuedBy(issuer);
    const old = await token();
    expect(await logIn('jwt', old)).toBe('in');
    const mounts = ['oidc', 'none', 'jwt', 'pem', 'frozen'].flatMap((mount) => ['--vault-mount', mount]);
    const ran = await keys(issuer, ['replace', '--yes', '--json', ...mounts], { now: Date.UTC(2026, 0, 2) });
    expect(ran.status).toBe(1);
    const report = JSON.parse(ran.stdout) as {
      vault: { mount: string; rewritten: boolean; error?: { message: string } }[];
    };
    expect(report).toMatchObject({
      issuer: 'ona',
      replaced: true,
      keys: [
        { kid: 'k0', state: 'removed' },
        { kid: 'k1', state: 'active' },
      ],
      vault: [
        { mount: 'oidc', rewritten: false, error: { hint: expect.stringContaining('vault plugin reload') as unknown } },
        {
          mount: 'none',
          rewritten: false,
          error: { message: expect.stringMatching(/there is nothing|HTTP 40/) as unknown },
        },
        { mount: 'jwt', rewritten: true },
        { mount: 'pem', rewritten: false, error: { message: expect.stringContaining('keys of its own') as unknown } },
        { mount: 'frozen', rewritten: false, error: { message: expect.stringMatching(/has k0 still/) as unknown } },
      ],
    });
    expect(ran.stdout).toContain('vault lease revoke -prefix auth/jwt/login');
    expect(ran.stdout).toContain('2026-01-02T00:00:00.000Z');
    expect(await logIn('jwt', old)).toMatch(/failed to verify/);
    const text = await keys(issuer, ['forget', '--vault-mount', 'none', '--vault-mount', 'jwt']);
    expect(text.status).toBeGreaterThan(0);
    expect(text.stdout).toMatch(/^auth\/none NOT done: .*\n {4}.+\nauth\/jwt is written again as it was\n$/);
  });

  it('writes Vault again though the issuer fails, and ends as that does', async () => {
    const issuer = await runIssuer();
    await mountOf(issuer, 'jwt');
    const ran = await keys(issuer, ['replace', '--yes', '--vault-mount', 'jwt', '--admin-url', 'http://127.0.0.1:1']);
    expect(ran.status).toBe(3);
    expect(ran.stdout).toMatch(
      /^the keys of ona are NOT known to be replaced.*\nauth\/jwt is written again as it was\n/,
    );
    expect(ran.stderr).toMatch(/connection was refused/);
  });

  it.each<[string, RunOptions, number]>([
    ['without anybody to ask', {}, 2],
    ['where something else is typed', { answer: 'yes' }, 2],
    ['where the name is typed', { answer: ' ona\n' }, 0],
  ])('%s', async (_what, options, status) => {
    const issuer = await runIssuer();
    const ran = await keys(issuer, ['replace'], options);
    expect(ran.status).toBe(status);
    expect(ran.stderr).toContain('Every token of ona that is out becomes unverifiable');
    const { stdout } = await keys(issuer, ['list']);
    expect(stdout.includes('k1')).toBe(status === 0);
  });

  it('needs a Vault token, and says so for each mount', async () => {
    const issuer = await runIssuer();
    await mountOf(issuer, 'jwt');
    const wrong = await keys(issuer, ['forget', '--vault-mount', 'jwt', '--json'], {
      env: { VAULT_TOKEN: 'wrong-one' },
    });
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toMatch(/HTTP 403/);
    expect(wrong.stdout + wrong.stderr).not.toContain('wrong-one');
    const none = await keys(issuer, ['forget', '--vault-mount', 'jwt'], { homedir: '/nonexistent' });
    expect(none).toMatchObject({ status: 2, stdout: expect.stringContaining('there is no Vault token') as unknown });
    expect(await keys(issuer, ['forget'])).toMatchObject({ status: 2 });
  });
});

/** A mount for logins in a browser, and one with a key that is written into it. */
async function writeOidc(issuer: Running): Promise<void> {
  const server = createServer((request, reply) => {
    const url = `http://${request.headers.host ?? ''}`;
    const document = { issuer: url, jwks_uri: `${url}/jwks`, authorization_endpoint: url, token_endpoint: url };
    reply.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  const client = { oidc_client_id: 'c', oidc_client_secret: 's' };
  await vault.call('POST', 'auth/oidc/config', { oidc_discovery_url: url, ...client });
  const { json } = await issuer.get(HOSTS.ona, '/.well-known/jwks.json');
  const [jwk] = (json as { keys: Record<string, string>[] }).keys;
  const pem = createPublicKey({ key: jwk ?? {}, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  await vault.call('POST', 'auth/pem/config', { jwt_validation_pubkeys: [pem] });
}
