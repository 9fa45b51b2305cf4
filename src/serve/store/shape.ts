/** The store in the configuration: `{ sqlite: issuer.db }`, or `{ postgres: { url_file: postgres.url } }`. */

import { z } from 'zod';
import { type Problem, problem } from '../../claims/problem.ts';
import { partOf, readParts } from '../../issuer/shape.ts';
import { DEFAULT_POOL } from '../../store/postgres.ts';

/** Files are absolute. */
export interface PostgresConfig {
  readonly urlFile: string;
  /** The authorities of the server's certificate, PEM. */
  readonly caFile?: string;
  /** Connections at most. */
  readonly pool: number;
}

export type StoreConfig = { readonly sqlite: string } | { readonly postgres: PostgresConfig };

const file = z.string().min(1, 'a path is not empty').describe('the path of a file, relative to this one');

const CONNECTIONS = 'a number of connections, from 1 to 1000';

const postgresParts = {
  url_file: file,
  ca_file: file.optional(),
  pool: z.int(CONNECTIONS).min(1, CONNECTIONS).max(1000, CONNECTIONS).default(DEFAULT_POOL),
};

/** Which of the two there is, is checked beside. */
const storeParts = {
  sqlite: file.optional(),
  postgres: z.strictObject(postgresParts).describe('{ url_file: postgres.url }').optional(),
};

export const storeShape = z
  .strictObject(storeParts)
  .describe('e.g. { sqlite: issuer.db } or { postgres: { url_file: postgres.url } }');

/** @param file a path relative to the configuration, as an absolute one */
export function storeOf({ sqlite, postgres }: z.infer<typeof storeShape>, file: (name: string) => string): StoreConfig {
  if (postgres === undefined) return { sqlite: file(sqlite ?? '') };
  const { url_file: urlFile, ca_file: caFile, pool } = postgres;
  return { postgres: { urlFile: file(urlFile), ...(caFile === undefined ? {} : { caFile: file(caFile) }), pool } };
}

export interface KnownPostgres {
  readonly url_file: string | undefined;
  readonly ca_file: string | undefined;
}

/** As it stands in the file: files are not resolved. */
export interface KnownStore {
  readonly sqlite: string | undefined;
  readonly postgres: KnownPostgres | undefined;
  /** Which of the two there are, right or wrong. */
  readonly kinds: readonly string[];
}

/** Undefined where there is none, or it is no map. */
export function knownStore(store: unknown): KnownStore | undefined {
  if (!isMap(store)) return undefined;
  const postgres = partOf(store, 'postgres');
  return {
    sqlite: readParts(storeParts, store).sqlite,
    postgres: isMap(postgres) ? readParts(postgresParts, postgres) : undefined,
    kinds: Object.keys(storeParts).filter((name) => partOf(store, name) !== undefined),
  };
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function checkKind(store: KnownStore | undefined): Problem[] {
  if (store === undefined || store.kinds.length === 1) return [];
  const hint = 'sqlite names a file, for one machine; postgres has a url_file, for replicas on several';
  return [problem(['store'], 'needs either `sqlite` or `postgres`', hint)];
}
