/** One entry of the audit: what was issued, refused or changed. */

/** What is written. */
export const AUDIT_KINDS = [
  'issued',
  'refused',
  'organization-changed',
  'registered',
  'unregistered',
  'keys-rotated',
  'keys-replaced',
  'keys-published',
  'keys-resealed',
] as const;

export type WrittenKind = (typeof AUDIT_KINDS)[number];

/** `limited` is counted, and not written. */
export type AuditKind = WrittenKind | 'limited';

export interface AuditEntry {
  readonly kind: AuditKind;
  readonly organization?: string | undefined;
  readonly registration?: string | undefined;
  readonly upstream?: string | undefined;
  readonly jti?: string | undefined;
  readonly kid?: string | undefined;
  readonly sub?: string | undefined;
  readonly aud?: readonly string[] | undefined;
  readonly tokenSha256?: string | undefined;
  readonly reason?: string | undefined;
}
