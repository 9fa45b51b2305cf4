/** What changes at one target: a role, a mount, a group, an issuer. */

import { type DiffVerdict, type TokenDiff, type Version, diffTokens, overlap } from './diff.ts';
import { type Change, type Grants, changesOf } from './grants.ts';
import { type TokenLife } from './vault/life.ts';

export type Target =
  | { readonly kind: 'aws'; readonly role: string }
  | { readonly kind: 'aws-provider'; readonly url: string }
  | { readonly kind: 'vault'; readonly mount: string; readonly role: string }
  | { readonly kind: 'vault-mount'; readonly mount: string }
  | { readonly kind: 'vault-group'; readonly mount: string; readonly group: string }
  /** Whose tokens an issuer of this kit takes for its own: an upstream, administrators. */
  | { readonly kind: 'issuer-upstream'; readonly issuer: string; readonly upstream: string }
  | { readonly kind: 'issuer-administrators'; readonly name: string }
  | { readonly kind: 'issuer'; readonly issuer: string }
  | { readonly kind: 'issuer-organization'; readonly organization: string };

/** One version of what is at a target: who is admitted, and what they get. */
export interface TargetVersion<T extends Target = Target> extends Version {
  readonly target: T;
  readonly grants: Grants;
  /** How long what it handed out stays valid, whatever becomes of it; absent where it hands out nothing itself. */
  readonly life?: TokenLife;
  /** Which of the grants are not known, and why. */
  readonly unknownGrants?: readonly UnknownGrant[];
}

export interface UnknownGrant {
  readonly what: string;
  readonly why: string;
}

export interface TargetDiff<T extends Target = Target> extends TokenDiff {
  readonly target: T;
  /** For tokens that both versions admit; what they get more counts as widening. */
  readonly changed: readonly Change[];
  /** How long what was handed out before stays valid; absent where nobody loses anything. */
  readonly valid?: TokenLife;
}

/** Undefined where nothing is different. */
export function diffTarget<T extends Target>(
  before: TargetVersion<T> | undefined,
  after: TargetVersion<T> | undefined,
): TargetDiff<T> | undefined {
  const target = (after ?? before)?.target;
  if (target === undefined) return undefined;
  const tokens = diffTokens(before, after);
  const both = before !== undefined && after !== undefined && overlap(before, after);
  const unknown = both ? [...(before.unknownGrants ?? []), ...(after.unknownGrants ?? [])] : [];
  const known = ({ what }: Change) => !unknown.some((one) => one.what === what);
  const changed = both ? changesOf(before.grants, after.grants).filter(known) : [];
  if (tokens.verdict === 'equal' && changed.length === 0 && unknown.length === 0) return undefined;
  const verdict = worst([
    tokens.verdict,
    ...changed.map(({ effect }) => effect),
    ...(unknown.length > 0 ? (['unknown'] as const) : []),
  ]);
  const narrowed = tokens.lost.length > 0 || changed.length > 0;
  return {
    ...tokens,
    undecided: [...new Set([...tokens.undecided, ...unknown.map(({ why }) => why)])],
    verdict,
    target,
    changed,
    ...(narrowed && before?.life !== undefined ? { valid: before.life } : {}),
  };
}

/** The verdict on several: what widens is said first. */
export function worst(verdicts: readonly DiffVerdict[]): DiffVerdict {
  return (['widens', 'unknown', 'narrows'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'equal';
}

export const keyOfTarget = (target: Target): string => JSON.stringify(target);
