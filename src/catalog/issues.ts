/** What the schema found, as sentences with what would have been right. */

import { z } from 'zod';
import { type Path, type Problem, problem } from '../claims/problem.ts';
import { suggest } from '../claims/suggest.ts';
import { catalogSchema } from './schema.ts';

export type Issue = z.core.$ZodIssue;

/** Every problem of a check, or of the issues that it left. */
export function problemsOf(source: Issue[] | { readonly error?: { readonly issues: Issue[] } }): Problem[] {
  return (Array.isArray(source) ? source : (source.error?.issues ?? [])).flatMap(describe);
}

/** One sentence an issue, with what would have been right. */
function describe(issue: Issue): Problem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const where = path.at(-1);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        problem([...path, key], `there is no \`${key}\` here`, suggest(key, keysAt(path))),
      );
    case 'invalid_value':
      return [
        issue.input === undefined
          ? problem(path, missing(where), `write one of: ${issue.values.map(String).join(', ')}`)
          : problem(
              path,
              `\`${show(issue.input)}\` is not one of the values`,
              suggest(show(issue.input), issue.values.map(String)),
            ),
      ];
    case 'invalid_type':
      return [describeType(issue, path)];
    case 'invalid_union':
      return [bestOfUnion(issue, path)];
    case 'invalid_key':
      return issue.issues.map((inner) => problem(path, inner.message));
    case 'too_small':
      return [problem(path, `\`${String(where)}\` is empty`, 'write a value, or leave it out')];
    default:
      return [problem(path, issue.message)];
  }
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const missing = (where: string | number | undefined) => `\`${String(where)}\` is missing or empty`;

/** The words of YAML for what is wanted. */
const KINDS: Readonly<Record<string, string>> = { object: 'a map', record: 'a map', array: 'a list' };

function describeType(issue: Extract<Issue, { code: 'invalid_type' }>, path: Path): Problem {
  const kind = KINDS[issue.expected] ?? `a ${issue.expected}`;
  if (path.length === 0) return problem(path, `a catalog is ${kind}`, 'write `issuers` and `access`');
  // A message of our own says more than the kind.
  if (!issue.message.startsWith('Invalid input')) return problem(path, issue.message);
  return issue.input === undefined || issue.input === null
    ? problem(path, missing(path.at(-1)), `wanted: ${kind}`)
    : problem(path, `\`${String(path.at(-1))}\` must be ${kind}`);
}

/** Of a union's complaints the one that says most: a message of our own. */
function bestOfUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path): Problem {
  const inner = issue.errors.flat().flatMap(flatten);
  const own = inner.find(
    ({ message }) => !/^(?:Invalid|Unrecognized|Too small)/.test(message) && message !== 'a string is wanted here',
  );
  const unknown = inner.find(({ code }) => code === 'unrecognized_keys');
  if (own !== undefined) return problem([...path, ...own.path.filter((part) => typeof part !== 'symbol')], own.message);
  if (unknown?.code === 'unrecognized_keys')
    return problem(path, `there is no \`${unknown.keys.join(', ')}\` here`, 'a pattern is written { like: "…*" }');
  return problem(
    path,
    `\`${String(path.at(-1))}\` has a value of the wrong kind`,
    'write a string, a list of strings, or { like: pattern }',
  );
}

function flatten(issue: Issue): Issue[] {
  return issue.code === 'invalid_union'
    ? issue.errors
        .flat()
        .flatMap(flatten)
        .map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    : [issue];
}

/** The keys that the schema has at a path. */
function keysAt(path: Path): string[] {
  let at: unknown = catalogSchema;
  for (const part of path) at = step(at, part);
  const shape = unwrap(at);
  return shape instanceof z.ZodObject ? Object.keys(shape.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

function step(schema: unknown, part: string | number): unknown {
  const shape = unwrap(schema);
  if (shape instanceof z.ZodObject) return (shape.shape as Record<string, unknown>)[part];
  if (shape instanceof z.ZodArray) return shape.element;
  return shape instanceof z.ZodRecord ? shape.valueType : undefined;
}
