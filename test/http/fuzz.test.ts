/** Requests that no client sends on purpose, against the issuer in a process of its own and under its limits. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { promisify } from 'node:util';
import { request } from 'undici';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createServer } from '../../src/http/server.ts';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { casesOf, seeded } from '../random.ts';
import { waitUntil } from '../sandbox/net/ports.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { ADMIN_TOKEN, CONFIG, HOSTS, exchangeForm, writeFiles } from '../serve/running.ts';
import { fuzzer } from './fuzzing.ts';
import { type Sending, readAnswers, sendRaw, statusesIn } from './raw.ts';

const CASES = casesOf(9_000);
const AT_ONCE = 24;
/** What memory may grow by, in KiB, after a warming up of a sixth of the requests. */
const GROWTH = 64 * 1024;
/** A heap of which no part grows merely because there is room, and that a leak would burst. */
const HEAP = ['--max-old-space-size=64', '--max-semi-space-size=2'];
const LIMITS = 'limits: { tokens_per_minute: 1000000, refusals_per_minute: 1000000 }';
const PROGRAM = `
  const { issuerCommand } = await import('${new URL('../../src/cli/issuer.ts', import.meta.url).href}');
  const { processIo } = await import('${new URL('../../src/cli/io.ts', import.meta.url).href}');
  await issuerCommand(processIo()).parseAsync(['serve', '--config', 'issuer.yaml'], { from: 'user' });
`;

let child: ChildProcess;
let output = '';
let urls: { readonly listening: string; readonly admin: string };
let credential: string;

beforeAll(async () => {
  const directory = await temporaryDirectory(afterAll);
  await writeFiles(directory, { 'issuer.yaml': `${CONFIG}\n${LIMITS}\n` });
  const env = { PATH: process.env.PATH ?? '', IDP_LOG_LEVEL: 'trace' };
  const started = spawn(process.execPath, [...HEAP, '--input-type=module', '-e', PROGRAM], { cwd: directory, env });
  child = started;
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
  }
  await waitUntil(() => Promise.resolve(/^\{"listening".*\}$/m.test(output)), { what: 'the issuer' });
  urls = JSON.parse(/^\{"listening".*\}$/m.exec(output)?.[0] ?? '') as typeof urls;
  const admin = async (method: 'PUT' | 'POST', path: string, body: object) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
    const reply = await request(`${urls.admin}/admin/issuers/ona/${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    return (await reply.body.json()) as { credential: string };
  };
  await admin('PUT', 'organizations/fuzzed', { profile: 'ona-v3' });
  ({ credential } = await admin('POST', 'registrations', { organization: 'fuzzed', facts: ENVIRONMENT }));
});

afterAll(() => {
  child.kill('SIGKILL');
});

/** KiB, resident. */
async function memory(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)]);
  return Number(stdout.trim());
}

const tokenBody = () =>
  new URLSearchParams(exchangeForm(credential, 'a').map(([name, value]): [string, string] => [name, value])).toString();

function tokenRequest(connection = 'keep-alive'): string {
  const body = tokenBody();
  const type = 'application/x-www-form-urlencoded';
  return `POST /token HTTP/1.1\r\nHost: ${HOSTS.ona}\r\nConnection: ${connection}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const whole = (text: string): Sending => ({ chunks: [Buffer.from(text, 'latin1')], then: 'wait' });

describe('a running issuer', () => {
  it(`outlives ${CASES} requests of every kind`, async () => {
    const next = fuzzer({ random: seeded(20261121), host: HOSTS.ona, credential, adminToken: ADMIN_TOKEN });
    const counts = new Map<number, number>();
    const faults: string[] = [];
    const send = async (count: number) => {
      for (let index = 0; index < count; index++) {
        const sending = next();
        const received = await sendRaw(index % 2 === 0 ? urls.listening : urls.admin, sending);
        for (const status of statusesIn(received)) {
          counts.set(status, (counts.get(status) ?? 0) + 1);
          if (status >= 500)
            faults.push(`${status}: ${Buffer.concat(sending.chunks).toString('latin1').slice(0, 400)}`);
        }
      }
    };
    const sendAll = (count: number) =>
      Promise.all(Array.from({ length: AT_ONCE }, () => send(Math.ceil(count / AT_ONCE))));
    await sendAll(CASES / 6);
    const before = await memory();
    await sendAll((CASES * 5) / 6);
    const grown = (await memory()) - before;
    expect(faults.slice(0, 5)).toEqual([]);
    for (const expected of [200, 400, 401, 404, 413, 415, 431]) expect(counts.keys()).toContain(expected);
    expect(grown).toBeLessThan(GROWTH);
  }, 60_000);

  it('answers pipelined requests in order', async () => {
    const random = seeded(7);
    for (let round = 0; round < casesOf(20); round++) {
      const expected = Array.from({ length: 50 }, (_, index) => (random() < 0.2 ? 'token' : `/p-${round}-${index}`));
      const text = expected
        .map((path) => (path === 'token' ? tokenRequest() : `GET ${path} HTTP/1.1\r\nHost: ${HOSTS.ona}\r\n\r\n`))
        .join('');
      const answers = readAnswers(await sendRaw(urls.listening, whole(text + tokenRequest('close'))));
      expect(answers.map(({ status, body }) => (status === 200 ? 'token' : /\/p-\d+-\d+/.exec(body)?.[0]))).toEqual([
        ...expected,
        'token',
      ]);
    }
  });

  it('still serves, and has logged JSON without anything secret', async () => {
    const [answer] = readAnswers(await sendRaw(urls.listening, whole(tokenRequest('close'))));
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"access_token":"ey') as unknown });
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    const lines = output.trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown, line.slice(0, 300)).not.toThrow();
    expect(lines.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
    const [, secret = ''] = credential.split('.');
    for (const hidden of [secret, ADMIN_TOKEN]) {
      expect(output.includes(hidden), 'in letters').toBe(false);
      expect(output.includes([...Buffer.from(hidden)].join(',')), 'in bytes').toBe(false);
      expect(output.includes(Buffer.from(hidden).toString('base64').slice(2, -4)), 'in base64').toBe(false);
    }
  });
});

describe('slow clients', () => {
  const SLOWEST = 250;
  const HEAD = 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

  /** A hundred connections that send one letter after the other, each for as long as it is let. */
  async function dripping(port: number, start: string, drop: string): Promise<string[]> {
    const clients = Array.from({ length: 100 }, () => connect({ host: '127.0.0.1', port }));
    const answers = clients.map(async (client: Socket) => {
      let received = '';
      const closed = new Promise((resolve) => client.on('error', () => undefined).on('close', resolve));
      client.on('data', (data: Buffer) => (received += data.toString('latin1')));
      client.write(start);
      const drip = setInterval(() => client.write(drop), 20);
      await closed;
      clearInterval(drip);
      return received;
    });
    return Promise.all(answers);
  }

  it.each([
    ['never begin', '', ''],
    ['send a header without end', `${HEAD}X: `, 'a'],
    ['send headers without end', HEAD, 'X: a\r\n'],
    ['send a body without end', `${HEAD}Content-Length: 60000\r\n\r\n"`, 'a'],
    ['send chunks without end', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n'],
  ])(
    'that %s are told so and cut off, and others are served meanwhile',
    { timeout: 10_000 },
    async (_, start, drop) => {
      const server = createServer({ log: pino({ level: 'silent' }), bodyLimit: 65_536, requestMilliseconds: SLOWEST });
      server.post('/slow', (_request, reply) => reply.send({}));
      const url = await server.listen({ host: '127.0.0.1', port: 0 });
      onTestFinished(() => server.close());
      const slow = dripping(Number(new URL(url).port), start, drop);
      const quick = await request(`${url}/slow`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      await quick.body.dump();
      expect(quick.statusCode).toBe(200);
      // Who writes on while the connection is closed gets a reset, which can take the answer away.
      const told = (await slow).flatMap((received) => statusesIn(received).slice(0, 1));
      expect(new Set(told)).toEqual(new Set([408]));
    },
  );
});
