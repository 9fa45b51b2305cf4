import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { openAt, usePostgres } from '../store/postgres.ts';
import { storeConformance } from './store.ts';

const postgres = usePostgres();

async function openSqlite(path: string) {
  const store = await openSqliteStore(path);
  onTestFinished(() => store.close());
  return store;
}

storeConformance('SQLite in memory', async () => {
  const store = await openSqlite(':memory:');
  return () => Promise.resolve(store);
});

// One process has it open once: a second connection would wait for the first, and nobody else could run meanwhile.
storeConformance('SQLite in a file', async () => {
  const store = await openSqlite(join(await temporaryDirectory(), 'issuer.db'));
  return () => Promise.resolve(store);
});

storeConformance('PostgreSQL', async () => {
  const url = await postgres().database();
  return () => openAt(url);
});

storeConformance('PostgreSQL with one connection, and other ideas of its own', async () => {
  const url = await postgres().database();
  const name = new URL(url).pathname.slice(1);
  await postgres().query(`alter database ${name} set default_transaction_isolation = serializable`);
  return () => openAt(url, { pool: 1 });
});
