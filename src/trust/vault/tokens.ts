/** Which tokens a Vault role admits, as a set; times aside. */

import { ANY_TEXT, type Language, anyOther, choice, text, wildcards } from '../language/regular.ts';
import {
  EVERY_TOKEN,
  NO_TOKEN,
  type ScalarType,
  type TokenSet,
  all,
  any,
  claimIn,
  not,
  outside,
  present,
  scalarIn,
} from '../tokens/token-set.ts';
import { type BoundValue, type VaultJwtConfig, type VaultJwtRole } from './role.ts';

/** The tokens that may log in to the role. */
export function tokensOfVaultRole(role: VaultJwtRole, config: VaultJwtConfig): TokenSet {
  const { role_type: type, token_bound_cidrs: cidrs = [] } = role;
  return all(
    type === 'jwt' ? EVERY_TOKEN : NO_TOKEN,
    cidrs.length === 0 ? EVERY_TOKEN : outside(`the login comes from ${cidrs.join(' or ')}`, 'address'),
    equalTo('iss', config.bound_issuer),
    equalTo('sub', role.bound_subject),
    audience(role),
    user(role),
    ...Object.keys(role.claim_mappings ?? {}).map(mapped),
    groups(role),
    ...Object.entries(role.bound_claims ?? {}).map(([claim, bound]) => boundClaim(role, claim, bound)),
  );
}

const equalTo = (claim: string, value: string | undefined): TokenSet =>
  value === undefined || value === '' ? EVERY_TOKEN : claimIn(claim, text(value), 'string');

/** A role that binds no audience refuses every token that has one. */
function audience({ bound_audiences: bound = [] }: VaultJwtRole): TokenSet {
  if (bound.length > 0) return claimIn('aud', choice(...bound.map(text)), 'string');
  return not(claimIn('aud', anyOther(text('')), 'string'));
}

/** The claim that names the entity is a text, and not the empty one. */
function user({ user_claim: claim, user_claim_json_pointer: pointer }: VaultJwtRole): TokenSet {
  if (claim.startsWith('/') && pointer !== true) return NO_TOKEN;
  return scalarIn(claim, anyOther(text('')), 'string');
}

/** A claim may be missing, but what is there must be a text. */
function mapped(claim: string): TokenSet {
  return any(not(present(claim)), scalarIn(claim, ANY_TEXT, 'string'));
}

function groups({ groups_claim: claim = '' }: VaultJwtRole): TokenSet {
  return claim === '' ? EVERY_TOKEN : claimIn(claim, ANY_TEXT, 'string');
}

/** Some value of the claim is one of the bound ones, of the same type. */
function boundClaim(
  { bound_claims_type: type }: VaultJwtRole,
  claim: string,
  bound: BoundValue | readonly BoundValue[],
): TokenSet {
  const values: readonly BoundValue[] = Array.isArray(bound) ? (bound as readonly BoundValue[]) : [bound as BoundValue];
  const glob = type === 'glob';
  const ofType = (name: ScalarType): TokenSet => {
    const languages = values.filter((value) => typeof value === name).map((value) => languageOf(value, glob));
    return languages.length === 0 ? NO_TOKEN : claimIn(claim, choice(...languages), name);
  };
  return any(ofType('string'), ofType('boolean'), ofType('number'));
}

function languageOf(value: BoundValue, glob: boolean): Language {
  return glob && typeof value === 'string' ? wildcards(value, { one: '' }) : text(String(value));
}
