/** What an admitted token gets at Vault, in the plain form that people and components write. */

export const VAULT_AUDIENCE = 'vault.hashicorp.com';

/** Kinds of Vault token: a batch token is not stored, so it can be neither renewed nor revoked (Vault, batch tokens). */
export const VaultTokenType = { Service: 'service', Batch: 'batch' } as const;
export type VaultTokenType = (typeof VaultTokenType)[keyof typeof VaultTokenType];

/** Plain form of what an admitted token gets at Vault. Times in seconds. */
export interface VaultGrantArgs {
  /** Policies that exist already. @default none */
  policies?: string[];
  /** Secret paths to read; `{claim}` stands for the token's value, `*` at the end for everything below. @default none */
  read?: string[];
  /** Secret paths to create and update. @default none */
  write?: string[];
  /** Version of the KV engine of these paths: 2 inserts `data/`. @default 1 */
  kv?: number;
  /** Audiences, any of which the token must have. @default `vault.hashicorp.com`, or none where tokens have none */
  audiences?: string[];
  /** Life of the Vault token. @default 900 */
  ttl?: number;
  /** Life to which it can be renewed. @default the same as `ttl` */
  maxTtl?: number;
  /** Life after which it ends, whatever the role says later. @default the same as `maxTtl` */
  explicitMaxTtl?: number;
  /** `service`, or `batch`, which lives for `ttl` and is not stored. @default `service` */
  tokenType?: VaultTokenType;
  /**
   * Whether tokens have Vault's policy `default` too, with which a token can look itself up and renew itself.
   * @default only where the token can be renewed, so where `maxTtl` is longer than `ttl`
   */
  defaultPolicy?: boolean;
  /** Networks from which the login, and every use of the token, must come: `10.0.0.0/8`. @default any */
  boundCidrs?: string[];
  /**
   * Further claims that policies of your own name, each with the metadata key: `{ project_id: "project" }`. Claims in `read` and
   * `write` are mapped by themselves. @default none
   */
  claimMappings?: Record<string, string>;
  /** Claim that names the Vault entity. @default an immutable id that tells workloads apart */
  userClaim?: string;
  /** Claim that lists groups, for external identity groups. @default none */
  groupsClaim?: string;
}
