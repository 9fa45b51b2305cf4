/** Connections to PostgreSQL: few, each wait bounded, and none used again after it failed. */

import { Socket } from 'node:net';
import { type ConnectionOptions } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient, TypeOverrides } from 'pg';
import { IssuerFault } from '../fault.ts';
import { type PostgresAddress, type PostgresTls } from './address.ts';
import { faultOf } from './fault.ts';

/** All in milliseconds. */
export interface Limits {
  readonly connections: number;
  /** For a new connection, and for one that is free. */
  readonly connect: number;
  /** For one statement with its waits for locks; the server ends it then. */
  readonly statement: number;
  /** For a transaction whose client is silent: others may wait for what it holds. */
  readonly silence: number;
}

export interface PoolOptions {
  readonly address: PostgresAddress;
  /** PEM; without it the authorities that Node knows. */
  readonly ca: string | undefined;
  readonly limits: Limits;
  readonly readOnly: boolean;
}

/** What a server that is gone, or a network, takes longer than the server's own limit. */
const NETWORK_MILLISECONDS = 1000;

const IDLE_MILLISECONDS = 30_000;
const KEEP_ALIVE_MILLISECONDS = 10_000;

/** So that after a switch to another server no connection stays with the old one. */
const LIFETIME_SECONDS = 1800;

/** For the last words of connections; what is longer silent is cut off. */
const CLOSE_MILLISECONDS = 2000;

export function createPool({ address, ca, limits, readOnly }: PoolOptions): PostgresPool {
  const sockets = new Set<Socket>();
  const { host, port, user, database, password, tls, options } = address;
  const pool = new Pool({
    host,
    port,
    user,
    database,
    // As a function it is not looked for in the environment or a file where it is empty.
    password: () => password,
    ssl: tlsOptions(tls, host, ca),
    application_name: 'idp',
    client_encoding: 'utf8',
    options: sessionOptions(options, readOnly),
    max: limits.connections,
    connectionTimeoutMillis: limits.connect,
    statement_timeout: limits.statement,
    query_timeout: limits.statement + NETWORK_MILLISECONDS,
    idle_in_transaction_session_timeout: limits.silence,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    types: NUMBERS,
    stream: () => track(sockets),
  });
  // A connection that breaks while nobody uses it leaves the pool; whether the server is there, the next use will tell.
  pool.on('error', () => undefined);
  return {
    options: {},
    connect: async () => {
      try {
        return checkedOut(await pool.connect(), address);
      } catch (thrown) {
        throw faultOf(thrown, address);
      }
    },
    end: () => endPool(pool, sockets),
  };
}

function sessionOptions(own: string, readOnly: boolean): string {
  // Compare-and-set counts on it: a stricter level refuses with an error what should be zero rows.
  const isolation = '-c default_transaction_isolation=read\\ committed';
  return [own, isolation, ...(readOnly ? ['-c default_transaction_read_only=on'] : [])].join(' ').trim();
}

function tlsOptions(tls: PostgresTls, host: string, ca: string | undefined): ConnectionOptions | false {
  const authority = ca === undefined ? {} : { ca };
  const table: Readonly<Record<PostgresTls, ConnectionOptions | false>> = {
    none: false,
    unverified: { host, rejectUnauthorized: false },
    'verify-ca': { host, ...authority, checkServerIdentity: () => undefined },
    'verify-full': { host, ...authority },
  };
  return table[tls];
}

/** PostgreSQL's bigint, which the driver would give as a text. */
const BIGINT = 20;

const NUMBERS = new TypeOverrides();
NUMBERS.setTypeParser(BIGINT, (text) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError('a number in the store is larger than numbers are here');
  return number;
});

function track(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

/** A connection for a while. Once anything was wrong with it, everything is refused, and the pool does not get it back. */
function checkedOut(client: PoolClient, address: PostgresAddress): PostgresPoolClient {
  let broken: Error | undefined;
  // Between two statements of a transaction nobody else listens, and an error that nobody hears ends the process.
  const hear = (error: Error) => {
    broken ??= faultOf(error, address);
  };
  client.on('error', hear);
  const query = async (text: string, parameters: readonly unknown[]) => {
    if (broken !== undefined) throw broken;
    try {
      return await client.query(text, [...parameters]);
    } catch (thrown) {
      const fault = faultOf(thrown, address);
      if (fault instanceof IssuerFault) broken ??= fault;
      throw fault;
    }
  };
  const release = (destroy = false) => {
    client.off('error', hear);
    client.release(destroy || broken !== undefined);
  };
  // Kysely's type has a second form of `query`, for cursors, which nothing here uses.
  const lent: unknown = { query, release };
  return lent as PostgresPoolClient;
}

async function endPool(pool: Pool, sockets: ReadonlySet<Socket>): Promise<void> {
  const timer = new AbortController();
  const ended = pool.end().then(() => Promise.all([...sockets].map(closed)));
  const late = pause(CLOSE_MILLISECONDS, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([ended, late]);
  timer.abort();
  for (const socket of sockets) socket.destroy();
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}
