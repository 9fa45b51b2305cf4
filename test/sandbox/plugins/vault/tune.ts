/** The tuning of an auth mount: durations are text in the program and seconds in Vault's answers. */
import { canonical } from '../core/compare.ts';
import { isBag, type Bag, type Json } from '../core/kind.ts';
import { snake } from './api.ts';

const TTLS = ['defaultLeaseTtl', 'maxLeaseTtl'];
const LISTS = [
  'allowedResponseHeaders',
  'auditNonHmacRequestKeys',
  'auditNonHmacResponseKeys',
  'passthroughRequestHeaders',
];
const FIELDS = [...TTLS, ...LISTS, 'listingVisibility', 'tokenType'];

export const writeTune = (tune: Bag): Bag =>
  Object.fromEntries(FIELDS.flatMap((name) => (tune[name] === undefined ? [] : [[snake(name), tune[name]]])));

export function readTune(answer: Bag): Bag {
  const tune: Bag = {};
  for (const name of FIELDS) {
    const value = answer[snake(name)];
    if (typeof value === 'number') tune[name] = duration(value);
    else if (value !== undefined && value !== null) tune[name] = value;
  }
  return tune;
}

/** The fields that both sides name must agree; a field that is not given is Vault's to choose. */
export function sameTune(left: Json, right: Json): boolean {
  if (!isBag(left) || !isBag(right)) return left === right;
  return FIELDS.every((name) => {
    const [one, other] = [left[name], right[name]];
    if (one === undefined || other === undefined) return true;
    return TTLS.includes(name) ? seconds(one) === seconds(other) : canonical(one) === canonical(other);
  });
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Go's duration text, as far as Vault's TTLs use it; a plain number is seconds. */
function seconds(value: Json): number {
  const given = typeof value === 'string' ? value : JSON.stringify(value);
  if (/^\d+$/.test(given)) return Number(given);
  let total = 0;
  for (const [, amount, unit = ''] of given.matchAll(/(\d+)([hms])/g))
    total += Number(amount) * (UNITS[unit] ?? Number.NaN);
  return total;
}

function duration(total: number): string {
  const parts = [`${Math.floor(total / 3600)}h`, `${Math.floor(total / 60) % 60}m`, `${total % 60}s`];
  return parts.filter((part) => !part.startsWith('0')).join('') || '0s';
}
