/** Two neighbouring versions of the program on one store: this one, and one that comes after it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { POSTGRES, SQLITE, type StoreDialect } from '../../src/store/dialect.ts';
import { MIGRATIONS, type Migration, SCHEMA_VERSION, migrate, readVersion } from '../../src/store/migrations.ts';
import { openPostgresKeys } from '../../src/store/postgres.ts';
import { type Schema } from '../../src/store/schema.ts';
import { openSqliteKeys, openSqliteStore } from '../../src/store/sqlite.ts';
import { type Store, type StoreKeys } from '../../src/store/store.ts';
import { storeConformance } from '../conformance/store.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { openAt, usePostgres } from './postgres.ts';
import { ORGANIZATION } from './rows.ts';

const postgres = usePostgres();

interface Place {
  readonly dialect: StoreDialect;
  readonly connect: () => Kysely<Schema>;
  readonly open: () => Promise<Store>;
  readonly openKeys: () => Promise<StoreKeys | undefined>;
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  SQLite: async () => {
    const path = join(await temporaryDirectory(), 'issuer.db');
    const open = async () => {
      const store = await openSqliteStore(path);
      onTestFinished(() => store.close());
      return store;
    };
    return { dialect: SQLITE, connect: () => connectSqlite(path), open, openKeys: () => openSqliteKeys(path) };
  },
  PostgreSQL: async () => {
    const url = await postgres().database();
    const connect = () =>
      new Kysely<Schema>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }) });
    return { dialect: POSTGRES, connect, open: () => openAt(url), openKeys: () => openPostgresKeys({ url }) };
  },
};

function connectSqlite(path: string): Kysely<Schema> {
  const database = new DatabaseSync(path);
  const prepare = (text: string) => {
    const statement = database.prepare(text);
    const values = (parameters: readonly unknown[]) => parameters as string[];
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
      run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
    };
  };
  const close = () => {
    database.close();
  };
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: { prepare, close } }) });
}

/** As the rule has it: something new, which the version before knows nothing of and can live with. */
const ADDITION: Migration = {
  least: SCHEMA_VERSION,
  run: async (db) => {
    await db.schema.alterTable('keys').addColumn('note', 'text').execute();
    await db.schema
      .alterTable('audit')
      .addColumn('weight', 'integer', (column) => column.notNull().defaultTo(1))
      .execute();
    await db.schema.createTable('notes').addColumn('id', 'text').execute();
  },
};

const BREAK: Migration = {
  least: SCHEMA_VERSION + 1,
  run: async (db) => {
    await db.schema.alterTable('audit').dropColumn('reason').execute();
  },
};

async function migrateTo({ connect, dialect }: Place, more: readonly Migration[]): Promise<void> {
  const db = connect();
  try {
    await migrate(db, dialect, [...MIGRATIONS, ...more]);
  } finally {
    await db.destroy();
  }
}

async function versionOf({ connect, dialect }: Place) {
  const db = connect();
  try {
    return await readVersion(db, dialect);
  } finally {
    await db.destroy();
  }
}

describe.each(Object.entries(PLACES))('a store in %s', (name, create) => {
  storeConformance(`${name}, which the next version has migrated`, async () => {
    const place = await create();
    await migrateTo(place, [ADDITION]);
    const store = withoutAdditions(await place.open());
    return () => Promise.resolve(store);
  });

  it('has no version before it is made, and then this one', async () => {
    const place = await create();
    expect(await versionOf(place)).toBeUndefined();
    await place.open();
    expect(await versionOf(place)).toEqual({ version: SCHEMA_VERSION, least: MIGRATIONS.at(-1)?.least });
  });

  it('keeps the newer version where this program opens it', async () => {
    const place = await create();
    await migrateTo(place, [ADDITION]);
    await place.open();
    expect(await versionOf(place)).toEqual({ version: SCHEMA_VERSION + 1, least: SCHEMA_VERSION });
  });

  it('goes on with this program while the next version migrates it', async () => {
    const place = await create();
    const store = await place.open();
    await migrateTo(place, [ADDITION]);
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('refuses this program once a migration needs a newer one, even if it has it open', async () => {
    const place = await create();
    const store = await place.open();
    await migrateTo(place, [BREAK]);
    const newer = {
      code: 'store-newer',
      message: expect.stringMatching(
        new RegExp(`version ${SCHEMA_VERSION + 1}, which needs .* ${SCHEMA_VERSION + 1}, .* knows ${SCHEMA_VERSION}$`),
      ) as unknown,
    };
    await expect(store.ping()).rejects.toMatchObject(newer);
    await expect(place.open()).rejects.toMatchObject(newer);
    await expect(place.openKeys()).rejects.toMatchObject(newer);
  });

  it('has an organization of the first version, without a bound, and what the first version writes and changes later', async () => {
    const place = await create();
    const db = place.connect();
    const written = without(ORGANIZATION, 'max_token_life_seconds');
    const insert = (id: string) =>
      db
        .insertInto('organizations')
        .values({ ...written, id })
        .execute();
    try {
      await migrate(db, place.dialect, MIGRATIONS.slice(0, 1));
      await insert('before');
      const { organizations } = await place.open();
      await insert('after');
      for (const id of ['before', 'after']) {
        expect(await organizations.find('ona', id)).toEqual({ ...ORGANIZATION, id });
      }
      await db.updateTable('organizations').set({ profile: 'ona-v2' }).where('id', '=', 'before').execute();
      await expect.poll(() => organizations.find('ona', 'before')).toMatchObject({ profile: 'ona-v2' });
    } finally {
      await db.destroy();
    }
  });

  it('is as it was where a migration fails in the middle', async () => {
    const place = await create();
    const fails: Migration = {
      ...ADDITION,
      run: async (db, dialect) => {
        await ADDITION.run(db, dialect);
        throw new Error('in the middle');
      },
    };
    await expect(migrateTo(place, [fails])).rejects.toThrow('in the middle');
    expect(await versionOf(place)).toBeUndefined();
    await expect((await place.open()).ping()).resolves.toBeUndefined();
  });
});

/** The suite compares whole rows; what the next version adds to them is none of it. */
function withoutAdditions(store: Store): Store {
  const { keys, audit } = store;
  return {
    ...store,
    keys: {
      ...keys,
      load: async (issuer) => {
        const found = await keys.load(issuer);
        return { ...found, keys: found.keys.map((row) => without(row, 'note')) };
      },
    },
    audit: {
      ...audit,
      latest: async (...page) => (await audit.latest(...page)).map((row) => without(row, 'weight')),
    },
  };
}

function without<T extends object>(row: T, name: string): T {
  return Object.fromEntries(Object.entries(row).filter(([column]) => column !== name)) as T;
}
