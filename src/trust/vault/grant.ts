/** What an admitted token gets at Vault, in the plain form that people and components write. */

export const VAULT_AUDIENCE = 'vault.hashicorp.com';

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
  /** Claim that names the Vault entity. @default an immutable id that tells workloads apart */
  userClaim?: string;
  /** Claim that lists groups, for external identity groups. @default none */
  groupsClaim?: string;
}
