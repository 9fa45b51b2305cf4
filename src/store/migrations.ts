/** Forward-only migrations, a list: the schema's version is how many have run. A released one is never edited. */

import { type Kysely, type Transaction, sql } from 'kysely';
import { IssuerFault } from './fault.ts';
import { type Schema } from './schema.ts';

type Migration = (db: Transaction<Schema>) => Promise<void>;

async function createKeys(db: Transaction<Schema>): Promise<void> {
  await db.schema
    .createTable('key_rings')
    .addColumn('issuer', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('keys')
    .addColumn('issuer', 'text', (column) => column.notNull().references('key_rings.issuer'))
    .addColumn('kid', 'text', (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('active_at', 'bigint')
    .addColumn('retiring_at', 'bigint')
    .addColumn('removed_at', 'bigint')
    .addColumn('public_jwk', 'text', (column) => column.notNull())
    .addColumn('handle', 'text')
    .addPrimaryKeyConstraint('keys_primary', ['issuer', 'kid'])
    .execute();
}

async function createOrganizations(db: Transaction<Schema>): Promise<void> {
  await db.schema
    .createTable('organizations')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('profile', 'text', (column) => column.notNull())
    .addColumn('sub_fields', 'text', (column) => column.notNull())
    .addColumn('audiences', 'text')
    .addColumn('token_life_seconds', 'integer')
    .addColumn('algorithm', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('organizations_primary', ['issuer', 'id'])
    .execute();
}

async function createRegistrations(db: Transaction<Schema>): Promise<void> {
  await db.schema
    .createTable('registrations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('organization', 'text', (column) => column.notNull())
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
    .columns(['issuer', 'organization', 'created_at'])
    .execute();
}

async function createAudit(db: Transaction<Schema>): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('time', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('organization', 'text')
    .addColumn('registration', 'text')
    .addColumn('jti', 'text')
    .addColumn('kid', 'text')
    .addColumn('sub', 'text')
    .addColumn('aud', 'text')
    .addColumn('token_sha256', 'text')
    .addColumn('reason', 'text')
    .execute();
}

const MIGRATIONS: readonly Migration[] = [
  async (db) => {
    await createKeys(db);
    await createOrganizations(db);
    await createRegistrations(db);
    await createAudit(db);
  },
];

/** The version that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the schema up to date in one transaction, so that of two processes that start together one waits for the other.
 * A schema newer than this program is refused: an old program would write rows that lack what the new one relies on.
 */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`create table if not exists schema_version (version integer not null)`.execute(transaction);
    const row = await transaction.selectFrom('schema_version').select('version').executeTakeFirst();
    const found = row?.version ?? 0;
    demandKnown(found);
    for (const migration of MIGRATIONS.slice(found)) await migration(transaction);
    if (row === undefined) await transaction.insertInto('schema_version').values({ version: SCHEMA_VERSION }).execute();
    else if (found < SCHEMA_VERSION) {
      await transaction.updateTable('schema_version').set({ version: SCHEMA_VERSION }).execute();
    }
  });
}

/** Throws `IssuerFault`: `store-newer`. */
export function demandKnown(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new IssuerFault(
    'store-newer',
    `the store has schema version ${version}, and this program knows ${SCHEMA_VERSION}`,
    'Start the version of idp that wrote it, or a newer one.',
  );
}
