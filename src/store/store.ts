/**
 * The port of the store: what the issuer keeps, and nothing of how. What changes something takes the entry of the audit that
 * tells of it: both are written or neither, whatever ends the process, and no entry where nothing was changed. While the store cannot be used its calls reject in
 * bounded time with `IssuerFault`, `store-unavailable`; they succeed again as soon as it is back, without opening it anew.
 */

import {
  type AuditRow,
  type IdempotencyKeyRow,
  type KeyRow,
  type NewAuditRow,
  type OrganizationRow,
  type RegistrationRow,
} from './schema.ts';

export interface StoredRing {
  /** 0 where there is no ring yet. */
  readonly version: number;
  readonly keys: readonly KeyRow[];
}

export interface KeyQueries {
  /** The version alone, to see cheaply whether anything changed. */
  version(issuer: string): Promise<number>;
  load(issuer: string): Promise<StoredRing>;
  /**
   * Compare-and-set of the whole ring: false where somebody else changed it since `version`.
   * @param entry absent where nobody did anything, and time alone has changed states
   */
  commit(issuer: string, version: number, keys: readonly KeyRow[], entry?: NewAuditRow): Promise<boolean>;
}

export interface OrganizationQueries {
  /** What this process changed is seen at once, what another did within 20 ms, or as long after as the store takes to answer. */
  find(issuer: string, id: string): Promise<OrganizationRow | undefined>;
  /** In the order of their ids, which is that of their bytes. @param after the id that the page before ended with */
  list(issuer: string, limit: number, after?: string): Promise<readonly OrganizationRow[]>;
  /** False where it exists already. */
  insert(row: OrganizationRow, entry: NewAuditRow): Promise<boolean>;
  /** Compare-and-set: `row.version` follows `version`; false where somebody else changed it since. */
  update(version: number, row: OrganizationRow, entry: NewAuditRow): Promise<boolean>;
}

/** Of the registration that a page ended with. */
export type RegistrationCursor = Pick<RegistrationRow, 'created_at' | 'id'>;

export interface RegistrationQueries {
  /** As an organization is: one that another process removed may be found that much longer. */
  find(id: string): Promise<RegistrationRow | undefined>;
  /** The newest first. @param after what the page before ended with, even if it is gone */
  list(
    issuer: string,
    organization: string,
    limit: number,
    after?: RegistrationCursor,
  ): Promise<readonly RegistrationRow[]>;
  /** Rejects where the organization is not there, or the id is taken. */
  insert(row: RegistrationRow, entry: NewAuditRow): Promise<void>;
  /** False where there is none. */
  remove(id: string, entry: NewAuditRow): Promise<boolean>;
}

export interface IdempotencyQueries {
  find(issuer: string, key: string): Promise<IdempotencyKeyRow | undefined>;
  /**
   * Inserts a registration and the key that it was asked for with. False where the key was used at
   * `since` or later; an older one is used anew. Rejects as the insertion of a registration does.
   */
  register(row: RegistrationRow, key: IdempotencyKeyRow, since: number, entry: NewAuditRow): Promise<boolean>;
  /** Forgets keys of before a time, as the audit's entries are removed. */
  removeBefore(time: number, limit: number): Promise<number>;
}

/** What is not said is no matter. Of times in seconds since 1970, `since` itself is within, and `until` is not. */
export interface AuditFilter {
  readonly issuer?: string | undefined;
  readonly organization?: string | undefined;
  readonly registration?: string | undefined;
  readonly kind?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface AuditQueries {
  append(row: NewAuditRow): Promise<void>;
  /** The newest first. @param before the id that the page before ended with */
  latest(limit: number, before?: number, filter?: AuditFilter): Promise<readonly AuditRow[]>;
  /**
   * Removes entries of before a time, the oldest first and `limit` at most, so that nobody else waits long. The number
   * that it removed: where it is `limit` there may be more. Replicas that do it at once share the work.
   */
  removeBefore(time: number, limit: number): Promise<number>;
}

export interface Store {
  readonly keys: KeyQueries;
  readonly organizations: OrganizationQueries;
  readonly registrations: RegistrationQueries;
  readonly idempotency: IdempotencyQueries;
  readonly audit: AuditQueries;
  /** Rejects where the store cannot be used: `store-unavailable`, or `store-newer` once a newer program has changed it. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What of a store can be read without changing it. */
export type StoreKeys = Pick<Store, 'close'> & {
  readonly keys: Pick<KeyQueries, 'load'>;
  readonly organizations: Pick<OrganizationQueries, 'list'>;
};
