/** The facts of a registration: what is known of a workload, checked against the claims that its tokens will carry. */

import { type ClaimSpec, type ClaimTable, type ClaimType, fitsAlphabet, specOf } from '../claims/claim.ts';
import { type Claims, type JsonValue, claimValue } from '../claims/claims.ts';
import { type Problem, problem } from '../claims/problem.ts';
import { type Variant } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { remembered } from '../keys/remembered.ts';

/** So that a token stays far below the 20,000 characters that STS takes (AssumeRoleWithWebIdentity). */
const BYTES_LIMIT = 8192;

interface TypeRow {
  readonly what: string;
  readonly fits: (value: JsonValue | undefined) => boolean;
}

const isObject = (value: JsonValue | undefined) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: JsonValue | undefined) => typeof value === 'string' && value !== '';
const isListOf = (fits: TypeRow['fits']) => (value: JsonValue | undefined) => Array.isArray(value) && value.every(fits);

const TYPES: Readonly<Record<ClaimType, TypeRow>> = {
  string: { what: 'a string', fits: isText },
  boolean: { what: 'true or false, without quotes', fits: (value) => typeof value === 'boolean' },
  object: { what: 'an object', fits: isObject },
  strings: { what: 'a list of strings', fits: isListOf(isText) },
  objects: { what: 'a list of objects', fits: isListOf(isObject) },
};

/** What every token of a variant is made by. */
interface VariantTables {
  readonly facts: ClaimTable;
  readonly factEntries: readonly (readonly [string, ClaimSpec])[];
  /** Those that are part of another claim. */
  readonly inner: readonly (readonly [string, ClaimSpec])[];
  readonly subject: ClaimTable;
}

/** Making them costs as much as checking a token's facts. */
const tablesOf = remembered((variant: Variant): VariantTables => {
  const { claims, facts: more = {}, fromFacts } = variant;
  const table = fromFacts === undefined ? { ...claims, ...more } : more;
  const factEntries = Object.entries(table).filter(([, { pointer }]) => pointer === undefined);
  return {
    facts: Object.fromEntries(factEntries),
    factEntries,
    inner: Object.entries(claims).filter(([, { pointer }]) => pointer !== undefined),
    subject: { ...more, ...claims },
  };
});

/** The facts that a registration of the variant may hold. Values with a pointer are part of another one. */
export function factTable(variant: Variant): ClaimTable {
  return tablesOf(variant).facts;
}

/** Claims and facts together: what `sub` may be made of. */
export function subjectTable(variant: Variant): ClaimTable {
  return tablesOf(variant).subject;
}

/** Everything that is wrong with the facts that a variant's tokens are made of; others are no concern of it. */
export function checkFacts(facts: Claims, variant: Variant): Problem[] {
  const { factEntries, inner } = tablesOf(variant);
  const size = Buffer.byteLength(JSON.stringify(facts));
  const problems: Problem[] = [];
  if (size > BYTES_LIMIT) problems.push(problem([], `the facts have ${size} bytes, and ${BYTES_LIMIT} are the limit`));
  for (const [name, spec] of factEntries) {
    if (Object.hasOwn(facts, name)) problems.push(...checkFact(name, facts[name], spec));
    else if (spec.presence === 'always') {
      problems.push(problem([name], `\`${name}\` is missing: every such token has it`));
    }
  }
  for (const [name, spec] of inner) problems.push(...checkInner(name, spec, facts, variant));
  return problems;
}

/**
 * Everything that is wrong with the other facts: they must be of a variant that the organization can switch to.
 * @param also the tables of such variants
 */
export function checkOtherFacts(facts: Claims, variant: Variant, also: readonly ClaimTable[]): Problem[] {
  const table = factTable(variant);
  const others = Object.assign({}, ...also) as ClaimTable;
  const offered = [...new Set([...Object.keys(table), ...Object.keys(others)])];
  return Object.entries(facts).flatMap(([name, value]) => {
    if (Object.hasOwn(table, name)) return [];
    const spec = Object.hasOwn(others, name) ? others[name] : undefined;
    return spec === undefined
      ? [problem([name], `such tokens have no \`${name}\``, suggest(name, offered))]
      : checkFact(name, value, spec);
  });
}

/**
 * Everything that is wrong with the facts whichever of the tables is meant: names that none has, and values that fit
 * none. What is missing cannot be told.
 */
export function checkFactsOfAny(facts: Claims, tables: readonly ClaimTable[]): Problem[] {
  const offered = [...new Set(tables.flatMap((table) => Object.keys(table)))];
  return Object.entries(facts).flatMap(([name, value]) => {
    const specs = tables.flatMap((table) => specOf(table, name) ?? []);
    const complaints = specs.map((spec) => checkFact(name, value, spec));
    if (complaints.length === 0) return [problem([name], `such tokens have no \`${name}\``, suggest(name, offered))];
    return complaints.every((found) => found.length > 0) ? (complaints[0] ?? []) : [];
  });
}

function checkFact(name: string, value: JsonValue | undefined, spec: ClaimSpec): Problem[] {
  if (!TYPES[spec.type].fits(value)) return [problem([name], `\`${name}\` is ${TYPES[spec.type].what}`)];
  return typeof value === 'string' ? checkAlphabet([name], value, spec) : [];
}

function checkInner(name: string, spec: ClaimSpec, facts: Claims, variant: Variant): Problem[] {
  const value = claimValue(facts, name, variant.claims);
  if (value === undefined) return [];
  const path = spec.pointer?.split('/').slice(1) ?? [];
  return typeof value === 'string' ? checkAlphabet(path, value, spec) : [problem(path, `\`${name}\` is a string`)];
}

const ALPHABET_WORDS: Readonly<Record<ClaimSpec['alphabet'], string>> = {
  id: 'letters, digits, `_` and `-`',
  digits: 'digits',
  segment: 'letters, digits, `_`, `-` and `.`',
  path: 'segments of letters, digits, `_`, `-` and `.`, joined by `/`',
  ref: 'what git allows in a ref',
  flag: '"true" or "false", as a string',
  url: 'a URL',
  email: 'an e-mail address',
  text: 'any text',
};

function checkAlphabet(path: readonly string[], value: string, { alphabet }: ClaimSpec): Problem[] {
  if (fitsAlphabet(alphabet, value)) return [];
  return [
    problem(path, `\`${path.at(-1) ?? ''}\` has characters that it cannot have; it is ${ALPHABET_WORDS[alphabet]}`),
  ];
}
