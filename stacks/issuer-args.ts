/**
 * The arguments of a `TokenIssuer` as they are configured, held against the schema of the component: nobody else checks what is
 * written in YAML, and a misspelt name would be left out in silence. What they mean is for the component to judge. Pure but for the schema.
 */

import { readFileSync } from 'node:fs';
import { TokenIssuer, type TokenIssuerArgs } from '../components/index.ts';
import { type Path, type Problem, type Result, accept, problem, refuse } from '../src/claims/problem.ts';
import { suggest } from '../src/claims/suggest.ts';

/** As much of Pulumi's package schema as arguments are described by. */
interface Spec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Spec;
  readonly additionalProperties?: Spec;
  readonly properties?: Readonly<Record<string, Spec>>;
  readonly required?: readonly string[];
}

interface Schema {
  readonly resources: Readonly<
    Record<string, { readonly inputProperties: Spec['properties']; readonly requiredInputs: readonly string[] }>
  >;
  readonly types: Readonly<Record<string, Spec>>;
}

interface Kind {
  readonly what: string;
  readonly is: (value: unknown) => boolean;
}

const KINDS: Readonly<Record<string, Kind>> = {
  string: { what: 'a text', is: (value) => typeof value === 'string' },
  number: { what: 'a number', is: (value) => typeof value === 'number' },
  boolean: { what: 'true or false', is: (value) => typeof value === 'boolean' },
  array: { what: 'a list', is: Array.isArray },
  object: { what: 'a map', is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value) },
};

/** @param given the value of `idp-kit:issuer`; without a `database` the default one is meant */
export function readIssuerArgs(given: Readonly<Record<string, unknown>>): Result<TokenIssuerArgs> {
  const schema = JSON.parse(readFileSync(new URL('../components/schema.json', import.meta.url), 'utf8')) as Schema;
  const component = schema.resources[TokenIssuer.__pulumiType];
  const spec = {
    type: 'object',
    properties: component?.inputProperties ?? {},
    required: component?.requiredInputs ?? [],
  };
  const args = { database: {}, ...given };
  const problems = misfits(args, spec, ['idp-kit:issuer'], schema.types);
  return problems.length > 0 ? refuse(...problems) : accept(args as unknown as TokenIssuerArgs);
}

function misfits(value: unknown, spec: Spec, path: Path, types: Schema['types']): Problem[] {
  const named = spec.$ref === undefined ? undefined : types[spec.$ref.replace('#/types/', '')];
  if (named !== undefined) return misfits(value, named, path, types);
  const kind = KINDS[spec.type ?? ''];
  if (kind !== undefined && !kind.is(value)) {
    const quoted = spec.type === 'string' && ['number', 'boolean'].includes(typeof value);
    return [problem(path, `this must be ${kind.what}`, quoted ? 'put it in quotes' : undefined)];
  }
  const { items, additionalProperties: entry, properties, required = [] } = spec;
  if (Array.isArray(value)) {
    return items === undefined ? [] : value.flatMap((one, at) => misfits(one, items, [...path, at], types));
  }
  if (typeof value !== 'object' || value === null) return [];
  const names = Object.keys(properties ?? {});
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...Object.entries(value).flatMap(([name, one]) => {
      const known = properties === undefined ? entry : Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (known !== undefined) return misfits(one, known, [...path, name], types);
      return [problem([...path, name], 'there is no such argument', suggest(name, names))];
    }),
    ...missing.map((name) => problem([...path, name], 'this argument is missing')),
  ];
}
