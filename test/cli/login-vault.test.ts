import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { directory } from '../workload/support/files.ts';
import { json, serve } from '../workload/support/server.ts';
import { CLAIMS, createIssuer } from '../workload/support/tokens.ts';
import { run } from './run.ts';

// The real Vault is met in test/workload/vault and in the launcher's test; here it is the command's own behaviour.
const SESSION = {
  client_token: 'hvs.TOKEN',
  accessor: 'acc',
  policies: ['default', 'deploy'],
  lease_duration: 900,
  renewable: true,
  entity_id: 'ent',
  mfa_requirement: null,
};
let jwt: string;
beforeAll(async () => {
  jwt = await (await createIssuer()).sign({ ...CLAIMS, aud: 'vault.hashicorp.com' });
});
const vault = () => serve(() => json({ auth: SESSION, warnings: ['look out'] }));

it('logs in by variables alone, and keeps the token off the screen', async () => {
  await using home = await directory();
  await using server = await vault();
  const env = { IDP_TOKEN: jwt, VAULT_ADDR: server.url, IDP_VAULT_ROLE: 'deploy', IDP_VAULT_MOUNT: 'ci' };
  const ran = await run(['login', 'vault'], { env, homedir: home.path });
  expect(ran).toMatchObject({ status: 0, stdout: '' });
  expect(ran.stderr).toMatch(/default, deploy[^]*15 min, renewable[^]*look out/);
  expect(ran.stderr).not.toContain('hvs.');
  expect(await readFile(join(home.path, '.vault-token'), 'utf8')).toBe('hvs.TOKEN');
  expect(server.received[0]?.url.pathname).toBe('/v1/auth/ci/login');
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({ role: 'deploy', jwt });
});

it('prints the token only when told to, and stores nothing with --no-store', async () => {
  await using home = await directory();
  await using server = await vault();
  const env = { IDP_TOKEN: jwt, VAULT_ADDR: server.url };
  const ran = await run(['login', 'vault', '--role', 'deploy', '--no-store', '--print-token'], {
    env,
    homedir: home.path,
  });
  expect(ran).toMatchObject({ status: 0, stdout: 'hvs.TOKEN\n' });
  await expect(access(join(home.path, '.vault-token'))).rejects.toThrow();
});

it('prints JSON without the token', async () => {
  await using home = await directory();
  await using server = await vault();
  const env = { IDP_TOKEN: jwt, VAULT_ADDR: server.url };
  const ran = await run(['login', 'vault', '--role', 'deploy', '--json'], { env, homedir: home.path });
  expect(JSON.parse(ran.stdout)).toEqual({
    policies: ['default', 'deploy'],
    accessor: 'acc',
    lease_duration: 900,
    renewable: true,
    entity_id: 'ent',
    token_file: join(home.path, '.vault-token'),
  });
});

it.each([[['--role', 'x', '--json', '--print-token']], [[]], [['--role', 'x', '--mount', '../sys']]])(
  'refuses %j with status 2',
  async (flags) => {
    const ran = await run(['login', 'vault', ...flags], { env: { IDP_TOKEN: jwt, VAULT_ADDR: 'http://127.0.0.1:1' } });
    expect(ran).toMatchObject({ status: 2, stdout: '' });
  },
);
