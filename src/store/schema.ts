/** The tables, as rows. Times are whole seconds since 1970; JSON columns are texts that the houses above parse. */

import { type Generated, type Selectable } from 'kysely';

/** One for each issuer; `version` counts the changes of its keys, for compare-and-set. */
export interface KeyRingTable {
  issuer: string;
  version: number;
}

/** Records of removed keys stay, without the private key, so that a `kid` is never given twice. */
export interface KeyTable {
  issuer: string;
  kid: string;
  algorithm: string;
  state: string;
  created_at: number;
  published_at: number | null;
  active_at: number | null;
  retiring_at: number | null;
  removed_at: number | null;
  public_jwk: string;
  /** What the custody of private keys needs to sign with it; null once the key is removed. */
  handle: string | null;
}

export interface OrganizationTable {
  issuer: string;
  id: string;
  version: number;
  profile: string;
  sub_fields: string;
  audiences: string | null;
  token_life_seconds: number | null;
  max_token_life_seconds: number | null;
  algorithm: string | null;
  facts: string;
  aws_session: string | null;
  created_at: number;
  updated_at: number;
}

export interface RegistrationTable {
  id: string;
  issuer: string;
  organization: string;
  profile: string | null;
  variant: string;
  facts: string;
  token_life_seconds: number | null;
  expires_at: number | null;
  /** Hexadecimal. The credential itself is nowhere. */
  credential_sha256: string;
  created_at: number;
}

/** Which registration a key of a client made, so that the same request makes no second one. */
export interface IdempotencyKeyTable {
  issuer: string;
  key: string;
  /** Of the request, hexadecimal. */
  request_sha256: string;
  registration: string;
  created_at: number;
}

/** Append-only. It refers to registrations and organizations by name alone, because it outlives them. */
export interface AuditTable {
  id: Generated<number>;
  time: number;
  kind: string;
  issuer: string;
  /** Who changed something; null where nobody of the admin API did. */
  actor: string | null;
  organization: string | null;
  registration: string | null;
  upstream: string | null;
  jti: string | null;
  kid: string | null;
  sub: string | null;
  aud: string | null;
  token_sha256: string | null;
  reason: string | null;
}

/**
 * One row, whose value is another after every update and removal of what may be kept in memory, whoever made it: triggers
 * see to that, also for a program that knows nothing of it. Random, so that a store that was restored has none of later.
 */
export interface RowChangesTable {
  latest: string;
}

/** One row. */
export interface SchemaVersionTable {
  version: number;
  /** The oldest version whose program can work with this schema. */
  least: number;
}

export interface Schema {
  key_rings: KeyRingTable;
  keys: KeyTable;
  organizations: OrganizationTable;
  registrations: RegistrationTable;
  idempotency_keys: IdempotencyKeyTable;
  audit: AuditTable;
  row_changes: RowChangesTable;
  schema_version: SchemaVersionTable;
}

export type KeyRow = KeyTable;
export type OrganizationRow = OrganizationTable;
export type RegistrationRow = RegistrationTable;
export type IdempotencyKeyRow = IdempotencyKeyTable;
export type AuditRow = Selectable<AuditTable>;
export type NewAuditRow = Omit<AuditRow, 'id'>;
