/** Vault's JWT auth method, as its API has it: the mount's configuration and a role. */

/** `auth/<mount>/config`, the fields that decide about a login. */
export interface VaultJwtConfig {
  readonly oidc_discovery_url?: string;
  readonly jwks_url?: string;
  readonly jwks_pairs?: readonly unknown[];
  readonly jwt_validation_pubkeys?: readonly string[];
  readonly bound_issuer?: string;
  readonly jwt_supported_algs?: readonly string[];
  readonly default_role?: string;
}

export type BoundValue = string | number | boolean;

/** `auth/<mount>/role/<name>`, the fields that decide about a login. Times in seconds; 0: default, -1: off. */
export interface VaultJwtRole {
  readonly role_type?: string;
  readonly user_claim: string;
  /** Only then is a `user_claim` that begins with `/` a pointer. */
  readonly user_claim_json_pointer?: boolean;
  readonly bound_audiences?: readonly string[];
  readonly bound_subject?: string;
  readonly bound_claims_type?: string;
  readonly bound_claims?: Readonly<Record<string, BoundValue | readonly BoundValue[]>>;
  readonly claim_mappings?: Readonly<Record<string, string>>;
  readonly groups_claim?: string;
  readonly clock_skew_leeway?: number;
  readonly expiration_leeway?: number;
  readonly not_before_leeway?: number;
  readonly token_bound_cidrs?: readonly string[];
  readonly token_policies?: readonly string[];
  readonly token_no_default_policy?: boolean;
  /** `batch`, `service` or `default`. */
  readonly token_type?: string;
  /** Seconds between renewals of a token without an end; 0: none. */
  readonly token_period?: number;
  readonly token_num_uses?: number;
  readonly token_ttl?: number;
  readonly token_max_ttl?: number;
  readonly token_explicit_max_ttl?: number;
}
