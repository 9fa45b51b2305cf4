/** The command in processes of its own: what a supervisor and two replicas see. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from './directory.ts';
import { CONFIG, HOSTS, writeFiles } from './running.ts';

const CLI = new URL('../../src/cli/', import.meta.url).href;
const PROGRAM = `
  const { issuerCommand } = await import('${CLI}issuer.ts');
  const { processIo } = await import('${CLI}io.ts');
  try {
    await issuerCommand(processIo()).parseAsync(process.argv.slice(1), { from: 'user' });
  } catch (thrown) {
    console.error(thrown.code, thrown.message);
    process.exitCode = 2;
  }
`;

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function run(directory: string, ...args: string[]): Run {
  const env = { PATH: process.env.PATH ?? '' };
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...args], { cwd: directory, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, output: () => output, ended };
}

async function ready({ child, output }: Run): Promise<{ listening: string; admin: string }> {
  for (;;) {
    const line = output()
      .split('\n')
      .find((text) => text.startsWith('{"listening"'));
    if (line !== undefined) return JSON.parse(line) as { listening: string; admin: string };
    if (child.exitCode !== null) throw new Error(output());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function directoryWith(config: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'issuer.yaml': config });
  return directory;
}

it('says in one line of JSON that it is ready, and ends in order on SIGTERM', async () => {
  const directory = await directoryWith(CONFIG);
  const issuer = run(directory, 'serve', '--config', 'issuer.yaml');
  const { listening } = await ready(issuer);
  const { statusCode, body } = await request(`${listening}/readyz`);
  await body.dump();
  expect(statusCode).toBe(200);
  issuer.child.kill('SIGTERM');
  expect(await issuer.ended).toBe(0);
}, 20_000);

it('writes that line to a file where it is told to', async () => {
  const directory = await directoryWith(CONFIG);
  const issuer = run(directory, 'serve', '--config', 'issuer.yaml', '--ready-file', 'ready.json');
  await expect
    .poll(() => readFile(join(directory, 'ready.json'), 'utf8').catch(() => ''), { timeout: 10_000 })
    .toMatch(/^\{"listening":"http:\/\/127\.0\.0\.1:\d+","admin":"http:\/\/127\.0\.0\.1:\d+"\}\n$/);
  issuer.child.kill('SIGINT');
  expect(await issuer.ended).toBe(0);
}, 20_000);

it('makes one key and one sealing secret where replicas start together', async () => {
  const directory = await directoryWith(CONFIG);
  const issuers = Array.from({ length: 3 }, () => run(directory, 'serve', '--config', 'issuer.yaml'));
  const texts: string[] = [];
  for (const issuer of issuers) {
    const { listening } = await ready(issuer);
    const reply = await request(`${listening}/.well-known/jwks.json`, { headers: { host: HOSTS.ona } });
    texts.push(await reply.body.text());
  }
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).toMatch(/"kid":"k0"/);
  expect(texts[0]).not.toMatch(/"kid":"k1"/);
}, 30_000);

it('says everything that is wrong with a configuration, and serves nothing', async () => {
  const directory = await directoryWith(CONFIG.replace('ona-v2', 'ona-v9').replace('port: 0', 'port: x'));
  for (const command of ['check', 'serve']) {
    const issuer = run(directory, command, '--config', 'issuer.yaml');
    expect(await issuer.ended).toBe(2);
    expect(issuer.output()).toMatch(
      /issuer.yaml:2:\d+: listen.port[^]*issuer.yaml:7:\d+: issuers.ona.profiles.1.profile/,
    );
  }
}, 20_000);

it('checks the files too, and creates none', async () => {
  const directory = await directoryWith(CONFIG.replace(/token_sha256: \S+/, 'token_file: admin.token'));
  const bad = run(directory, 'check', '--config', 'issuer.yaml');
  expect([await bad.ended, bad.output()]).toEqual([
    2,
    expect.stringMatching(/the admin token .* cannot be read: there is no such file/),
  ]);
  await writeFiles(directory, { 'admin.token': 'a-long-admin-token-of-the-tests\n' });
  await chmod(join(directory, 'admin.token'), 0o644);
  const open = run(directory, 'check', '--config', 'issuer.yaml');
  expect([await open.ended, open.output()]).toEqual([2, expect.stringMatching(/open to everybody \(mode 644\)/)]);
  await chmod(join(directory, 'admin.token'), 0o640);
  const good = run(directory, 'check', '--config', 'issuer.yaml');
  expect([await good.ended, good.output()]).toEqual([0, expect.stringMatching(/is fine: ona \(https:\/\/app/)]);
  await expect(readFile(join(directory, 'sealing.key'))).rejects.toMatchObject({ code: 'ENOENT' });
}, 20_000);
