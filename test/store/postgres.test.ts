/** What is wrong with a database is said, and never with the password. */
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { IssuerFault } from '../../src/store/fault.ts';
import { type PostgresOptions, openPostgresKeys, openPostgresStore } from '../../src/store/postgres.ts';
import { createAuthority } from '../sandbox/net/authority.ts';
import { close, freePort, listen } from '../sandbox/net/ports.ts';
import { openAt, usePostgres } from './postgres.ts';
import { KEY } from './rows.ts';

const postgres = usePostgres();
const stranger = await createAuthority({ now: () => new Date() });

const PASSWORD = 'pass%2Fword-that-nobody-may-see';

/** The URL with another part. */
function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url);
  change(copy);
  return copy.href;
}

interface Case {
  readonly arrange: (url: string, name: string) => PostgresOptions | Promise<PostgresOptions>;
  readonly message: RegExp;
  readonly hint: RegExp;
  readonly code?: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'nobody at the port': {
    arrange: async (url) => {
      const port = await freePort();
      return { url: changed(url, (other) => (other.port = String(port))) };
    },
    message: /: nobody listens there$/,
    hint: /Check the host and the port/,
  },
  'a host that does not exist': {
    arrange: (url) => ({ url: changed(url, (other) => (other.hostname = 'host.invalid')) }),
    message: /: (?:there is no such host|the name of the host cannot be looked up now)$/,
    hint: /Check the host/,
  },
  'a socket that is not there': {
    arrange: (url) => ({ url: changed(url, (other) => (other.hostname = '%2Fnonexistent')) }),
    message: /: there is no socket \/nonexistent\/\.s\.PGSQL\.\d+$/,
    hint: /Check the host/,
  },
  'somebody at the port who says nothing': {
    arrange: async (url) => {
      const server = createServer((socket) => {
        onTestFinished(() => void socket.destroy());
      });
      const port = await listen(server);
      onTestFinished(() => close(server));
      return { url: changed(url, (other) => (other.port = String(port))) };
    },
    message: /: the server did not answer in time$/,
    hint: /Check the host/,
  },
  'a wrong password': {
    arrange: (url) => ({ url: changed(url, (other) => (other.password = PASSWORD)) }),
    message: /: the server does not take this password of the user idp$/,
    hint: /Correct the URL/,
  },
  'no password': {
    arrange: (url) => ({ url: changed(url, (other) => (other.password = '')) }),
    message: /: the server wants a password of the user idp, and the URL has none$/,
    hint: /postgresql:\/\/user:password@/,
  },
  'a user that may not sign in': {
    arrange: async (url, name) => {
      await postgres().query(`create role nobody_${name} password '${postgres().password}'`);
      return { url: changed(url, (other) => (other.username = `nobody_${name}`)) };
    },
    message: /: the server does not let the user nobody_issuer_\d+ into the database issuer_\d+ from here$/,
    hint: /Check that the user exists/,
  },
  'a database that does not exist': {
    arrange: (url) => ({ url: changed(url, (other) => (other.pathname = '/nowhere')) }),
    message: /: there is no database nowhere$/,
    hint: /create database "nowhere" owner "idp" encoding 'UTF8'/,
  },
  'a database in which the user may make nothing': {
    arrange: async (url, name) => {
      await postgres().query('revoke all on schema public from public, pg_database_owner', name);
      return { url };
    },
    message: /: the user idp (?:lacks a right: no schema has been selected to create in|may not make tables in it)$/,
    hint: /owner to "idp"/,
  },
  'a database of another encoding': {
    arrange: async () => ({ url: await postgres().database({ encoding: 'SQL_ASCII' }) }),
    message: /: the encoding of the database is SQL_ASCII, not UTF8$/,
    hint: /encoding 'UTF8' template template0/,
  },
  'a database of something else': {
    arrange: async (url, name) => {
      await postgres().query(
        'create table schema_version (installed_rank int); grant all on schema_version to idp',
        name,
      );
      return { url };
    },
    message: /: it is no store of idp: column .* does not exist$/,
    hint: /Name an empty database/,
  },
  'a newer store': {
    arrange: async (url, name) => {
      const store = await openPostgresStore({ url });
      await store.close();
      await postgres().query('update schema_version set version = 99, least = 99', name);
      return { url };
    },
    message: /^the store has schema version 99, which needs a program that knows 99/,
    hint: /Start the version of idp/,
    code: 'store-newer',
  },
  'a certificate of an authority that nobody knows': {
    arrange: (url) => ({ url: `${url}?sslmode=verify-full` }),
    message: /: its certificate is not trusted: /,
    hint: /as ca_file/,
  },
  'a certificate of another authority': {
    arrange: (url) => ({ url, ca: stranger.caPem }),
    message: /: its certificate is not trusted: /,
    hint: /as ca_file/,
  },
  'a certificate for another name': {
    arrange: (url) => ({ url: changed(url, (other) => (other.hostname = '127.0.0.1')), ca: postgres().ca }),
    message: /: Hostname\/IP does not match certificate's altnames/,
    hint: /as the certificate does/,
  },
  'a URL that is none': {
    arrange: (url) => ({ url: url.replace('@', '/@') }),
    message: /^the URL of the store is wrong: there is no URL of PostgreSQL in it$/,
    hint: /in a user or password, : is %3A/,
    code: 'bad-configuration',
  },
};

describe.each([
  ['to write', openPostgresStore],
  ['to read', openPostgresKeys],
])('opened %s', (_how, open) => {
  it.each(Object.entries(CASES))('says: %s', async (_what, { arrange, message, hint, code = 'store-unavailable' }) => {
    const url = await postgres().database();
    const options = await arrange(url, new URL(url).pathname.slice(1));
    const thrown = await open(options).then(
      () => undefined,
      (fault: unknown) => fault,
    );
    expect(thrown).toBeInstanceOf(IssuerFault);
    expect(thrown).toMatchObject({
      code,
      message: expect.stringMatching(message) as unknown,
      hint: expect.stringMatching(hint) as unknown,
    });
    const all = inspect(thrown, { depth: 20, showHidden: true });
    for (const secret of [postgres().password, PASSWORD, decodeURIComponent(PASSWORD)])
      expect(all).not.toContain(secret);
  });
});

describe('TLS', () => {
  it.each<[string, (url: string) => PostgresOptions, boolean]>([
    ['is not used on loopback', (url) => ({ url }), false],
    ['is used without being checked where the URL says so', (url) => ({ url: `${url}?sslmode=require` }), true],
    ['is checked with an authority', (url) => ({ url, ca: postgres().ca }), true],
    [
      'is checked without the name where the URL says so',
      (url) => ({ url: `${url.replace('@localhost', '@127.0.0.1')}?sslmode=verify-ca`, ca: postgres().ca }),
      true,
    ],
    [
      'is not used on a socket',
      (url) => ({ url: changed(url, (other) => (other.hostname = encodeURIComponent(postgres().socket))) }),
      false,
    ],
  ])('%s', async (_what, options, expected) => {
    const url = await postgres().database();
    const store = await openPostgresStore(options(url));
    const name = new URL(url).pathname.slice(1);
    const sessions = await postgres().query(
      `select ssl from pg_stat_ssl join pg_stat_activity using (pid) where datname = '${name}' and application_name = 'idp'`,
    );
    await store.close();
    expect(sessions).toEqual([{ ssl: expected }]);
  });
});

it('needs no right to make tables once they are there', async () => {
  const url = await postgres().database();
  const name = new URL(url).pathname.slice(1);
  await (await openPostgresStore({ url })).close();
  await postgres().query('revoke create on schema public from public, pg_database_owner', name);
  await expect((await openAt(url)).ping()).resolves.toBeUndefined();
});

it('hides what a row holds where it is refused', async () => {
  const store = await openAt(await postgres().database());
  const thrown: unknown = await store.keys
    .commit('ona', 0, [{ ...KEY, kid: null as unknown as string }])
    .catch((fault: unknown) => fault);
  expect(inspect(thrown, { depth: 20, showHidden: true })).toMatch(/not-null constraint/);
  expect(inspect(thrown, { depth: 20, showHidden: true })).not.toContain(KEY.handle);
});

it('has as many connections as it was told, and waits for one', async () => {
  const url = await postgres().database();
  const store = await openAt(url, { pool: 2 });
  await Promise.all(Array.from({ length: 30 }, () => store.ping()));
  const name = new URL(url).pathname.slice(1);
  const sessions = await postgres().query(`select 1 from pg_stat_activity where datname = '${name}'`);
  expect(sessions).toHaveLength(2);
});

it('takes nothing from the environment of libpq', async () => {
  const url = await postgres().database();
  const names = ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGSSLMODE', 'PGOPTIONS', 'PGAPPNAME'];
  for (const name of names) process.env[name] = 'nonsense';
  onTestFinished(() => {
    for (const name of names) Reflect.deleteProperty(process.env, name);
  });
  await expect((await openAt(url)).ping()).resolves.toBeUndefined();
});

describe('to read the keys alone', () => {
  it('finds none where no store was made, and makes none', async () => {
    const url = await postgres().database();
    expect(await openPostgresKeys({ url })).toBeUndefined();
    const tables = await postgres().query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace`,
      new URL(url).pathname.slice(1),
    );
    expect(tables).toEqual([]);
  });

  it('reads beside whoever writes, and could not write if it wanted to', async () => {
    const url = await postgres().database();
    const store = await openAt(url);
    await store.keys.commit('ona', 0, [KEY]);
    const keys = await openPostgresKeys({ url });
    onTestFinished(() => keys?.close());
    expect(await keys?.keys.load('ona')).toEqual({ version: 1, keys: [KEY] });
    const writer = keys as unknown as typeof store;
    await expect(writer.keys.commit('ona', 1, [KEY])).rejects.toThrow(/read-only/);
  });
});
