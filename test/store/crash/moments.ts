/**
 * The moments of an operation between which the store is not changed: before each statement that writes, and after each
 * commit; with a server also while a commit is on its way. At one of them this process ends as by `kill -9`.
 */
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Place } from './issuer.ts';

/** What reads, what begins a transaction, and the settings of a connection. */
const CHANGES_NOTHING = /^\s*(?:select|begin|pragma)\b/i;

/** At which moment from now on it dies, counted from 1. Where there are fewer, it lives. */
export type DieAt = (moment: number) => void;

let watched: DieAt | undefined;

/** @param place whose driver is watched; one in each process */
export async function watchMoments(place: Place): Promise<DieAt> {
  if (watched !== undefined) return watched;
  let left = Infinity;
  const pass = () => {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
  const before = (text: string) => {
    if (!CHANGES_NOTHING.test(text)) pass();
  };
  if ('sqlite' in place) watchSqlite(before, pass);
  else await watchPostgres(before, pass);
  watched = (moment) => {
    left = moment;
  };
  return watched;
}

type Call = (this: unknown, ...parameters: unknown[]) => unknown;

/** Puts a function around a method of a driver. */
function around(
  prototype: object,
  method: string,
  wrap: (call: () => unknown, self: unknown, first: unknown) => unknown,
) {
  const original = Reflect.get(prototype, method) as Call;
  Reflect.set(prototype, method, function (this: unknown, ...parameters: unknown[]) {
    return wrap(() => original.apply(this, parameters), this, parameters[0]);
  });
}

function watchSqlite(before: (text: string) => void, after: () => void): void {
  const watch = (text: string, call: () => unknown) => {
    before(text);
    const done = call();
    if (text === 'commit') after();
    return done;
  };
  for (const method of ['run', 'all'] as const) {
    around(StatementSync.prototype, method, (call, self) => watch((self as StatementSync).sourceSQL, call));
  }
  around(DatabaseSync.prototype, 'exec', (call, _self, text) => watch(String(text), call));
}

async function watchPostgres(before: (text: string) => void, after: () => void): Promise<void> {
  const { Client } = await import('pg');
  around(Client.prototype, 'query', (call, _self, first) => {
    const text = String(first);
    before(text);
    const sent = call() as Promise<unknown>;
    if (text !== 'commit') return sent;
    // The driver has handed it to the system by now; whether the server does it, nobody here hears.
    after();
    return sent.then((done) => {
      after();
      return done;
    });
  });
}
