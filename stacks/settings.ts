/** What a stack is told by its configuration: all keys of `idp-kit:`, and everything that is wrong with them at once. */

import { type Problem, type Result, accept, problem, refuse } from '../src/claims/problem.ts';
import { suggest } from '../src/claims/suggest.ts';
import { checkIssuerUrl } from '../src/claims/url.ts';
import { type Shard, WHOLE } from '../src/catalog/select.ts';

export interface Settings {
  /** Relative to the project, or absolute. */
  readonly catalog: string;
  /** Of the catalog. */
  readonly environment?: string;
  readonly shard: Shard;
  /** URL of the kit's own issuer. */
  readonly issuerUrl?: string;
  /** Stack whose output `url` is that URL. */
  readonly issuerStack?: string;
  /** Issuers of the catalog, by name, that this machine cannot reach. */
  readonly notCheckedFromHere: readonly string[];
  /** Guard providers and mounts against deletion. */
  readonly protect: boolean;
  /** Where the issuers of the stack `local` are. */
  readonly localIssuer: string;
  /** Arguments of the `TokenIssuer`, of the stack `issuer`. */
  readonly issuer: Readonly<Record<string, unknown>>;
  /** PEM of the authorities of its database, relative to the project. */
  readonly issuerDatabaseCaFile?: string;
}

export const DEFAULT_CATALOG = 'stacks/access.yaml';
export const DEFAULT_LOCAL_ISSUER = 'http://127.0.0.1:8080';

/** A value of the configuration: what it is, and how its text is read. An empty text is the same as none. */
interface Key {
  readonly what: string;
  readonly read: (value: unknown) => Result<unknown>;
}

const wrong = (message: string, hint?: string) => refuse(problem([], message, hint));

const text: Key['read'] = (value) => (typeof value === 'string' ? accept(value) : wrong('this is no text'));

const KEYS: Readonly<Record<keyof Settings, Key>> = {
  catalog: { what: 'a file', read: text },
  environment: { what: 'the name of an environment', read: text },
  shard: { what: 'NUMBER/OF', read: (value) => readShard(value) },
  issuerUrl: { what: 'a URL', read: (value) => readIssuerUrl(value) },
  issuerStack: { what: 'a stack', read: text },
  notCheckedFromHere: { what: 'names of issuers', read: (value) => readNames(value) },
  protect: {
    what: 'true or false',
    read: (value) => (typeof value === 'boolean' ? accept(value) : wrong('this is neither true nor false')),
  },
  localIssuer: { what: 'a URL', read: (value) => readLoopback(value) },
  issuer: {
    what: 'a map',
    read: (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? accept(value) : wrong('this is no map'),
  },
  issuerDatabaseCaFile: { what: 'a file', read: text },
};

const DEFAULTS = {
  catalog: DEFAULT_CATALOG,
  shard: WHOLE,
  notCheckedFromHere: [],
  protect: true,
  localIssuer: DEFAULT_LOCAL_ISSUER,
  issuer: {},
} satisfies Partial<Settings>;

/** @param given the values of `idp-kit:`, by key, as they are once their JSON is read */
export function readSettings(given: Readonly<Record<string, unknown>>): Result<Settings> {
  const known = Object.keys(KEYS);
  const problems: Problem[] = [];
  const read: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    const at = [`idp-kit:${name}`];
    const key = Object.hasOwn(KEYS, name) ? KEYS[name as keyof Settings] : undefined;
    if (key === undefined) {
      problems.push(problem(at, 'there is no such setting', suggest(name, known)));
      continue;
    }
    if (value === '') continue;
    const found = key.read(value);
    if (found.ok) read[name] = found.value;
    else problems.push(...found.problems.map((one) => ({ ...one, path: at })));
  }
  if (read.issuerUrl !== undefined && read.issuerStack !== undefined) delete read.issuerStack;
  return problems.length > 0 ? refuse(...problems) : accept(read as unknown as Settings);
}

function readShard(value: unknown): Result<Shard> {
  const [, number = 0, of = 0] = (/^([1-9][0-9]{0,3})\/([1-9][0-9]{0,3})$/.exec(String(value)) ?? []).map(Number);
  if (number > 0 && number <= of) return accept({ number, of });
  return wrong(`\`${String(value)}\` is no shard`, 'write which one of how many, from 1: 2/4');
}

function readIssuerUrl(value: unknown): Result<string> {
  const problems = checkIssuerUrl(String(value), []);
  return problems.length > 0 ? refuse(...problems) : accept(String(value));
}

function readNames(value: unknown): Result<readonly string[]> {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return accept(value);
  return wrong('this is no list of names', "pulumi config set --path 'idp-kit:notCheckedFromHere[0]' gitlab");
}

const LOOPBACK = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?$/;

function readLoopback(value: unknown): Result<string> {
  if (LOOPBACK.test(String(value))) return accept(String(value));
  return wrong(`\`${String(value)}\` is not on this machine`, `write its address on loopback: ${DEFAULT_LOCAL_ISSUER}`);
}
