/** Key records in the store: rows to records and back. */

import { z } from 'zod';
import { auditRow } from '../../store/entry.ts';
import { type KeyRow, type NewAuditRow } from '../../store/schema.ts';
import { type KeyQueries } from '../../store/store.ts';
import { ALGORITHMS, type PublicJwk } from '../algorithms.ts';
import { KEY_STATES, type KeyChange, type KeyRecord, type KeyRecords, type RingRecords } from '../record.ts';

const publicJwk = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }),
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }),
]) satisfies z.ZodType<PublicJwk>;

const algorithm = z.enum(ALGORITHMS);
const state = z.enum(KEY_STATES);

export function storedRecords(queries: KeyQueries): KeyRecords {
  return {
    version: (issuer) => queries.version(issuer),
    load: (issuer) => loadRecords(queries, issuer),
    commit: (issuer, version, records, change) =>
      queries.commit(issuer, version, records.map(toRow), change && toEntry(issuer, change)),
  };
}

/** For those who only read. */
export async function loadRecords(queries: Pick<KeyQueries, 'load'>, issuer: string): Promise<RingRecords> {
  const { version, keys } = await queries.load(issuer);
  return { version, records: keys.map(fromRow) };
}

function fromRow(row: KeyRow): KeyRecord {
  return {
    issuer: row.issuer,
    kid: row.kid,
    algorithm: algorithm.parse(row.algorithm),
    state: state.parse(row.state),
    createdAt: row.created_at,
    publishedAt: row.published_at,
    activeAt: row.active_at,
    retiringAt: row.retiring_at,
    removedAt: row.removed_at,
    publicJwk: publicJwk.parse(JSON.parse(row.public_jwk)),
    handle: row.handle,
  };
}

function toEntry(issuer: string, { kind, kids, time, actor }: KeyChange): NewAuditRow {
  return auditRow({ time, kind, issuer }, { actor, kid: kids.join(' ') });
}

function toRow(record: KeyRecord): KeyRow {
  return {
    issuer: record.issuer,
    kid: record.kid,
    algorithm: record.algorithm,
    state: record.state,
    created_at: record.createdAt,
    published_at: record.publishedAt,
    active_at: record.activeAt,
    retiring_at: record.retiringAt,
    removed_at: record.removedAt,
    public_jwk: JSON.stringify(record.publicJwk),
    handle: record.handle,
  };
}
