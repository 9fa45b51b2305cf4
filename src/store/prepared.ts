/** Queries that every token needs, compiled once: building one costs more than running it. */

import { CompiledQuery, type Compilable, type Kysely } from 'kysely';
import { type Schema } from './schema.ts';

/** A query with its parameters, in the order in which they were built. */
export function prepare<R>(
  db: Kysely<Schema>,
  query: Compilable<R>,
): (...parameters: unknown[]) => Promise<readonly R[]> {
  const compiled = query.compile();
  return async (...parameters) => (await db.executeQuery<R>({ ...compiled, parameters })).rows;
}

/** One insert for each number of rows. */
export function prepareInsert<R extends object>(
  db: Kysely<Schema>,
  columns: readonly (keyof R & string)[],
  build: (rows: R[]) => Compilable,
): (rows: readonly R[]) => Promise<void> {
  const known = new Map<number, CompiledQuery>();
  return async (rows) => {
    const compiled = known.get(rows.length) ?? build(rows.map((row) => inOrder(row, columns))).compile();
    known.set(rows.length, compiled);
    const parameters: unknown[] = [];
    for (const row of rows) for (const column of columns) parameters.push(row[column]);
    await db.executeQuery({ ...compiled, parameters });
  };
}

function inOrder<R extends object>(row: R, columns: readonly (keyof R & string)[]): R {
  return Object.fromEntries(columns.map((column) => [column, row[column]])) as R;
}
