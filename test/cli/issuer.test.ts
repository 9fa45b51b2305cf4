// `idp issuer` as a person uses it: what it refuses, and that a refusal leaves nothing behind.
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
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

  it('takes variables of the environment over the file, and without one', async () => {
    const directory = await configured(CONFIG);
    const file = join(directory, 'issuer.yaml');
    const port = { IDP_ISSUER__LISTEN__PORT: '8443' };
    const over = await run(['issuer', 'check', '--config', file], { env: port });
    expect([over.status, over.stderr.split(' is fine')[0]]).toEqual([0, `${file} with 1 variable of the environment`]);
    const whole = Object.fromEntries(
      Object.entries(parse(CONFIG) as Record<string, unknown>).map(([name, value]) => [
        `IDP_ISSUER__${name.toUpperCase()}`,
        JSON.stringify(value),
      ]),
    );
    const files = { IDP_ISSUER__STORE__SQLITE: join(directory, 'issuer.db'), IDP_ISSUER_CONFIG: '' };
    const alone = await run(['issuer', 'check'], { env: { ...whole, ...files } });
    expect([alone.status, alone.stderr.split(':')[0]]).toEqual([0, 'the environment is fine']);
  });

  it('says what is wrong with each variable, beside the file', async () => {
    const directory = await configured(CONFIG.replace('ona-v2', 'ona-v9'));
    const file = join(directory, 'issuer.yaml');
    const env = {
      IDP_ISSUER_CONFIG: file,
      IDP_ISSUER__LISTEN__TLS: '{ cert_file: tls.pem, key_file: tls-key.pem }',
      IDP_ISSUER__ADMIN__PROT: '1',
    };
    const { status, stderr } = await run(['issuer', 'check'], { env });
    expect([status, stderr.trimEnd().split('\n').slice(0, -1)]).toEqual([
      2,
      [
        expect.stringMatching(/^idp: \S+issuer.yaml:7:\d+: issuers.ona.profiles.1.profile: .*ona-v9/),
        expect.stringMatching(/^IDP_ISSUER__LISTEN__TLS: listen.tls.cert_file: .*\/tls.pem cannot be read/),
        expect.stringMatching(/^IDP_ISSUER__LISTEN__TLS: listen.tls.key_file: .*\/tls-key.pem cannot be read/),
        'IDP_ISSUER__ADMIN__PROT: there is no such setting (did you mean PORT?)',
      ],
    ]);
  });

  it.each(['check', 'serve'])('refuses a proxy that is none with %s, and does not show it', async (command) => {
    const directory = await configured(CONFIG);
    const env = { HTTPS_PROXY: 'idp:hunter2@proxy:3128', IDP_ISSUER_CONFIG: join(directory, 'issuer.yaml') };
    const { status, stderr } = await run(['issuer', command], { env });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^idp: (?:HTTPS_PROXY: )?the proxy of the environment is no URL/),
    ]);
    expect(stderr).not.toContain('hunter2');
  });

  it.each([
    ['no configuration at all', {}, /^idp: no configuration is named\nPass --config, set IDP_ISSUER_CONFIG, or /],
    [
      'a file that is not there',
      { IDP_ISSUER_CONFIG: '/nonexistent/issuer.yaml', IDP_ISSUER__LISTEN__PORT: '1' },
      /^idp: the configuration \S+ cannot be read: .*\n.*set IDP_ISSUER_CONFIG to nothing/,
    ],
  ])('refuses %s', async (_what, env, stderr) => {
    const ran = await run(['issuer', 'check'], { env });
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringMatching(stderr) as unknown });
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

  it('says where organizations have their issuers', async () => {
    const directory = await configured(CONFIG.replace('kid: "k{n}"', 'per_organization: true'));
    const { stderr } = await run(['issuer', 'check', '--config', join(directory, 'issuer.yaml')]);
    expect(stderr).toContain('is fine: ona (https://app.gitpod.io/ORGANIZATION), gitlab (https://gitlab.example.com),');
  });
});
