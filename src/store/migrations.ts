/**
 * Forward-only migrations, a list: the schema's version is how many have run. A released one is never edited.
 *
 * Two neighbouring versions of the program may work on one store. So a migration only adds what the version before can
 * live with: tables, indices, columns that are null or have a default. What nobody needs any more is taken away one
 * version later, and by then `least` has said that the version before the last cannot go on.
 */

import { type Kysely, type Transaction } from 'kysely';
import { type StoreDialect } from './dialect.ts';
import { IssuerFault } from './fault.ts';
import { type Schema } from './schema.ts';

export interface Migration {
  /** The oldest schema version whose program can go on working with what this makes. */
  readonly least: number;
  readonly run: (db: Transaction<Schema>, dialect: StoreDialect) => Promise<void>;
}

export interface SchemaVersion {
  readonly version: number;
  /** What the program must know at least. */
  readonly least: number;
}

async function createKeys(db: Transaction<Schema>, { name }: StoreDialect): Promise<void> {
  await db.schema
    .createTable('key_rings')
    .addColumn('issuer', name, (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('keys')
    .addColumn('issuer', name, (column) => column.notNull().references('key_rings.issuer'))
    .addColumn('kid', name, (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('published_at', 'bigint')
    .addColumn('active_at', 'bigint')
    .addColumn('retiring_at', 'bigint')
    .addColumn('removed_at', 'bigint')
    .addColumn('public_jwk', 'text', (column) => column.notNull())
    .addColumn('handle', 'text')
    .addPrimaryKeyConstraint('keys_primary', ['issuer', 'kid'])
    .execute();
}

async function createOrganizations(db: Transaction<Schema>, { name }: StoreDialect): Promise<void> {
  await db.schema
    .createTable('organizations')
    .addColumn('issuer', name, (column) => column.notNull())
    .addColumn('id', name, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('profile', 'text', (column) => column.notNull())
    .addColumn('sub_fields', 'text', (column) => column.notNull())
    .addColumn('audiences', 'text')
    .addColumn('token_life_seconds', 'integer')
    .addColumn('algorithm', 'text')
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('aws_session', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('organizations_primary', ['issuer', 'id'])
    .execute();
}

async function createRegistrations(db: Transaction<Schema>, { name }: StoreDialect): Promise<void> {
  await db.schema
    .createTable('registrations')
    .addColumn('id', name, (column) => column.primaryKey())
    .addColumn('issuer', name, (column) => column.notNull())
    .addColumn('organization', name, (column) => column.notNull())
    .addColumn('profile', 'text')
    .addColumn('variant', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('token_life_seconds', 'integer')
    .addColumn('expires_at', 'bigint')
    .addColumn('credential_sha256', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addForeignKeyConstraint('registrations_organization', ['issuer', 'organization'], 'organizations', [
      'issuer',
      'id',
    ])
    .execute();
  await db.schema
    .createIndex('registrations_by_organization')
    .on('registrations')
    .columns(['issuer', 'organization', 'created_at', 'id'])
    .execute();
}

async function createIdempotencyKeys(db: Transaction<Schema>, { name }: StoreDialect): Promise<void> {
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('issuer', name, (column) => column.notNull())
    .addColumn('key', name, (column) => column.notNull())
    .addColumn('request_sha256', 'text', (column) => column.notNull())
    .addColumn('registration', name, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_primary', ['issuer', 'key'])
    .execute();
  await db.schema.createIndex('idempotency_keys_by_time').on('idempotency_keys').columns(['created_at']).execute();
}

async function createAudit(db: Transaction<Schema>, { name, count }: StoreDialect): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', count.type, count.build)
    .addColumn('time', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('issuer', name, (column) => column.notNull())
    .addColumn('actor', 'text')
    .addColumn('organization', name)
    .addColumn('registration', name)
    .addColumn('upstream', 'text')
    .addColumn('jti', 'text')
    .addColumn('kid', name)
    .addColumn('sub', 'text')
    .addColumn('aud', 'text')
    .addColumn('token_sha256', 'text')
    .addColumn('reason', 'text')
    .execute();
  await db.schema.createIndex('audit_by_time').on('audit').columns(['time', 'id']).execute();
  // What became of one workload or tenant is asked for long after most of the entries were about others.
  await db.schema.createIndex('audit_by_registration').on('audit').columns(['registration', 'id']).execute();
  await db.schema.createIndex('audit_by_organization').on('audit').columns(['organization', 'id']).execute();
}

/** The version before does not see the bound, and goes on issuing tokens past it. */
async function boundTokenLife(db: Transaction<Schema>): Promise<void> {
  await db.schema.alterTable('organizations').addColumn('max_token_life_seconds', 'integer').execute();
}

async function markRowChanges(db: Transaction<Schema>, { markChanges }: StoreDialect): Promise<void> {
  await db.schema
    .createTable('row_changes')
    .addColumn('latest', 'text', (column) => column.notNull())
    .execute();
  await db.insertInto('row_changes').values({ latest: '' }).execute();
  await markChanges(db, ['organizations', 'registrations']);
}

export const MIGRATIONS: readonly Migration[] = [
  {
    least: 1,
    run: async (db, dialect) => {
      await createKeys(db, dialect);
      await createOrganizations(db, dialect);
      await createRegistrations(db, dialect);
      await createIdempotencyKeys(db, dialect);
      await createAudit(db, dialect);
    },
  },
  { least: 1, run: boundTokenLife },
  { least: 1, run: markRowChanges },
];

/** The version that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the schema up to date in one transaction. Of several processes that start together each waits for the one
 * before, and finds nothing left to do. Throws `IssuerFault`: `store-newer`.
 */
export async function migrate(db: Kysely<Schema>, dialect: StoreDialect, migrations = MIGRATIONS): Promise<void> {
  // Looked at first, because whoever has nothing to change may lack the right to.
  if (isCurrent(await readVersion(db, dialect), migrations)) return;
  await db.transaction().execute(async (transaction) => {
    await dialect.lockSchema(transaction);
    const found = await readVersion(transaction, dialect);
    if (isCurrent(found, migrations)) return;
    for (const { run } of migrations.slice(found?.version ?? 0)) await run(transaction, dialect);
    const made = { version: migrations.length, least: migrations.at(-1)?.least ?? 0 };
    if (found === undefined) await createVersion(transaction, made);
    else await transaction.updateTable('schema_version').set(made).execute();
  });
}

async function createVersion(transaction: Transaction<Schema>, made: SchemaVersion): Promise<void> {
  await transaction.schema
    .createTable('schema_version')
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('least', 'integer', (column) => column.notNull())
    .execute();
  await transaction.insertInto('schema_version').values(made).execute();
}

function isCurrent(found: SchemaVersion | undefined, migrations: readonly Migration[]): boolean {
  if (found === undefined) return false;
  demandKnown(found, migrations.length);
  return found.version >= migrations.length;
}

/** Undefined where no store was made yet. */
export async function readVersion(db: Kysely<Schema>, dialect: StoreDialect): Promise<SchemaVersion | undefined> {
  if (!(await dialect.isMade(db))) return undefined;
  return db.selectFrom('schema_version').select(['version', 'least']).executeTakeFirst();
}

/**
 * A newer schema will do as long as it says so; with another, an old program would write rows that lack what the new one
 * relies on. Throws `IssuerFault`: `store-newer`.
 */
export function demandKnown({ version, least }: SchemaVersion, known = SCHEMA_VERSION): void {
  if (least <= known) return;
  throw new IssuerFault(
    'store-newer',
    `the store has schema version ${version}, which needs a program that knows ${least}, and this one knows ${known}`,
    'Start the version of idp that wrote it, or a newer one.',
  );
}
