/** One parser for a Vault role and its mount's configuration, as Vault's API returns them. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { suggest } from '../../claims/suggest.ts';
import { show } from '../decision.ts';
import { type VaultJwtConfig, type VaultJwtRole } from './role.ts';

export interface ParsedVaultRole {
  readonly role: VaultJwtRole;
  /** Absent where it is not known. */
  readonly config?: VaultJwtConfig;
}

type Json = Readonly<Record<string, unknown>>;
type Fits = (value: unknown) => boolean;

const isText: Fits = (value) => typeof value === 'string';
const isNumber: Fits = (value) => typeof value === 'number';
const isBoolean: Fits = (value) => typeof value === 'boolean';
const isTexts: Fits = (value) => Array.isArray(value) && value.every(isText);
const isScalar: Fits = (value) => isText(value) || isNumber(value) || isBoolean(value);
const isMapOf =
  (fits: Fits): Fits =>
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(fits);
const isBound: Fits = (value) => isScalar(value) || (Array.isArray(value) && value.every(isScalar));

type FieldOf<T> = Readonly<Record<keyof T, { readonly fits: Fits; readonly what: string }>>;

const text = { fits: isText, what: 'a string' };
const texts = { fits: isTexts, what: 'a list of strings' };
const seconds = { fits: isNumber, what: 'a number of seconds' };

const ROLE: FieldOf<VaultJwtRole> = {
  role_type: text,
  user_claim: text,
  user_claim_json_pointer: { fits: isBoolean, what: 'true or false' },
  bound_audiences: texts,
  bound_subject: text,
  bound_claims_type: text,
  bound_claims: { fits: isMapOf(isBound), what: 'a map of values or lists of values' },
  claim_mappings: { fits: isMapOf(isText), what: 'a map of strings' },
  groups_claim: text,
  clock_skew_leeway: seconds,
  expiration_leeway: seconds,
  not_before_leeway: seconds,
  token_bound_cidrs: texts,
  token_policies: texts,
  token_no_default_policy: { fits: isBoolean, what: 'true or false' },
  token_type: text,
  token_period: seconds,
  token_num_uses: { fits: isNumber, what: 'a number' },
  token_ttl: seconds,
  token_max_ttl: seconds,
  token_explicit_max_ttl: seconds,
};

const CONFIG: FieldOf<VaultJwtConfig> = {
  oidc_discovery_url: text,
  jwks_url: text,
  jwks_pairs: { fits: Array.isArray, what: 'a list' },
  jwt_validation_pubkeys: texts,
  bound_issuer: text,
  jwt_supported_algs: texts,
  default_role: text,
};

/** What Vault has besides, of which no login depends (Vault API, JWT/OIDC auth method). */
const OTHER_ROLE_FIELDS: readonly string[] = [
  'name',
  'allowed_redirect_uris',
  'oidc_scopes',
  'verbose_oidc_logging',
  'max_age',
  'policies',
  'ttl',
  'max_ttl',
  'period',
  'num_uses',
  'bound_cidrs',
];
const OTHER_CONFIG_FIELDS: readonly string[] = [
  'oidc_discovery_ca_pem',
  'oidc_client_id',
  'oidc_client_secret',
  'oidc_response_mode',
  'oidc_response_types',
  'jwks_ca_pem',
  'namespace_in_state',
  'provider_config',
  'unsupported_critical_cert_extensions',
];

/** A misspelt field would be a constraint that is not there. */
function checkNames(source: Json, known: readonly string[], what: string): Problem[] {
  return Object.keys(source)
    .filter((name) => !known.includes(name))
    .map((name) => problem([name], `${what} has no field \`${name}\``, suggest(name, known)));
}

/** Fields that decide about a login; others are left out, and null is the same as absent. */
function pick<T>(source: Json, fields: FieldOf<T>): Json {
  return Object.fromEntries(
    Object.keys(fields).flatMap((name) =>
      source[name] === undefined || source[name] === null ? [] : [[name, source[name]]],
    ),
  );
}

function checkFields<T>(source: Json, fields: FieldOf<T>): Problem[] {
  return Object.entries<{ fits: Fits; what: string }>(fields).flatMap(([name, { fits, what }]) =>
    source[name] === undefined || fits(source[name]) ? [] : [problem([name], `\`${name}\` is ${what}`)],
  );
}

/** Reads a role, and the configuration of its mount where it is known. A field that Vault does not have is a problem. */
export function parseVaultRole(roleSource: Json, configSource?: Json): Result<ParsedVaultRole> {
  const role = pick(roleSource, ROLE);
  const config = configSource === undefined ? undefined : pick(configSource, CONFIG);
  const problems = [
    ...checkNames(roleSource, [...Object.keys(ROLE), ...OTHER_ROLE_FIELDS], 'a role of the JWT auth method'),
    ...checkNames(configSource ?? {}, [...Object.keys(CONFIG), ...OTHER_CONFIG_FIELDS], 'a JWT mount'),
    ...checkFields(role, ROLE),
    ...checkFields(config ?? {}, CONFIG),
    ...checkBoundType(role),
  ];
  if (role.user_claim === undefined)
    problems.push(problem(['user_claim'], 'a role of the JWT auth method has a `user_claim`'));
  if (problems.length > 0) return refuse(...problems);
  return accept({ role: role as unknown as VaultJwtRole, ...(config === undefined ? {} : { config }) });
}

/** Vault takes no other type at a write. */
function checkBoundType({ bound_claims_type: type = 'string', bound_claims: bound }: Json): Problem[] {
  if (type === 'glob' && isMapOf(isBound)(bound)) return checkGlobs(bound as Json);
  if (type === 'string' || type === 'glob' || type === '') return [];
  return [problem(['bound_claims_type'], `there is no bound_claims_type \`${show(type)}\``, 'it is string or glob')];
}

function checkGlobs(bound: Json): Problem[] {
  return Object.entries(bound).flatMap(([claim, values]) =>
    [values].flat().every(isText)
      ? []
      : [problem(['bound_claims', claim], 'with bound_claims_type glob every value is a string')],
  );
}
