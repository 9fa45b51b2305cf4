/** vault:jwt/authBackendRole:AuthBackendRole; its id is `auth/<backend>/role/<name>`. */
import { same } from '../core/compare.ts';
import { isBag, stringMap, text, type Bag, type Json, type Kind, type Property } from '../core/kind.ts';
import { snake, unlessNull, type Vault } from './api.ts';

/** What goes into the role as it is, under its name in snake case. */
const FIELDS: Readonly<Record<string, Property>> = {
  allowedRedirectUris: { as: 'set' },
  boundAudiences: { as: 'set' },
  boundClaims: { as: 'map', same: sameClaims },
  boundClaimsType: { as: 'string', computed: true },
  boundSubject: { as: 'string' },
  claimMappings: { as: 'map' },
  clockSkewLeeway: { as: 'number' },
  expirationLeeway: { as: 'number' },
  groupsClaim: { as: 'string' },
  maxAge: { as: 'number' },
  notBeforeLeeway: { as: 'number' },
  oidcScopes: { as: 'set' },
  roleType: { as: 'string', computed: true },
  tokenBoundCidrs: { as: 'set', same: sameCidrs },
  tokenExplicitMaxTtl: { as: 'number' },
  tokenMaxTtl: { as: 'number' },
  tokenNoDefaultPolicy: { as: 'boolean' },
  tokenNumUses: { as: 'number' },
  tokenPeriod: { as: 'number' },
  tokenPolicies: { as: 'set' },
  tokenTtl: { as: 'number' },
  tokenType: { as: 'string', computed: true },
  userClaim: { as: 'string', required: true },
  userClaimJsonPointer: { as: 'boolean', default: false },
  verboseOidcLogging: { as: 'boolean', default: false },
};

export const jwtAuthBackendRole: Kind<Vault> = {
  properties: {
    ...FIELDS,
    backend: { as: 'string', default: 'jwt', replace: true },
    disableBoundClaimsParsing: { as: 'boolean', default: false, unread: true },
    namespace: { as: 'string', replace: true, unread: true },
    // Vault lowers the names of roles, so a name and its lower case are one role.
    roleName: {
      as: 'string',
      required: true,
      replace: true,
      same: (left, right) => text(left).toLowerCase() === text(right).toLowerCase(),
    },
  },
  create: async (vault, inputs) => {
    const id = `auth/${text(inputs.backend).replace(/^\/|\/$/g, '')}/role/${text(inputs.roleName)}`;
    await vault.put(id, roleBody({}, inputs), text(inputs.namespace));
    return id;
  },
  read: async (vault, id, state) => {
    const found = await vault.get(id, text(state.namespace));
    if (found === undefined) return undefined;
    const [, backend = '', roleName = ''] = /^auth\/(.+)\/role\/([^/]+)$/.exec(id) ?? [];
    const answer: Bag = { backend, roleName };
    for (const [name, property] of Object.entries(FIELDS)) {
      const value = unlessNull(found[snake(name)]);
      if (value !== undefined && (property.default !== undefined || !same(property, value, undefined)))
        answer[name] = value;
    }
    const claims = found.bound_claims;
    if (isBag(claims)) answer.boundClaims = joinClaims(claims);
    return answer;
  },
  update: async (vault, id, olds, news) => {
    await vault.put(id, roleBody(olds, news), text(news.namespace));
  },
  delete: (vault, id, state) => vault.delete(id, text(state.namespace)),
};

/** The whole role: Vault resets `role_type` and `bound_claims_type` on every write, and what the program dropped is emptied. */
function roleBody(olds: Bag, news: Bag): Bag {
  const body: Bag = {};
  for (const [name, property] of Object.entries(FIELDS)) {
    const kept = property.computed === true ? olds[name] : undefined;
    const value = news[name] ?? kept ?? (olds[name] === undefined ? undefined : EMPTY[property.as]);
    if (value !== undefined) body[snake(name)] = value;
  }
  const claims = news.boundClaims;
  if (claims !== undefined) body.bound_claims = splitClaims(stringMap(claims), news.disableBoundClaimsParsing === true);
  return body;
}

const EMPTY: Readonly<Record<string, Json>> = { string: '', number: 0, boolean: false, set: [], list: [], map: {} };

/** The provider's own habit: a comma in a bound claim makes a list, which Vault reads as "any of these". */
export function splitClaims(claims: Readonly<Record<string, string>>, unparsed: boolean): Bag {
  const result: Bag = {};
  for (const [claim, value] of Object.entries(claims)) {
    result[claim] = unparsed || !value.includes(',') ? value : value.split(',').map((part) => part.trim());
  }
  return result;
}

/** Back into the one text that the provider's map of strings can hold. */
export function joinClaims(claims: Bag): Bag {
  const joined = (value: Json): string => (Array.isArray(value) ? value.map(plain).join(',') : plain(value));
  return Object.fromEntries(Object.entries(claims).map(([claim, value]) => [claim, joined(value)]));
}

const plain = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

function sameClaims(left: Json, right: Json): boolean {
  const [one, other] = [stringMap(left), stringMap(right)];
  const tidy = (value: string | undefined) =>
    value
      ?.split(',')
      .map((part) => part.trim())
      .join(',');
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every(
    (claim) => tidy(one[claim]) === tidy(other[claim]),
  );
}

/** Vault writes the address of one host without its mask. */
function sameCidrs(left: Json, right: Json): boolean {
  const tidy = (value: Json) =>
    Array.isArray(value) ? value.map((cidr) => text(cidr).replace(/\/32$/, '')).sort() : [];
  return tidy(left).join(' ') === tidy(right).join(' ');
}
