/** The audit: every issue, every refusal and every change, with hashes where secrets would be. */

import { TEXT_LIMIT, auditRow } from '../store/entry.ts';
import { type AuditRow, type NewAuditRow } from '../store/schema.ts';
import { type AuditFilter, type Store } from '../store/store.ts';
import { type AuditEntry, type WrittenKind } from './audit-entry.ts';
import { type Issuer } from './settings.ts';

/** Written before the token leaves: what is not in the audit was not issued. */
export async function audit(issuer: Issuer, entry: AuditEntry): Promise<void> {
  await issuer.store.audit.append(toRow(issuer, entry));
  issuer.audited(issuer.settings.name, entry);
}

/**
 * Makes a change that is written as one with its entry.
 * @param write hands both to the store; false where nothing was changed, and then there is no entry
 */
export async function auditChange<T>(
  issuer: Issuer,
  entry: AuditEntry,
  write: (row: NewAuditRow) => Promise<T>,
): Promise<T> {
  const written = await write(toRow(issuer, entry));
  if (written !== false) issuer.audited(issuer.settings.name, entry);
  return written;
}

function toRow({ now, settings, actor }: Issuer, entry: AuditEntry): NewAuditRow {
  const { kind, organization, registration, upstream, jti, kid, sub, reason } = entry;
  const aud = entry.aud && JSON.stringify(entry.aud.map((value) => value.slice(0, TEXT_LIMIT)));
  return auditRow(
    { time: now(), kind, issuer: settings.name },
    { actor, organization, registration, upstream, jti, kid, sub, aud, token_sha256: entry.tokenSha256, reason },
  );
}

export interface AuditRecord extends Omit<AuditRow, 'aud' | 'kind'> {
  readonly kind: WrittenKind;
  readonly aud: string[] | null;
}

/** The newest first. @param before the id that the page before ended with */
export async function latestAudit(
  store: Store,
  limit: number,
  before?: number,
  filter: AuditFilter = {},
): Promise<readonly AuditRecord[]> {
  const rows = await store.audit.latest(limit, before, filter);
  return rows.map((row) => ({
    ...row,
    kind: row.kind as WrittenKind,
    aud: row.aud === null ? null : (JSON.parse(row.aud) as string[]),
  }));
}
