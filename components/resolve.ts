/** Inputs to components: plain values are checked at once, others when they are known. */

import * as pulumi from '@pulumi/pulumi';
import { type Problem, type Result, accept, describeProblem, problem, refuse } from '../src/claims/problem.ts';
import { suggest } from '../src/claims/suggest.ts';

/** Is everything known now, with no Output and no Promise in it? */
export function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isPlain);
  return true;
}

/**
 * Known now, or known later. What is known stays plain on its way to the engine: an `Output` is several promises, each with its
 * stack, and some of them for each field cost more than all else that a component does.
 */
export type Later<T> = T | pulumi.Output<T>;

/** Applies a pure builder to inputs: immediately when all of them are plain, so that a mistake stops the preview. */
export function resolved<T, R>(inputs: T, build: (values: pulumi.Unwrap<T>) => R): Later<R> {
  return isPlain(inputs) ? build(inputs as pulumi.Unwrap<T>) : pulumi.output(inputs).apply<R>(build);
}

export function mapped<T, R>(value: Later<T>, map: (value: T) => R): Later<R> {
  return pulumi.Output.isInstance<T>(value) ? value.apply<R>(map) : map(value);
}

/** For the outputs of a component: what is known is not looked into for further outputs. */
export function outputOf<T>(value: Later<T>): pulumi.Output<T> {
  if (pulumi.Output.isInstance<T>(value)) return value;
  const known = value;
  return pulumi.output(undefined).apply<T>(() => known);
}

/** The value, or an error that names the resource and everything that is wrong; no stack, since it is no fault. */
export function valueOf<T>(result: Result<T>, resource: pulumi.Resource): T {
  if (result.ok) return result.value;
  throw refusal(
    result.problems.map((found) => ({ ...found, path: inArgs(found.path) })),
    resource,
  );
}

function refusal(problems: readonly Problem[], resource: pulumi.Resource): pulumi.ResourceError {
  const lines = problems.map((found) => `  ${describeProblem(found)}`);
  return new pulumi.ResourceError(`this cannot be provisioned:\n${lines.join('\n')}`, resource, true);
}

/** An input that is checked and passed on as it is. */
export function checked<T>(
  input: pulumi.Input<T>,
  check: (value: T) => readonly Problem[],
  resource: pulumi.Resource,
): Later<T> {
  const read = (value: T) => valueOf(refuseIf(check(value), value), resource);
  return resolved(input, (value) => read(value as T));
}

/** The value, where nothing is wrong. */
export function refuseIf<T>(problems: readonly Problem[], value: T): Result<T> {
  return problems.length > 0 ? refuse(...problems) : accept(value);
}

/** Where builders speak the catalog's words, what the args call it. */
const SECTIONS: Readonly<Record<string, string>> = {
  admit: 'admission',
  vault: 'grant',
  variant: 'admission.variants',
};

function inArgs([first, second, ...rest]: Problem['path']): Problem['path'] {
  if (typeof first !== 'string' || SECTIONS[first] === undefined) {
    return [first, second, ...rest].filter((part) => part !== undefined);
  }
  const field = typeof second === 'string' && first === 'vault' ? camel(second) : second;
  return [SECTIONS[first], field, ...rest].filter((part) => part !== undefined);
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Which args a component has, and which of them it cannot do without: a row for each. */
export type ArgTable<A> = { readonly [K in keyof A]-?: object extends Pick<A, K> ? 'optional' : 'required' };

/**
 * Programs in other languages reach a component without TypeScript's checks: what is missing, and what is misspelt and would be left
 * out in silence, is said.
 */
export function checkArgs<A extends object>(args: A, table: ArgTable<A>, resource: pulumi.Resource, path = ''): void {
  const names = Object.keys(table);
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const required = Object.entries(table).filter(([, need]) => need === 'required');
  const at = path === '' ? [] : [path];
  const problems = [
    ...given
      .filter(([name]) => !names.includes(name))
      .map(([name]) => problem([...at, name], `there is no such argument`, suggest(name, names))),
    ...required
      .filter(([name]) => !given.some(([other]) => other === name))
      .map(([name]) => problem([...at, name], 'this argument is missing')),
  ];
  if (problems.length > 0) throw refusal(problems, resource);
}

/** Entries that have a value: what is left out stays the provider's to choose. */
export function given<T extends object>(entries: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
