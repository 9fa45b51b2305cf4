/** Variables of the environment laid over a configuration, each in the place of what the file has there. */

import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type Path, type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { suggest } from '../../claims/suggest.ts';
import { unwrap } from '../../issuer/shape.ts';
import { NAME, NAME_RULE, entryName } from '../names.ts';
import { type Environment, type Variable, misspeltIn, stepOf, variableOf, variablesIn } from './variables.ts';

/** A problem of a variable, whose value no message shows: nobody knows what it is. */
export interface VariableProblem extends Problem {
  readonly variable: string;
}

export interface Overlay {
  readonly document: unknown;
  readonly problems: readonly VariableProblem[];
  /** The variable that a place of the document is from; undefined where it is from elsewhere. */
  readonly sourceOf: (path: Path) => string | undefined;
  /** A variable that something inside of a place is from. */
  readonly sourceWithin: (path: Path) => string | undefined;
}

interface Applied {
  readonly path: Path;
  readonly name: string;
}

/** @param schema of the document */
export function overlay(document: unknown, environment: Environment, schema: z.ZodType): Overlay {
  let laid = document;
  const applied: Applied[] = [];
  const problems: VariableProblem[] = misspeltIn(environment).map(({ name, meant }) => ({
    ...problem([], 'this is no variable of the issuer', `write ${meant}`),
    variable: name,
  }));
  for (const variable of variablesIn(environment)) {
    const found = resolve(variable, schema, laid);
    const value = found.ok ? readValue(variable.text, found.value.schema) : found;
    problems.push(...(value.ok ? [] : value.problems).map((one) => ({ ...one, variable: variable.name })));
    // What stands in the way is wrong itself, and said to be.
    if (!found.ok || !value.ok || !found.value.open) continue;
    laid = setIn(laid, found.value.path, value.value);
    applied.push({ path: found.value.path, name: variable.name });
  }
  return {
    document: laid,
    problems,
    sourceOf: (path) => applied.findLast((one) => isWithin(path, one.path))?.name,
    sourceWithin: (path) => applied.find((one) => isWithin(one.path, path))?.name,
  };
}

function isWithin(inner: Path, outer: Path): boolean {
  return outer.every((step, index) => inner[index] === step);
}

interface Place {
  readonly path: Path;
  readonly schema: unknown;
  /** Are there maps and lists on the way to it, or nothing? */
  readonly open: boolean;
}

function resolve({ steps }: Variable, schema: z.ZodType, document: unknown): Result<Place> {
  let place: Place = { path: [], schema, open: true };
  let present = document;
  for (const step of steps) {
    const next = stepInto(place, step, present);
    if (!next.ok) return next;
    const [name, inner] = next.value;
    const open = present == null || (typeof name === 'number' ? Array.isArray(present) : isMap(present));
    place = { path: [...place.path, name], schema: inner, open: place.open && open };
    present = open ? partAt(present, name) : undefined;
  }
  return accept(place);
}

type Step = readonly [name: string | number, schema: unknown];

function stepInto({ path, schema }: Place, step: string, present: unknown): Result<Step> {
  const outer = unwrap(schema);
  if (outer instanceof z.ZodObject) return intoObject(outer.shape, step);
  if (outer instanceof z.ZodArray) return intoList(outer.element, step, Array.isArray(present) ? present.length : 0);
  const own = variableOf(path);
  if (!(outer instanceof z.ZodRecord)) {
    return refuse(problem([], `there is nothing below ${path.join('.')}`, `write ${own}`));
  }
  if (outer.keyType !== entryName) {
    const hint = `give all of them in one: ${own}='{ name: value }'`;
    return refuse(problem([], `what is below ${path.join('.')} has no variables of its own`, hint));
  }
  const name = step.toLowerCase().replaceAll('_', '-');
  return NAME.test(name) ? accept([name, outer.valueType]) : refuse(problem([], `this is no name: ${NAME_RULE}`));
}

function intoObject(shape: Readonly<Record<string, unknown>>, step: string): Result<Step> {
  const name = Object.keys(shape).find((own) => stepOf(own) === step);
  if (name !== undefined) return accept([name, shape[name]]);
  return refuse(problem([], 'there is no such setting', suggest(step, Object.keys(shape).map(stepOf))));
}

function intoList(element: unknown, step: string, length: number): Result<Step> {
  if (!/^(?:0|[1-9][0-9]{0,5})$/.test(step)) return refuse(problem([], 'items of a list are counted: 0, 1, 2, …'));
  if (Number(step) <= length) return accept([Number(step), element]);
  return refuse(problem([], `the list has no item ${length} yet`, 'leave none out'));
}

/** A string is the text as it is, which as YAML could be a number or a map (`1e5`, `::`). Anything else is YAML. */
function readValue(text: string, schema: unknown): Result<unknown> {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum) return accept(text);
  const yaml = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  const bad = problem([], 'the value is no YAML', 'write it as in the file, such as 8443, [a, b] or { name: value }');
  if (yaml.errors.length > 0) return refuse(bad);
  try {
    return accept(yaml.toJS() as unknown);
  } catch {
    return refuse(bad);
  }
}

/** A copy with another value in one place, and with the maps and lists that lead there. */
function setIn(at: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  const inner = setIn(partAt(at, step), rest, value);
  if (typeof step === 'number')
    return Object.assign(Array.isArray(at) ? [...(at as unknown[])] : [], { [step]: inner });
  return { ...(isMap(at) ? at : {}), [step]: inner };
}

function partAt(at: unknown, step: string | number): unknown {
  if (typeof step === 'number') return Array.isArray(at) ? (at as unknown[])[step] : undefined;
  return isMap(at) && Object.hasOwn(at, step) ? at[step] : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
