/** A role as Vault keeps it, from the forms in which it can be written. */

import { type Json } from '../../trust/resource.ts';

/** Names that Vault still takes (Vault API, JWT/OIDC auth method: deprecated parameters). */
const RENAMED: Readonly<Record<string, string>> = {
  policies: 'token_policies',
  ttl: 'token_ttl',
  max_ttl: 'token_max_ttl',
  period: 'token_period',
  num_uses: 'token_num_uses',
  bound_cidrs: 'token_bound_cidrs',
};

const LISTS: readonly string[] = ['bound_audiences', 'token_policies', 'token_bound_cidrs'];
const TIMES: readonly string[] = ['token_ttl', 'token_max_ttl', 'token_explicit_max_ttl', 'token_period'];

export function normalRole(source: Json): Json {
  const renamed = Object.entries(source).flatMap(([name, value]): [string, unknown][] => {
    const current = RENAMED[name];
    if (current === undefined) return [[name, value]];
    return Object.hasOwn(source, current) ? [] : [[current, value]];
  });
  const role = Object.fromEntries(renamed.map(([name, value]) => [name, normal(name, value)]));
  return { ...role, role_type: role.role_type ?? typeOf(role) };
}

/** Without a type Vault means the browser's flow, and takes no such role without redirect URIs. */
const typeOf = ({ allowed_redirect_uris: uris }: Json): string =>
  Array.isArray(uris) && uris.length > 0 ? 'oidc' : 'jwt';

function normal(name: string, value: unknown): unknown {
  if (LISTS.includes(name) && typeof value === 'string') return value === '' ? [] : value.split(',');
  if (TIMES.includes(name) && typeof value === 'string') return seconds(value);
  return value;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `1h30m` in seconds; what is no duration is left as it is, and refused. */
function seconds(text: string): unknown {
  if (!/^(?:[0-9]+[smhd]?)+$/.test(text)) return text;
  return [...text.matchAll(/([0-9]+)([smhd]?)/g)].reduce(
    (sum, [, amount = '0', unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 1),
    0,
  );
}
