/**
 * A replica in a process of its own: opens the store that it is told of on stdin, and then changes the ring of `ona` so
 * often, by compare-and-set, saying so before and after each time.
 */
import { text } from 'node:stream/consumers';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { type Store } from '../../src/store/store.ts';
import { KEY } from './rows.ts';

export interface ReplicaOrders {
  readonly store: { readonly sqlite: string } | { readonly postgres: string };
  /** The kids that every commit writes, all with the version that it makes as their time. */
  readonly kids: readonly string[];
  /** How many of its commits must win. */
  readonly commits: number;
}

const orders = JSON.parse(await text(process.stdin)) as ReplicaOrders;
const store = await open(orders.store);
process.stdout.write('open\n');
for (let won = 0; won < orders.commits;) {
  const version = await store.keys.version('ona');
  process.stdout.write(`begin ${version + 1}\n`);
  const keys = orders.kids.map((kid) => ({ ...KEY, kid, created_at: version + 1 }));
  if (!(await store.keys.commit('ona', version, keys))) continue;
  process.stdout.write(`done ${version + 1}\n`);
  won += 1;
}
await store.close();

function open(place: ReplicaOrders['store']): Promise<Store> {
  return 'sqlite' in place ? openSqliteStore(place.sqlite) : openPostgresStore({ url: place.postgres });
}
