/** Roles as they were found, and what becomes of them in a catalog. */

import { type AccessEntry } from '../schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** An IAM role. What a source does not tell is absent. */
export interface FoundAwsRole {
  readonly name: string;
  readonly path?: string;
  /** The object, or its JSON text. */
  readonly trustPolicy: unknown;
  /** ARNs of attached policies. */
  readonly managed?: readonly string[];
  /** JSON text by name. */
  readonly inline?: Readonly<Record<string, string>>;
  /** ARN of the permissions boundary. */
  readonly boundary?: string;
  /** Longest session, seconds. */
  readonly session?: number;
}

/** A role of a JWT mount, as Vault's API has it. */
export interface FoundVaultRole {
  readonly name: string;
  /** Path of the mount, without `auth/`. */
  readonly mount: string;
  readonly role: Json;
  /** Configuration of the mount; absent where it is not known. */
  readonly config?: Json;
}

/** What a role becomes. */
export interface Imported {
  /** Of the entry. */
  readonly name: string;
  /** The role, for people: `the IAM role deploy`. */
  readonly what: string;
  /** What comes nearest; absent where nothing does. */
  readonly entry?: AccessEntry;
  /** Why the entry is not the role: it is written as a comment. None: the entry admits exactly the tokens that the role does. */
  readonly reasons: readonly string[];
  /** What an update changes of the role once it is adopted, the tokens aside. */
  readonly changes: readonly string[];
  /** Files that the entry names, with their text. */
  readonly files: Readonly<Record<string, string>>;
}

/** A name for an entry that no other one has: those of IAM may hold what those of a catalog may not. */
export function entryNameFor(role: string, taken: ReadonlySet<string>): string {
  const plain = role
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  const base = (plain === '' ? 'role' : plain).slice(0, 58);
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
}
