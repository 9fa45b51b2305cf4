// `idp issuer` as a person uses it: what it refuses, and that a refusal leaves nothing behind.
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../serve/directory.ts';
import { CONFIG, writeFiles } from '../serve/running.ts';
import { run } from './run.ts';

interface Case {
  readonly config?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stderr: RegExp;
}

async function configured(config: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'issuer.yaml': config });
  return directory;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

describe('serve', () => {
  it.each<[string, Case]>([
    [
      'with a ready file in no directory',
      {
        args: ['--ready-file', '/nonexistent/x'],
        stderr: /^idp: the ready file \/nonexistent\/x cannot be written: there is no such file or directory\nGive /m,
      },
    ],
    [
      'with a ready file that is a directory',
      { args: ['--ready-file', '/tmp'], stderr: /^idp: the ready file \/tmp cannot be written: it is a directory$/m },
    ],
    [
      'with a log level that there is not',
      {
        env: { IDP_LOG_LEVEL: 'bogus' },
        stderr: /^idp: there is no log level `bogus`, which IDP_LOG_LEVEL asks for\n.*: trace, debug, info, warn/,
      },
    ],
    [
      'without the admin token, saying how to make one that will do',
      {
        config: CONFIG.replace(/token_sha256: \S+/, 'token_file: admin.token'),
        stderr: /^idp: the admin token \S+ cannot be read: there is no such .*\n.*umask 077.*openssl rand -hex 32 > /,
      },
    ],
    [
      'without a directory for the store',
      {
        config: CONFIG.replace('issuer.db', 'absent/issuer.db'),
        stderr: /^idp: the store \S+ cannot be opened: there is no such file or directory$/m,
      },
    ],
  ])('%s ends with status 2 and serves nothing', async (_what, { config = CONFIG, args = [], env = {}, stderr }) => {
    const port = await freePort();
    const directory = await configured(config.replace('port: 0', `port: ${port}`));
    const ran = await run(['issuer', 'serve', '--config', join(directory, 'issuer.yaml'), ...args], { env });
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(stderr);
    expect(ran.stderr).not.toMatch(/fault of idp|ENOENT|EISDIR/);
    expect(await isFree(port)).toBe(true);
    expect([process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')]).toEqual([0, 0]);
  });

  it('takes a log level', async () => {
    const directory = await configured(CONFIG);
    const args = ['issuer', 'serve', '--config', join(directory, 'issuer.yaml'), '--ready-file', '/nonexistent/x'];
    const quiet = await run(args, { env: { IDP_LOG_LEVEL: 'error' } });
    expect(quiet.stderr.split('\n')[0]).toMatch(/^idp: the ready file/);
  });
});

describe('check', () => {
  it('says each thing with its place and its remedy, and creates nothing', async () => {
    const directory = await configured(
      CONFIG.replace(/token_sha256: \S+/, 'token_file: admin.token')
        .replace('port: 0 }', 'port: 0, tls: { cert_file: tls.pem, key_file: tls-key.pem } }')
        .replace('ona-v2', 'ona-v9'),
    );
    const { status, stdout, stderr } = await run(['issuer', 'check', '--config', join(directory, 'issuer.yaml')]);
    expect([status, stdout]).toEqual([2, '']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^idp: \S+issuer.yaml:2:\d+: listen.tls.cert_file: .*tls.pem cannot be read.* \(.+\)$/),
      expect.stringMatching(/^\S+issuer.yaml:2:\d+: listen.tls.key_file: .*tls-key.pem cannot be read.* \(.+\)$/),
      expect.stringMatching(/^\S+issuer.yaml:3:\d+: admin.token_file: .*admin.token cannot be read.* \(.*openssl/),
      expect.stringMatching(/^\S+issuer.yaml:7:\d+: issuers.ona.profiles.1.profile: .*ona-v9.* \(did you mean/),
      'Correct the configuration, and check it with: idp issuer check',
    ]);
    expect(await readdir(directory)).toEqual(['issuer.yaml']);
  });

  it('says what is fine', async () => {
    const directory = await configured(CONFIG);
    const file = join(directory, 'issuer.yaml');
    expect(await run(['issuer', 'check', '--config', file])).toEqual({
      status: 0,
      stdout: '',
      stderr: expect.stringMatching(/issuer.yaml is fine: ona \(https:\/\/app.gitpod.io\), gitlab /) as unknown,
    });
  });
});
