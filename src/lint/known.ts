/** What of a document is known: the rest is reported, and never taken for something. */

import { Unknown } from '../trust/resource.ts';

export interface Gap {
  readonly path: string;
  readonly why: string;
}

/** Every part that is not known, with its place. */
export function gapsIn(value: unknown, path = ''): Gap[] {
  if (value instanceof Unknown) return [{ path, why: value.why }];
  if (Array.isArray(value)) return value.flatMap((one, index) => gapsIn(one, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => gapsIn(one, path === '' ? key : `${path}.${key}`));
}

/** The members of an object that are known, down to the last part. */
export function knownMembers(source: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => gapsIn(value).length === 0));
}

export interface KnownPolicy {
  /** The policy with the statements that are known. */
  readonly document: unknown;
  readonly gaps: readonly Gap[];
  /** For each statement that is left, which of the document's it is. */
  readonly statements: readonly number[];
}

/** A policy without the statements that are not known: each of them is a gap. */
export function knownPolicy(document: unknown): KnownPolicy {
  if (typeof document !== 'object' || document === null || document instanceof Unknown) {
    return { document, gaps: gapsIn(document), statements: [] };
  }
  const { Statement: given, ...rest } = document as Readonly<Record<string, unknown>>;
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  const numbered = list.map((statement, index) => ({
    index,
    statement,
    gaps: gapsIn(statement, `Statement[${index}]`),
  }));
  const known = numbered.filter(({ gaps }) => gaps.length === 0);
  return {
    document: { ...knownMembers(rest), Statement: known.map(({ statement }) => statement) },
    gaps: [...gapsIn(rest), ...numbered.flatMap(({ gaps }) => gaps)],
    statements: known.map(({ index }) => index),
  };
}
