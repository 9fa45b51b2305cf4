/** The audit: every issue, every refusal and every change, with hashes where secrets would be. */

import { type AuditRow } from '../store/schema.ts';
import { type AuditFilter, type Store } from '../store/store.ts';
import { type AuditEntry, type WrittenKind } from './audit-entry.ts';
import { type Issuer } from './settings.ts';

/** What a client sends is cut, or refusals would fill the store. */
const TEXT_LIMIT = 500;

/** Written before the token leaves: what is not in the audit was not issued. */
export async function audit(issuer: Issuer, entry: AuditEntry): Promise<void> {
  await issuer.store.audit.append({
    time: issuer.now(),
    kind: entry.kind,
    issuer: issuer.settings.name,
    actor: issuer.actor?.slice(0, TEXT_LIMIT) ?? null,
    organization: entry.organization ?? null,
    registration: entry.registration ?? null,
    upstream: entry.upstream ?? null,
    jti: entry.jti ?? null,
    kid: entry.kid ?? null,
    sub: entry.sub ?? null,
    aud: entry.aud === undefined ? null : JSON.stringify(entry.aud.map((value) => value.slice(0, TEXT_LIMIT))),
    token_sha256: entry.tokenSha256 ?? null,
    reason: entry.reason?.slice(0, TEXT_LIMIT) ?? null,
  });
  issuer.audited(issuer.settings.name, entry);
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
