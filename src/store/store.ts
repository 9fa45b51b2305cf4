/** The port of the store: what the issuer keeps, and nothing of how. */

import { type AuditRow, type KeyRow, type OrganizationRow, type RegistrationRow } from './schema.ts';

export interface StoredRing {
  /** 0 where there is no ring yet. */
  readonly version: number;
  readonly keys: readonly KeyRow[];
}

export interface KeyQueries {
  /** The version alone, to see cheaply whether anything changed. */
  version(issuer: string): Promise<number>;
  load(issuer: string): Promise<StoredRing>;
  /** Compare-and-set of the whole ring: false where somebody else changed it since `version`. */
  commit(issuer: string, version: number, keys: readonly KeyRow[]): Promise<boolean>;
}

export interface OrganizationQueries {
  find(issuer: string, id: string): Promise<OrganizationRow | undefined>;
  /** False where it exists already. */
  insert(row: OrganizationRow): Promise<boolean>;
  /** Compare-and-set: `row.version` follows `version`; false where somebody else changed it since. */
  update(version: number, row: OrganizationRow): Promise<boolean>;
}

export interface RegistrationQueries {
  find(id: string): Promise<RegistrationRow | undefined>;
  /** The newest first. */
  list(issuer: string, organization: string, limit: number): Promise<readonly RegistrationRow[]>;
  insert(row: RegistrationRow): Promise<void>;
  /** False where there is none. */
  remove(id: string): Promise<boolean>;
}

export interface AuditQueries {
  append(row: Omit<AuditRow, 'id'>): Promise<void>;
  /** The newest first. */
  latest(limit: number): Promise<readonly AuditRow[]>;
}

export interface Store {
  readonly keys: KeyQueries;
  readonly organizations: OrganizationQueries;
  readonly registrations: RegistrationQueries;
  readonly audit: AuditQueries;
  /** Rejects where the store cannot be used. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
