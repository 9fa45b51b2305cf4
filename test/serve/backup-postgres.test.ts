// The commands that are said for PostgreSQL, run as they are said, where its tools are on PATH and as new as the server.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { run } from '../cli/run.ts';
import { usePostgres } from '../store/postgres.ts';
import { temporaryDirectory } from './directory.ts';
import { CONFIG, runIssuer, writeFiles } from './running.ts';

const server = usePostgres();
const execute = promisify(execFile);

/** 0 where there is none. */
async function toolVersion(): Promise<number> {
  const { stdout } = await execute('pg_dump', ['--version']).catch(() => ({ stdout: '' }));
  return Number(/ (\d+)\./.exec(stdout)?.[1] ?? 0);
}

it('backs up and restores', async ({ skip }) => {
  skip((await toolVersion()) < Number.parseInt(server().version, 10), 'pg_dump is missing, or older than the server');
  const directory = await temporaryDirectory();
  const config = CONFIG.replace(/store: .*/, 'store: { postgres: { url_file: postgres.url } }');
  await writeFiles(directory, { 'issuer.yaml': config });
  await writeFile(join(directory, 'postgres.url'), await server().database(), { mode: 0o600 });
  const issuer = await runIssuer({ config, directory });
  const before = (await issuer.admin('GET', '/admin/issuers/ona/keys')).text;
  const carryOut = async (name: string, option: string) => {
    const file = ['--config', join(directory, 'issuer.yaml'), option, join(directory, 'issuer.dump')];
    const { status, stderr } = await run(['issuer', name, ...file]);
    expect(status).toBe(2);
    const env = { ...process.env, PGPASSWORD: server().password };
    await execute('sh', ['-c', stderr.split('\n')[1] ?? ''], { env });
  };
  await carryOut('backup', '--to');
  await issuer.admin('POST', '/admin/issuers/ona/keys/replace');
  await issuer.stop();
  await carryOut('restore', '--from');
  const again = await runIssuer({ config, directory });
  expect((await again.admin('GET', '/admin/issuers/ona/keys')).text).toBe(before);
});
