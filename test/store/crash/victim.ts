/** A process that does operations, told on stdin, and answers on stdout, a line each; until it is killed in one of them. */
import { createInterface } from 'node:readline';
import { type Place, openAt } from './issuer.ts';
import { watchMoments } from './moments.ts';
import { type Operation, OPERATIONS } from './operations.ts';

export interface Orders {
  readonly place: Place;
  readonly operation: Operation;
  /** When it dies, counted from 1. */
  readonly moment: number;
  readonly now: number;
  readonly registration: string | undefined;
}

for await (const line of createInterface(process.stdin)) {
  const { place, operation, moment, now, registration } = JSON.parse(line) as Orders;
  const dieAt = await watchMoments(place);
  dieAt(moment);
  const store = await openAt(place);
  const answer = await OPERATIONS[operation]({ store, now, registration });
  await store.close();
  process.stdout.write(`${JSON.stringify({ answer })}\n`);
}
