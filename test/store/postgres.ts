/** One PostgreSQL for the tests of a file. */
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { type Store } from '../../src/store/store.ts';
import { type Postgres, startPostgres } from '../sandbox/postgres/server.ts';

export function usePostgres(): () => Postgres {
  let server: Postgres | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error('PostgreSQL is there once the tests run');
    return server;
  };
}

/** Closed with the test. */
export async function openAt(url: string, options: { readonly pool?: number } = {}): Promise<Store> {
  const store = await openPostgresStore({ url, ...options });
  onTestFinished(() => store.close());
  return store;
}
