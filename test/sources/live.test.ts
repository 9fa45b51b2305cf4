// `idp explain` on what IAM and Vault have now: a real Vault, and moto's IAM.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMoto, type Moto } from '../sandbox/aws/moto.ts';
import { motoIam } from '../sandbox/aws/moto-client.ts';
import { directory } from '../workload/support/files.ts';
import { json, serve } from '../workload/support/server.ts';
import { startVault, type TestVault } from '../workload/vault/server.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/ci/deploy`;
const CLAIMS = { iss: 'https://app.gitpod.io', sub: 'organization_id:o:project_id:p', aud: 'a', iat: 1, exp: 2 };
const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'idp.js');

let home: Awaited<ReturnType<typeof directory>>;
let moto: Moto;
let vault: TestVault;
let claimsFile: string;

beforeAll(async () => {
  home = await directory();
  claimsFile = join(home.path, 'claims.json');
  await writeFile(claimsFile, JSON.stringify(CLAIMS));
  [moto, vault] = await Promise.all([
    startMoto({ path: process.env.PATH ?? '', home: home.path }),
    startVault(home.path),
  ]);
  const iam = motoIam(moto.url, ACCOUNT);
  const url = 'https://app.gitpod.io';
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: ['a'] }));
  const Principal = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/app.gitpod.io` };
  const Condition = { StringEquals: { 'app.gitpod.io:sub': CLAIMS.sub } };
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition };
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam.send(new CreateRoleCommand({ RoleName: 'deploy', Path: '/ci/', AssumeRolePolicyDocument: document }));
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await vault.call('POST', 'sys/auth/team/jwt', { type: 'jwt' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const config = { jwt_validation_pubkeys: [pem], bound_issuer: url };
  await vault.call('POST', 'auth/team/jwt/config', config);
  const role = { role_type: 'jwt', user_claim: 'sub', bound_audiences: ['a'], bound_subject: CLAIMS.sub };
  await vault.call('POST', 'auth/team/jwt/role/deploy', role);
}, 60_000);

afterAll(async () => {
  await Promise.all([moto.stop(), vault[Symbol.asyncDispose]()]);
  await home[Symbol.asyncDispose]();
});

async function explain(args: readonly string[], env: Readonly<Record<string, string>>, claims: object = {}) {
  const all = ['explain', ...args, '--json', '--token', '-'];
  const input = `x.${Buffer.from(JSON.stringify({ ...CLAIMS, ...claims })).toString('base64url')}.x`;
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'k' })).toString('base64url');
  const ran = spawn(process.execPath, [LAUNCHER, ...all], { env: { HOME: home.path, ...env } });
  ran.stdin.end(input.replace(/^x/, header));
  const [stdout, stderr] = await Promise.all([text(ran.stdout), text(ran.stderr), once(ran, 'exit')]);
  return { status: ran.exitCode, stdout, stderr };
}

const later = () => ({ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 300 });

describe('a role of IAM', () => {
  const aws = () => ({ AWS_ENDPOINT_URL: moto.url, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' });

  it.each<[string, object, number, string]>([
    ['what its trust policy admits', {}, 0, '"admitted": true'],
    ['another subject', { sub: 'organization_id:o:project_id:q' }, 1, '"claim": "app.gitpod.io:sub"'],
    ['an audience that the provider does not know', { aud: 'b' }, 1, '"operator": "registered"'],
    ['an issuer that has no provider', { iss: 'https://evil.example' }, 1, 'the URL of an IAM OIDC provider'],
    ['a token for other roles', { 'https://aws.amazon.com/roles': ['arn:x'] }, 1, 'may take only these roles'],
  ])('%s', async (_, claims, status, says) => {
    const ran = await explain(['--role-arn', ROLE], aws(), { ...later(), ...claims });
    expect(ran).toMatchObject({ status });
    expect(ran.stdout).toContain(says);
  });

  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['a role that is not there', `arn:aws:iam::${ACCOUNT}:role/none`, {}, 'there is no role'],
    ['a role of another path', `arn:aws:iam::${ACCOUNT}:role/deploy`, {}, 'see the role as'],
    ['what is no ARN', 'deploy', {}, 'is not the ARN of an IAM role'],
    ['no credentials', ROLE, { AWS_ACCESS_KEY_ID: '', AWS_EC2_METADATA_DISABLED: 'true' }, 'no AWS credentials'],
  ])('%s is said', async (_, arn, env, says) => {
    const ran = await explain(['--role-arn', arn], { ...aws(), ...env });
    expect(ran).toMatchObject({ status: 2 });
    expect(ran.stderr).toContain(says);
  });

  it('says that IAM is not there', async () => {
    expect(await explain(['--role-arn', ROLE], { ...aws(), AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).toMatchObject({
      status: 3,
    });
  });
});

describe('a role of Vault', () => {
  const env = () => ({ VAULT_ADDR: vault.address, VAULT_TOKEN: 'root' });
  const args = ['--vault-role', 'deploy', '--vault-mount', 'team/jwt'];

  it.each<[string, object, number, string]>([
    ['what it admits', {}, 0, '"admitted": true'],
    ['another issuer than that of the mount', { iss: 'https://evil.example' }, 1, 'config.bound_issuer'],
    ['another subject', { sub: 'x' }, 1, 'role.bound_subject'],
  ])('%s', async (_, claims, status, says) => {
    const ran = await explain(args, env(), { ...later(), ...claims });
    expect(ran).toMatchObject({ status });
    expect(ran.stdout).toContain(says);
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, number, string]>([
    ['a role that is not there', ['--vault-role', 'none', '--vault-mount', 'team/jwt'], {}, 2, 'there is nothing at'],
    ['no Vault token', args, { VAULT_TOKEN: '' }, 2, 'there is no Vault token'],
    ['a Vault token that may not', args, { VAULT_TOKEN: 'wrong' }, 1, 'HTTP 403'],
    ['no address', args, { VAULT_ADDR: '' }, 2, 'VAULT_ADDR is not set'],
    ['no Vault', args, { VAULT_ADDR: 'http://127.0.0.1:1' }, 3, 'http://127.0.0.1:1'],
  ])('%s is said', async (_, flags, changed, status, says) => {
    const ran = await explain(flags, { ...env(), ...changed });
    expect(ran).toMatchObject({ status });
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).not.toContain('wrong');
  });
});

it('asks Vault itself whether it reaches the issuer', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' };
  const server = await serve(() => json({ keys: [key] }));
  await vault.call('POST', 'sys/auth/live', { type: 'jwt' });
  await vault.call('POST', 'auth/live/config', { jwks_url: `${server.url}/keys`, bound_issuer: CLAIMS.iss });
  await vault.call('POST', 'auth/live/role/deploy', { role_type: 'jwt', user_claim: 'sub', bound_audiences: ['a'] });
  const args = ['--vault-role', 'deploy', '--vault-mount', 'live'];
  const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: 'root' };
  const reached = await explain(args, env, later());
  expect(reached).toMatchObject({ status: 0 });
  expect(reached.stdout).toContain('"operator": "reachable"');
  await server[Symbol.asyncDispose]();
  const away = await explain(args, env, later());
  expect(away).toMatchObject({ status: 1 });
  expect(away.stdout).toContain("check the network, the proxy and the configured CA of Vault's servers");
});
