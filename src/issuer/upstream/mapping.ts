/** A mapping of upstream claims to facts, checked before any token comes: a fact that no token can have would refuse them all. */

import { type JsonValue } from '../../claims/claims.ts';
import { type Problem, problem, under } from '../../claims/problem.ts';
import { type IssuerProfile } from '../../claims/profile.ts';
import { suggest } from '../../claims/suggest.ts';
import { checkFacts, factTable } from '../facts.ts';
import { findVariant } from '../profile.ts';
import { type FactSource } from './upstream.ts';

/** What is wrong with the mapping, wherever the claims come from; paths begin with `variant` or `facts`. */
export function checkMapping(
  profile: IssuerProfile,
  variantName: string | null,
  facts: Readonly<Record<string, FactSource>>,
): Problem[] {
  const variant = findVariant(profile, variantName ?? profile.mainVariant);
  if (!variant.ok) return [...variant.problems];
  const table = factTable(variant.value);
  const unknown = Object.keys(facts).filter((name) => !Object.hasOwn(table, name));
  const written = Object.entries(facts).flatMap(([name, source]): [string, JsonValue][] =>
    'value' in source ? [[name, source.value]] : [],
  );
  const found = checkFacts(Object.fromEntries(written), variant.value);
  const problems = [
    ...unknown.map((name) => problem([name], `such tokens have no \`${name}\``, suggest(name, Object.keys(table)))),
    // What a claim will bring is only known when a token comes.
    ...found.filter(({ path: [name] }) => {
      const source = facts[String(name)];
      return source === undefined || 'value' in source;
    }),
  ];
  return under(['facts'], problems);
}
