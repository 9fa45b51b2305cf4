/** The claims of a token from the values of its variables, as its issuer would write them. */

import { type Claims, type JsonValue } from '../../claims/claims.ts';
import { type IssuerProfile, REGISTERED, type Variant } from '../../claims/profile.ts';
import { encodeValue } from '../../claims/subject.ts';
import { shortestText } from '../language/automaton.ts';
import { type Minted, type Part, type Values, type Variable } from './space.ts';

export interface Mould {
  readonly issuer?: IssuerProfile;
  readonly variant?: Variant;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly claims: ReadonlyMap<string, readonly Part[]>;
  /** Variables that are no claims, of which `sub` is made. */
  readonly hidden: readonly string[];
}

/** What was not chosen is left out where it may be, and else something that reads well. */
export function mintWith({ issuer, variant, variables, claims, hidden }: Mould): (values: Values) => Minted {
  return (chosen) => {
    const values = new Map<string, JsonValue>();
    for (const [name, variable] of variables) {
      const value = chosen.get(name) ?? (variable.presence === 'always' ? exampleOf(variable) : undefined);
      if (value !== undefined) values.set(name, typed(value, variable));
    }
    // A claim that no table has was made up for a condition on it.
    for (const [name, value] of chosen) if (!variables.has(name)) values.set(name, singleIfOne(value));
    const payload = new Map<string, JsonValue>();
    for (const [claim, parts] of claims) {
      const value = joined(parts, values);
      if (value !== undefined) payload.set(claim, value);
    }
    for (const [name] of chosen) {
      const value = values.get(name);
      if (!variables.has(name) && value !== undefined) payload.set(name, value);
    }
    if (issuer?.audience.startsWith('array') === true) payload.set('aud', [payload.get('aud') ?? '']);
    const token = nested(payload);
    const known = { ...token, ...Object.fromEntries(hidden.flatMap((name) => entry(name, values.get(name)))) };
    return { claims: token, facts: factsOf(known, variant) };
  };
}

const singleIfOne = (value: string | readonly string[]): JsonValue => {
  const [only, ...more] = typeof value === 'string' ? [value] : value;
  return only !== undefined && more.length === 0 ? only : value;
};

const entry = (name: string, value: JsonValue | undefined): [string, JsonValue][] =>
  value === undefined ? [] : [[name, value]];

function exampleOf({ language, many, example }: Variable): string | readonly string[] {
  const value = example ?? shortestText(language);
  return many === undefined ? value : [value];
}

function typed(value: string | readonly string[], { type }: Variable): JsonValue {
  if (type === 'boolean') return value === 'true';
  if (type === 'object') return {};
  return type === 'number' ? Number(value) : value;
}

/** The claim's value; undefined where something that it is made of is not there. */
function joined(parts: readonly Part[], values: ReadonlyMap<string, JsonValue>): JsonValue | undefined {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string' && only.encode === '') {
    return values.get(only.variable);
  }
  const texts = parts.map((part) => {
    if (typeof part === 'string') return part;
    const value = values.get(part.variable);
    return typeof value === 'string' ? encodeValue(value, part.encode) : undefined;
  });
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** Claims that stand deeper than at the top are put where their pointer says (RFC 6901). */
function nested(payload: ReadonlyMap<string, JsonValue>): Claims {
  const token: Record<string, JsonValue> = {};
  for (const [claim, value] of payload) if (!claim.startsWith('/')) token[claim] = value;
  for (const [claim, value] of payload) {
    if (claim.startsWith('/')) put(token, claim.split('/').slice(1), value);
  }
  return token;
}

type Container = Record<string, JsonValue>;

function put(at: Container, [step = '', next, ...rest]: readonly string[], value: JsonValue): void {
  const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
  if (next === undefined) {
    at[key] = value;
    return;
  }
  const found = at[key];
  const inner = typeof found === 'object' && found !== null ? found : /^[0-9]+$/.test(next) ? [] : {};
  at[key] = inner;
  put(inner as Container, [next, ...rest], value);
}

/** What a registration would say: the claims but for those that the issuer sets itself. */
function factsOf(known: Claims, variant: Variant | undefined): Claims {
  const own = Object.fromEntries(
    Object.entries(known).filter(([claim]) => !(REGISTERED as readonly string[]).includes(claim)),
  );
  return variant?.toFacts?.(own) ?? own;
}
