/** YAML, with the short forms of CloudFormation's functions (`!Sub`) written out. */

import { type CollectionTag, type ScalarTag, parseDocument } from 'yaml';
import { type Result, accept, problem, refuse } from '../../claims/problem.ts';

/** CloudFormation template reference: intrinsic functions. */
const FUNCTIONS = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
  'Transform',
];

const longName = (name: string): string => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`);

const TAGS = [...FUNCTIONS, 'Ref', 'Condition'].flatMap((name): (ScalarTag | CollectionTag)[] => [
  { tag: `!${name}`, resolve: (text) => ({ [longName(name)]: text }) },
  { tag: `!${name}`, collection: 'seq', resolve: (list) => ({ [longName(name)]: list.toJSON() as unknown }) },
  { tag: `!${name}`, collection: 'map', resolve: (map) => ({ [longName(name)]: map.toJSON() as unknown }) },
]);

export function parseYaml(text: string): Result<unknown> {
  const document = parseDocument(text, { customTags: TAGS, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) return refuse(problem([], `this is no YAML: ${error.message.split('\n')[0] ?? ''}`));
  try {
    return accept(document.toJS({ maxAliasCount: 100 }) as unknown);
  } catch (thrown) {
    return refuse(problem([], `this is no YAML: ${thrown instanceof Error ? thrown.message : String(thrown)}`));
  }
}
