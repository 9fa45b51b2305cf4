/** Entries of the audit, as rows: what tells of a change is written with it, both or neither. */

import { type Transaction } from 'kysely';
import { type NewAuditRow, type Schema } from './schema.ts';

/** What others send is cut, or refusals would fill the store. */
export const TEXT_LIMIT = 500;

type Known = 'time' | 'kind' | 'issuer';
type Said = { readonly [C in Exclude<keyof NewAuditRow, Known>]?: NewAuditRow[C] | undefined };

/** What is not said is null. */
export function auditRow(known: Pick<NewAuditRow, Known>, said: Said): NewAuditRow {
  return {
    time: known.time,
    kind: known.kind,
    issuer: known.issuer,
    actor: said.actor?.slice(0, TEXT_LIMIT) ?? null,
    organization: said.organization ?? null,
    registration: said.registration ?? null,
    upstream: said.upstream ?? null,
    jti: said.jti ?? null,
    kid: said.kid ?? null,
    sub: said.sub ?? null,
    aud: said.aud ?? null,
    token_sha256: said.token_sha256 ?? null,
    reason: said.reason?.slice(0, TEXT_LIMIT) ?? null,
  };
}

export const AUDIT_COLUMNS = [
  ...(['time', 'kind', 'issuer', 'actor', 'organization', 'registration', 'upstream'] as const),
  ...(['jti', 'kid', 'sub', 'aud', 'token_sha256', 'reason'] as const),
] satisfies (keyof NewAuditRow)[];

/** PostgreSQL takes no NUL in a text, so there is no row with one in any store. */
export const hasNul = (text: string): boolean => text.includes('\0');

/** What clients send is in the audit, whatever it is. */
export function withoutNul(row: NewAuditRow): NewAuditRow {
  if (!AUDIT_COLUMNS.some((column) => typeof row[column] === 'string' && hasNul(row[column]))) return row;
  const entries = Object.entries(row).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value,
  ]);
  return Object.fromEntries(entries) as NewAuditRow;
}

/** In the transaction of the change that it tells of. */
export async function insertEntry(transaction: Transaction<Schema>, entry: NewAuditRow): Promise<void> {
  await transaction.insertInto('audit').values(withoutNul(entry)).execute();
}
