// What Vault answers to a JWT login, what it means and what to change. Vault has no error codes, so rows go by message, in
// the order in which Vault 1.21's jwt plugin checks: https://github.com/hashicorp/vault-plugin-auth-jwt/blob/main/path_login.go
import { WorkloadFailure, type FailureCode } from '../failure.ts';
import { quoteRemote } from '../remote-text.ts';
import { claimAt, shownClaim, type DecodedToken } from '../token/decode.ts';

export interface RefusedLogin {
  readonly role: string;
  readonly mount: string;
  readonly token: DecodedToken;
}

interface Row {
  readonly pattern: RegExp;
  readonly meaning: (login: RefusedLogin, match: RegExpExecArray) => string;
  readonly hint: (login: RefusedLogin, match: RegExpExecArray) => string;
  /** @default vault-refused */
  readonly code?: FailureCode;
}

const rolePath = ({ role, mount }: RefusedLogin): string => `auth/${mount}/role/${role}`;
const configPath = ({ mount }: RefusedLogin): string => `auth/${mount}/config`;
const claim = ({ token }: RefusedLogin, name = ''): string => `${name} = ${shownClaim(claimAt(token.claims, name))}`;
const mintable = ({ token }: RefusedLogin): string => `The token has: ${Object.keys(token.claims).sort().join(', ')}.`;

/** What Vault says when it cannot fetch the keys of the issuer. */
export const UNREACHABLE_ISSUER =
  /error configuring token validator|fetching keys|error checking (oidc discovery|jwks) URL|oidc: .*discovery/i;

const ROWS: readonly Row[] = [
  {
    pattern: /could not load configuration/,
    meaning: (l) => `the mount ${l.mount} has no configuration yet`,
    hint: (l) =>
      `Write ${configPath(l)} with oidc_discovery_url or jwks_url of the issuer ${shownClaim(l.token.claims.iss)}.`,
  },
  {
    pattern: /role "(.*)" could not be found/,
    meaning: (l) => `the mount ${l.mount} has no role "${l.role}"`,
    hint: (l) => `Check --role and --mount; \`vault list auth/${l.mount}/role\` shows the roles.`,
  },
  {
    pattern: /role with oidc role_type is not allowed/,
    meaning: (l) => `role "${l.role}" is for logins in a browser`,
    hint: (l) => `Write role_type=jwt to ${rolePath(l)}: Vault falls back to oidc on every write that leaves it out.`,
  },
  {
    pattern: UNREACHABLE_ISSUER,
    meaning: () => 'Vault cannot reach the issuer',
    hint: (l) =>
      `Vault's servers must be able to fetch ${String(l.token.claims.iss)}/.well-known/openid-configuration or the jwks_url in ${configPath(l)}: ` +
      'check their network, proxy and oidc_discovery_ca_pem or jwks_ca_pem.',
  },
  {
    pattern: /unexpected algorithm|unexpected signature algorithm/,
    meaning: (l) => `Vault does not take tokens signed with ${shownClaim(l.token.header.alg)}`,
    hint: (l) => `Add that algorithm to jwt_supported_algs in ${configPath(l)}.`,
  },
  {
    pattern: /error verifying token signature|no known key successfully validated/,
    meaning: (l) =>
      `none of the keys that the mount ${l.mount} knows has signed the token (alg ${shownClaim(l.token.header.alg)}, kid ${shownClaim(l.token.header.kid)})`,
    hint: (l) =>
      `Compare ${configPath(l)} with the issuer: ${claim(l, 'iss')}. The mount may be for another issuer, or hold keys that were rotated out.`,
  },
  {
    pattern: /invalid issuer \(iss\) claim/,
    meaning: (l) => `bound_issuer of the mount ${l.mount} is not the token's ${claim(l, 'iss')}`,
    hint: (l) => `Set bound_issuer in ${configPath(l)} to it, to the last character, or use the mount of this issuer.`,
  },
  {
    pattern: /invalid subject \(sub\) claim/,
    meaning: (l) => `bound_subject of role "${l.role}" is not the token's ${claim(l, 'sub')}`,
    hint: (l) => `Compare it with bound_subject in ${rolePath(l)}; a * in it is a plain character.`,
  },
  {
    pattern: /invalid audience( \(aud\))? claim/,
    meaning: (l) => `bound_audiences of role "${l.role}" has none of the token's ${claim(l, 'aud')}`,
    hint: (l) =>
      `Pass --audience with one of bound_audiences in ${rolePath(l)}, or add this one there (default: vault.hashicorp.com).`,
  },
  {
    pattern: /audience claim found in JWT but no audiences bound/,
    meaning: (l) => `the token has ${claim(l, 'aud')}, and role "${l.role}" binds no audience`,
    hint: (l) => `Set bound_audiences in ${rolePath(l)} to it.`,
  },
  {
    pattern: /token is expired/,
    meaning: (l) => `the token was past its ${claim(l, 'exp')} (seconds since 1970)`,
    hint: () => 'Use a fresh token; if it is fresh, compare the clocks of the issuer and of Vault.',
  },
  {
    pattern: /token not yet valid|token issued in the future/,
    meaning: (l) => `the token is from the future for Vault: ${claim(l, 'iat')}, ${claim(l, 'nbf')}`,
    hint: () => 'Compare the clocks of the issuer and of Vault; Vault tolerates clock_skew_leeway, 60 s unless set.',
  },
  {
    pattern: /no issued at \(iat\), not before \(nbf\), or expiration time/,
    meaning: () => 'the token has none of iat, nbf and exp',
    hint: () => 'Have the issuer put a lifetime into its tokens.',
  },
  {
    pattern: /claim "(.*?)" not found in token/,
    meaning: (l, [, name]) =>
      `role "${l.role}" reads the claim ${name ?? ''} (user_claim, groups_claim or claim_mappings), which the token has not`,
    hint: (l) => `${mintable(l)} Name one of these in ${rolePath(l)}.`,
  },
  {
    pattern: /could not be converted to string/,
    meaning: (l) => `a claim that role "${l.role}" copies is no string`,
    hint: (l) => `Copy only strings in user_claim and claim_mappings of ${rolePath(l)}.`,
  },
  {
    pattern: /claim "(.*?)" is missing/,
    meaning: (l, [, name]) => `role "${l.role}" binds the claim ${name ?? ''}, which the token has not`,
    hint: (l) =>
      `${mintable(l)} Bind one of these in bound_claims of ${rolePath(l)}, or use the role for this kind of workload.`,
  },
  {
    pattern: /claim "(.*?)" does not match any associated bound claim values/,
    meaning: (l, [, name]) => `role "${l.role}" does not admit the token's ${claim(l, name)}`,
    hint: (l, [, name]) =>
      `Compare it with bound_claims in ${rolePath(l)}: \`vault read ${rolePath(l)}\`. Types count ("1" is not 1), and a * in ${name ?? 'it'} is a pattern only with bound_claims_type=glob.`,
  },
  {
    pattern: /invalid alias metadata/,
    meaning: () => 'a claim that the role copies into metadata is too long (Vault takes 512 characters)',
    hint: (l) => `Leave it out of claim_mappings in ${rolePath(l)}.`,
  },
  {
    pattern: /Vault is sealed/,
    meaning: () => 'Vault is sealed',
    hint: () => 'Its operators have to unseal it.',
    code: 'unavailable',
  },
  {
    pattern: /request quota exceeded|rate limit/i,
    meaning: () => 'Vault limits the rate of logins',
    hint: () => 'Try again in a minute.',
    code: 'unavailable',
  },
  {
    pattern: /permission denied|no handler for route|unsupported path|missing client token/,
    meaning: (l) => `Vault has no login at auth/${l.mount}, or role "${l.role}" does not admit this network address`,
    hint: () =>
      'Check --mount (IDP_VAULT_MOUNT), --namespace (VAULT_NAMESPACE) and token_bound_cidrs of the role. `vault auth list` shows the mounts.',
  },
];

/** Explains a refused login. `errors` are Vault's messages. */
export function vaultRefusal(status: number, errors: readonly string[], login: RefusedLogin): WorkloadFailure {
  const said = errors.map((text) => quoteRemote(text, [login.token.jwt])).join('; ');
  const answer = `Vault said (HTTP ${status}): ${said === '' ? 'nothing' : said}`;
  for (const row of ROWS) {
    const match = row.pattern.exec(said);
    if (match === null) continue;
    return new WorkloadFailure(
      row.code ?? 'vault-refused',
      `${row.meaning(login, match)}.\n${answer}`,
      row.hint(login, match),
    );
  }
  return new WorkloadFailure(
    status >= 500 || status === 429 ? 'unavailable' : 'vault-refused',
    `Vault did not log the token in.\n${answer}`,
    status >= 500
      ? "Try again later; Vault's server log has the reason."
      : `Compare the token with ${rolePath(login)}: \`vault read ${rolePath(login)}\`.`,
  );
}
