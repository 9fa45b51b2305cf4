// The launcher as a shell runs it: real processes, the real Vault.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { granted } from '../workload/aws/sts.ts';
import { directory } from '../workload/support/files.ts';
import { serve } from '../workload/support/server.ts';
import { CLAIMS, createIssuer } from '../workload/support/tokens.ts';
import { mountJwt, startVault } from '../workload/vault/server.ts';
import type { Ran } from './run.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/idp.js', import.meta.url));

function idp(
  args: readonly string[],
  env: Record<string, string>,
  node: readonly string[] = [],
  launcher = LAUNCHER,
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...node, launcher, ...args], { env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

describe('idp', () => {
  it('starts through a link, as npm installs it, and passes the exit status on', async () => {
    await using files = await directory();
    await symlink(LAUNCHER, join(files.path, 'idp'));
    expect(await idp(['--version'], {}, [], join(files.path, 'idp'))).toMatchObject({ status: 0, stderr: '' });
    expect(await idp(['token'], {})).toMatchObject({ status: 2, stdout: '' });
  });

  it('says that a Node is too old instead of failing in a stack trace', async () => {
    const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.11.0'})`;
    const ran = await idp(['--version'], {}, ['--import', old]);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(/needs Node.js 22.18 or newer, and this is 20.11.0/);
  });

  it('does not mind a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [LAUNCHER, 'explain', '--help'], { env: {} });
    child.stdout.destroy();
    const said = text(child.stderr);
    const [status] = (await once(child, 'exit')) as [number | null];
    expect({ status, said: await said }).toEqual({ status: 0, said: '' });
  });

  it('does not load what a command does not need', async () => {
    const trace = `data:text/javascript,import { registerHooks } from 'node:module'; registerHooks({ load: (url, context, next) => { if (/aws-sdk|undici|jose|zod|lockfile/.test(url)) process.stderr.write(url + '\\n'); return next(url, context); } });`;
    expect(await idp(['login', 'aws', '--help'], {}, ['--import', trace])).toMatchObject({ status: 0, stderr: '' });
  });

  it('logs in to AWS and Vault at once, from one home', { timeout: 60_000 }, async () => {
    await using home = await directory();
    await using vault = await startVault(home.path);
    await using sts = await serve(() => granted());
    const issuer = await createIssuer();
    await mountJwt(vault, 'jwt', issuer.publicKey, CLAIMS.iss);
    const env = {
      HOME: home.path,
      IDP_TOKEN: await issuer.sign({ ...CLAIMS, aud: ['sts.amazonaws.com', 'vault.hashicorp.com'] }),
      IDP_AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/deploy',
      IDP_VAULT_ROLE: 'deploy',
      AWS_ENDPOINT_URL_STS: sts.url,
      VAULT_ADDR: vault.address,
    };
    const runs = await Promise.all([
      idp(['login', 'aws', '--profile', 'one'], env),
      idp(['login', 'aws', '--profile', 'two'], env),
      idp(['login', 'vault'], env),
    ]);
    expect(runs.map(({ status, stdout }) => [status, stdout])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(await readFile(join(home.path, '.aws', 'credentials'), 'utf8')).toMatch(
      /\[one\][^]*\[two\]|\[two\][^]*\[one\]/,
    );
    expect(await readFile(join(home.path, '.vault-token'), 'utf8')).toMatch(/^hvs\./);
    expect(await idp(['token', '--audience', 'sts.amazonaws.com'], env)).toEqual({
      status: 0,
      stdout: `${env.IDP_TOKEN}\n`,
      stderr: '',
    });
  });
});
