/** When two values of a property mean the same. */
import { isBag, type Json, type Property, type ValueType } from './kind.ts';

type Same = (left: Json, right: Json) => boolean;

/** Object keys in order, so that equal values have equal text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isBag(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
}

const exactly: Same = (left, right) => canonical(left) === canonical(right);

const asSet: Same = (left, right) =>
  Array.isArray(left) && Array.isArray(right)
    ? exactly([...new Set(left.map(canonical))].sort(), [...new Set(right.map(canonical))].sort())
    : exactly(left, right);

/**
 * IAM's own view of a document: a list of one is its element and lists have no order (IAM User Guide, "Grammar of the IAM
 * JSON policy language"), and the real provider compares documents so (awspolicyequivalence).
 */
function policyForm(value: Json): Json {
  if (Array.isArray(value)) {
    const forms = value.map(policyForm).sort((left, right) => (canonical(left) < canonical(right) ? -1 : 1));
    const [only] = forms;
    return forms.length === 1 && only !== undefined ? only : forms;
  }
  if (isBag(value)) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, policyForm(entry)]));
  // "true" and true, "900" and 900 are the same value of a condition.
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
}

export function samePolicy(left: Json, right: Json): boolean {
  const [one, other] = [parse(left), parse(right)];
  if (one === undefined || other === undefined) return left === right;
  return exactly(policyForm(one), policyForm(other));
}

function parse(value: Json): Json | undefined {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return undefined;
  }
}

const SAME: Readonly<Record<ValueType, Same>> = {
  string: exactly,
  number: exactly,
  boolean: exactly,
  list: exactly,
  set: asSet,
  map: exactly,
  policy: samePolicy,
  block: exactly,
};

/** What "not set" is stored as (Terraform's zero values: an empty string and no string are the same). */
const EMPTY: Readonly<Record<ValueType, Json>> = {
  string: '',
  number: 0,
  boolean: false,
  list: [],
  set: [],
  map: {},
  policy: '',
  block: {},
};

export const emptyOf = (property: Property): Json => EMPTY[property.as];

export function same(property: Property, left: Json | undefined, right: Json | undefined): boolean {
  const [one, other] = [left ?? emptyOf(property), right ?? emptyOf(property)];
  return (property.same ?? SAME[property.as])(one, other);
}
