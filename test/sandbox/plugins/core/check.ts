/** The inputs of a resource: checked against its table, with defaults and a generated name put in. */
import type { Bag, Json, Kind, Property, ValueType } from './kind.ts';
import { hasUnknown, isBag } from './kind.ts';

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Bag;
  readonly failures: readonly Failure[];
}

export interface CheckRequest {
  readonly type: string;
  /** The resource's name in the program, for a generated name. */
  readonly name: string;
  readonly olds: Bag;
  readonly news: Bag;
  /** Yields this many random hexadecimal digits. */
  readonly randomHex: (digits: number) => string;
}

/** Where the real bridge notes which inputs it made up itself; kept under the same name so that states look alike. */
export const DEFAULTS = '__defaults';

const IS: Readonly<Record<ValueType, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string',
  policy: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  list: Array.isArray,
  set: Array.isArray,
  map: isBag,
  block: isBag,
};

export function check<Api>(kind: Kind<Api>, request: CheckRequest): CheckResult {
  const { type, news } = request;
  const inputs: Bag = {};
  const defaulted: string[] = [];
  const failures: Failure[] = [];
  for (const [name, value] of Object.entries(news)) {
    if (name === DEFAULTS || value === null) continue;
    const property = kind.properties[name];
    if (property === undefined || property.output === true) {
      failures.push({ property: name, reason: `the stand-in for ${type} does not have the input '${name}'` });
    } else if (!hasUnknown(value) && !IS[property.as](value)) {
      failures.push({ property: name, reason: `'${name}' must be a ${property.as}, not ${JSON.stringify(value)}` });
    } else inputs[name] = value;
  }
  for (const [name, property] of Object.entries(kind.properties)) {
    if (inputs[name] !== undefined) continue;
    if (property.required === true) {
      failures.push({ property: name, reason: `Missing required argument: '${name}'` });
      continue;
    }
    const value = property.autoName === true ? autoName(request, name, inputs) : property.default;
    if (value === undefined) continue;
    inputs[name] = value;
    defaulted.push(name);
  }
  return { inputs: { ...inputs, [DEFAULTS]: defaulted }, failures };
}

/** The bridge's rule: the resource's name, a dash and seven random digits; once made, it stays. */
function autoName({ name, olds, randomHex }: CheckRequest, property: string, inputs: Bag): Json | undefined {
  const previous = olds[property];
  const made = olds[DEFAULTS];
  if (previous !== undefined && Array.isArray(made) && made.includes(property)) return previous;
  const prefix = inputs[`${property}Prefix`];
  if (typeof prefix === 'string' && prefix !== '' && !hasUnknown(prefix)) return `${prefix}${randomHex(26)}`;
  return `${name}-${randomHex(7)}`;
}

/** Whether the program itself gave this input. */
export function isGiven(inputs: Bag, name: string, property: Property): boolean {
  const made = inputs[DEFAULTS];
  return property.autoName === true && inputs[name] !== undefined && !(Array.isArray(made) && made.includes(name));
}
