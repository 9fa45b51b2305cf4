/** A real PostgreSQL on loopback, in a folder of its own, with TLS and passwords. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type Authority, createAuthority } from '../net/authority.ts';
import { type Child, startChild } from '../net/child.ts';
import { freePort, waitUntil } from '../net/ports.ts';
import { type Programs, type SystemUser, findPrograms, serverUser } from './programs.ts';

const run = promisify(execFile);

export interface NewDatabase {
  /** @default UTF8 */
  readonly encoding?: string;
  /** @default the user `idp` */
  readonly owner?: string;
}

export interface Postgres {
  readonly version: string;
  readonly port: number;
  /** Of the users `idp` and `postgres`. */
  readonly password: string;
  /** The folder of its socket. */
  readonly socket: string;
  /** The authority of its certificate, which is for `localhost`. PEM. */
  readonly ca: string;
  /** Makes a database, and has the URL that the user `idp` reaches it with. */
  readonly database: (options?: NewDatabase) => Promise<string>;
  /** One statement of the superuser. */
  readonly query: (text: string, database?: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Ends it as a crash does: nothing is finished, nobody is told. */
  readonly crash: () => Promise<void>;
  /** Ends every process of it by SIGKILL, as the kernel does where memory is short. */
  readonly kill: () => Promise<void>;
  /** After a crash, or when it was killed. */
  readonly start: () => Promise<void>;
  /** Ends it, and removes its folder. */
  readonly stop: () => Promise<void>;
}

export interface PostgresOptions {
  /** Must what is written outlive the machine too? @default no: it outlives the server */
  readonly durable?: boolean;
}

export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<Postgres> {
  const user = await serverUser();
  const home = await mkdtemp(join(tmpdir(), 'idp-pg-'));
  const password = randomBytes(18).toString('base64url');
  const authority = await createAuthority({ now: () => new Date() });
  try {
    if (user !== undefined) await chown(home, user.uid, user.gid);
    const programs = await findPrograms(user, home);
    const place = { home, user, programs, port: await freePort(), durable };
    await createCluster(place, password, authority);
    return await serve(place, password, authority);
  } catch (thrown) {
    await rm(home, { recursive: true, force: true });
    throw thrown;
  }
}

interface Place {
  readonly home: string;
  readonly user: SystemUser | undefined;
  readonly programs: Programs;
  readonly port: number;
  readonly durable: boolean;
}

const dataOf = ({ home }: Place) => join(home, 'data');

async function createCluster(place: Place, password: string, authority: Authority): Promise<void> {
  const { home, user, programs } = place;
  const { certPem, keyPem } = await authority.issue(['localhost']);
  const files = { password: `${password}\n`, 'tls.pem': certPem, 'tls-key.pem': keyPem };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(home, name), text, { mode: 0o600 });
    if (user !== undefined) await chown(join(home, name), user.uid, user.gid);
  }
  const flags = ['--auth=scram-sha-256', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const args = [...flags, `--pwfile=${join(home, 'password')}`, '-D', dataOf(place)];
  await run(join(programs.folder, 'initdb'), args, { cwd: home, env: ENVIRONMENT, ...user });
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

function startServer(place: Place): Child {
  const { home, user, programs, port, durable } = place;
  const settings = {
    listen_addresses: 'localhost',
    unix_socket_directories: home,
    max_connections: '100',
    ssl: 'on',
    ssl_cert_file: join(home, 'tls.pem'),
    ssl_key_file: join(home, 'tls-key.pem'),
    fsync: durable ? 'on' : 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return startChild({
    command: join(programs.folder, 'postgres'),
    args: ['-D', dataOf(place), '-p', String(port), ...flags],
    env: ENVIRONMENT,
    cwd: home,
    ...(user === undefined ? {} : { user }),
  });
}

async function serve(place: Place, password: string, { caPem: ca }: Authority): Promise<Postgres> {
  const { home, programs, port } = place;
  let child = startServer(place);
  const query = (text: string, database = 'postgres') => ask({ port, password, database }, text);
  const ready = async () => {
    const answers = await query('select 1').catch(() => undefined);
    if (answers === undefined && !child.running()) throw new Error(`PostgreSQL ended at once:\n${child.output()}`);
    return answers !== undefined;
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!child.running()) return;
    process.kill(await pidOf(place), signal);
    await waitUntil(() => Promise.resolve(!child.running()), { what: `the end of PostgreSQL by ${signal}` });
  };
  let databases = 0;
  await waitUntil(ready, { what: 'PostgreSQL' });
  await query(`create role idp login password '${password}'`);
  return {
    version: programs.version,
    port,
    password,
    socket: home,
    ca,
    query,
    database: async ({ encoding = 'UTF8', owner = 'idp' } = {}) => {
      databases += 1;
      const name = `issuer_${databases}`;
      await query(`create database ${name} owner ${owner} encoding '${encoding}' locale 'C' template template0`);
      return `postgresql://idp:${password}@localhost:${port}/${name}`;
    },
    crash: () => end('SIGQUIT'),
    kill: async () => {
      const others = (await query('select pid from pg_stat_activity')) as { readonly pid: number }[];
      const pids = others.map(({ pid }) => pid);
      await end('SIGKILL');
      for (const pid of pids) kill(pid);
      // As long as one of them lives, so does the memory that they share, and no other server starts.
      const ended = async () => (await Promise.all(pids.map(hasEnded))).every(Boolean);
      await waitUntil(ended, { what: 'the end of every process of PostgreSQL' });
    },
    start: async () => {
      child = startServer(place);
      await waitUntil(ready, { what: 'PostgreSQL after a crash' });
    },
    stop: async () => {
      await end('SIGINT');
      await rm(home, { recursive: true, force: true });
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
  }
}

/** Whoever adopted it may never ask for its exit code (proc(5): the state after the name). */
async function hasEnded(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return status === undefined || /\) [ZX] /.test(status);
}

async function pidOf(place: Place): Promise<number> {
  const text = await readFile(join(dataOf(place), 'postmaster.pid'), 'utf8');
  return Number(text.split('\n', 1)[0]);
}

interface Access {
  readonly port: number;
  readonly password: string;
  readonly database: string;
}

async function ask({ port, password, database }: Access, text: string) {
  const client = new Client({ host: 'localhost', port, user: 'postgres', password, database, ssl: false });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows;
  } finally {
    await client.end();
  }
}
