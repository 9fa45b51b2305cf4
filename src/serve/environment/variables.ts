/** Settings as variables of the environment: `listen.port` is `IDP_ISSUER__LISTEN__PORT`. */

import { type Path } from '../../claims/problem.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** With two lines after it: Kubernetes sets `IDP_ISSUER_PORT` itself, for a service of the name `idp-issuer`. */
const PREFIX = 'IDP_ISSUER__';
const BETWEEN = '__';

export interface Variable {
  readonly name: string;
  /** What is between the lines, outermost first. */
  readonly steps: readonly string[];
  readonly text: string;
}

/** A name of the configuration as a step of a variable's: such a name may have `-`, and a variable of a shell may not. */
export function stepOf(name: string | number): string {
  return String(name).replaceAll('-', '_').toUpperCase();
}

export function variableOf(path: Path): string {
  return PREFIX + path.map(stepOf).join(BETWEEN);
}

/**
 * Variables that are set and not blank (tools write `NAME=` for what is not set): the outer before those inside, and items of
 * lists in their order.
 */
export function variablesIn(environment: Environment): Variable[] {
  return Object.entries(environment)
    .map(([name, text = '']) => ({ name, steps: name.slice(PREFIX.length).split(BETWEEN), text: text.trim() }))
    .filter(({ name, text }) => name.startsWith(PREFIX) && name === name.toUpperCase() && text !== '')
    .sort((one, other) => bySteps(one.steps, other.steps));
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

function bySteps(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((step, at) => step !== other[at]);
  const [left, right] = [one[index], other[index]];
  return left === undefined || right === undefined ? one.length - other.length : BY_NUMBER.compare(left, right);
}

/** Names that are nearly those of variables, which would be passed over: in other letters, or with one line for two. */
export function misspeltIn(environment: Environment): { readonly name: string; readonly meant: string }[] {
  return Object.keys(environment)
    .map((name) => ({ name, meant: name.toUpperCase().replace(/^IDP_ISSUER_(?!_)/, PREFIX) }))
    .filter(({ name, meant }) => /^IDP_ISSUER_.*__/i.test(name) && name !== meant)
    .sort((one, other) => BY_NUMBER.compare(one.name, other.name));
}
