/** The table of claims that a variant of a token carries: what each may hold and how far it can be trusted. */

/** JSON type of a claim's value. `strings` and `objects` are arrays. */
export type ClaimType = 'string' | 'boolean' | 'object' | 'strings' | 'objects';

/**
 * Which characters a value may hold. It decides whether a pattern can run across a separator of `sub`, and whether a
 * value is safe inside the path of a Vault policy.
 */
export type Alphabet = 'id' | 'digits' | 'segment' | 'path' | 'ref' | 'flag' | 'email' | 'url' | 'text';

/** `git check-ref-format` forbids `*`, `?`, `:`, `[`, `~`, `^`, `\` and blanks; the others are what the platforms allow. */
const ALPHABETS: Readonly<Record<Alphabet, RegExp>> = {
  id: /^[A-Za-z0-9_-]+$/,
  digits: /^[0-9]+$/,
  segment: /^[A-Za-z0-9_.-]+$/,
  path: /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
  ref: /^[^\s*?:[~^\\]+$/,
  flag: /^(?:true|false)$/,
  // Addresses with a quoted local part are left out: no platform takes them.
  email: /^[^\s:;,@"()<>[\]\\]+@[A-Za-z0-9.-]+$/,
  url: /^[a-z][a-z0-9+.-]*:\/\/\S+$/,
  text: /^[^]+$/,
};

/** Does a whole value fit the alphabet? */
export function fitsAlphabet(alphabet: Alphabet, value: string): boolean {
  return ALPHABETS[alphabet].test(value);
}

/** Separators that a value of the alphabet may hold, of those that subjects and paths use. */
const HOLDS: Readonly<Record<Alphabet, string>> = {
  id: '',
  digits: '',
  segment: '',
  path: '/',
  ref: '/@',
  flag: '',
  email: '/@*',
  url: '/:@*',
  text: '/:@*',
};

/** May a value of the alphabet hold the character? Asked of the separators `/`, `:`, `@` and of the wildcard `*`. */
export function mayHold(alphabet: Alphabet, character: string): boolean {
  return HOLDS[alphabet].includes(character);
}

/**
 * How far binding the claim separates tenants. `organization`: one tenant of the issuer. `workload`: something inside
 * exactly one tenant. `person`: narrows a tenant, but the same value can appear under another one.
 */
export type Reach = 'organization' | 'workload' | 'person';

export interface ClaimSpec {
  readonly type: ClaimType;
  readonly presence: 'always' | 'sometimes';
  /** When a claim that is only sometimes there is there. */
  readonly when?: string;
  /** Never given to somebody else: ids. Paths, names and addresses are reused after a rename or deletion. */
  readonly immutable: boolean;
  /** Whoever can push or start a job chooses the value. */
  readonly userControlled: boolean;
  readonly alphabet: Alphabet;
  readonly reach?: Reach;
  /**
   * For names with `/`: how many leading segments name the organization. A pattern that fixes that many, with the
   * slash after them, binds one organization.
   */
  readonly organizationSegments?: number;
  /** JSON pointer (RFC 6901) of a value that is not at the top level of the payload. */
  readonly pointer?: string;
}

/** The table's row for a claim; what every object has, such as `constructor`, is none. */
export function specOf(table: ClaimTable, claim: string): ClaimSpec | undefined {
  return Object.hasOwn(table, claim) ? table[claim] : undefined;
}

export type ClaimTable<C extends string = string> = Readonly<Record<C, ClaimSpec>>;

type Rest = Partial<Omit<ClaimSpec, 'type' | 'immutable' | 'userControlled' | 'alphabet'>>;

/** An identifier: never reused, never chosen by the user. */
export function id(alphabet: Alphabet, rest: Rest = {}): ClaimSpec {
  return { type: 'string', presence: 'always', immutable: true, userControlled: false, alphabet, ...rest };
}

/** A name or address: somebody else can have it later. */
export function name(alphabet: Alphabet, rest: Rest = {}): ClaimSpec {
  return { type: 'string', presence: 'always', immutable: false, userControlled: false, alphabet, ...rest };
}

/** A value that whoever starts the workload chooses. */
export function chosen(alphabet: Alphabet, rest: Rest = {}): ClaimSpec {
  return { type: 'string', presence: 'always', immutable: false, userControlled: true, alphabet, ...rest };
}

/** A fact that the platform asserts about the run, such as whether a ref is protected. */
export function fact(alphabet: Alphabet, rest: Rest = {}): ClaimSpec {
  return name(alphabet, rest);
}

/** A claim that is no string, so that it cannot be bound by value; `type` says what it is. */
export function structure(type: Exclude<ClaimType, 'string'>, rest: Rest = {}): ClaimSpec {
  return { type, presence: 'always', immutable: false, userControlled: false, alphabet: 'text', ...rest };
}

/** Marks a claim as present only in some tokens. */
export function when(condition: string, spec: ClaimSpec): ClaimSpec {
  return { ...spec, presence: 'sometimes', when: condition };
}
