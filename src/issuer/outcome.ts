/** What became of a change: done, or refused with every problem. */

import { type Problem, problem } from '../claims/problem.ts';

/**
 * `invalid`: the request can never succeed. `missing`: what it names is not there. `conflict`: not in this state.
 * `outdated`: not the version that the caller has read.
 */
export type RefusalKind = 'invalid' | 'missing' | 'conflict' | 'outdated';

export interface Refusal {
  readonly ok: false;
  readonly kind: RefusalKind;
  readonly problems: readonly Problem[];
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal;

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refusal(kind: RefusalKind, problems: readonly Problem[]): Refusal {
  return { ok: false, kind, problems };
}

export function missing(what: string, id: string, hint?: string): Refusal {
  return refusal('missing', [problem([], `there is no ${what} ${id}`, hint)]);
}
