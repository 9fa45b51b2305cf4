/** Rows to begin from. */
import { type AuditRow, type KeyRow, type OrganizationRow, type RegistrationRow } from '../../src/store/schema.ts';

export const ORGANIZATION: OrganizationRow = {
  issuer: 'ona',
  id: 'acme',
  version: 1,
  profile: 'ona-v3',
  sub_fields: '[]',
  audiences: null,
  token_life_seconds: null,
  max_token_life_seconds: null,
  algorithm: null,
  facts: '{}',
  aws_session: null,
  created_at: 1,
  updated_at: 1,
};

export const REGISTRATION: RegistrationRow = {
  id: 'r1',
  issuer: 'ona',
  organization: 'acme',
  profile: null,
  variant: 'environment',
  facts: '{}',
  token_life_seconds: null,
  expires_at: null,
  credential_sha256: '00',
  created_at: 1,
};

export const KEY: KeyRow = {
  issuer: 'ona',
  kid: 'k0',
  algorithm: 'RS256',
  state: 'active',
  created_at: 1,
  published_at: 1,
  active_at: 1,
  retiring_at: null,
  removed_at: null,
  public_jwk: '{}',
  handle: 'sealed',
};

export const ENTRY: Omit<AuditRow, 'id'> = {
  time: 1,
  kind: 'issued',
  issuer: 'ona',
  actor: null,
  organization: 'acme',
  registration: 'r1',
  upstream: null,
  jti: null,
  kid: 'k0',
  sub: 'organization_id:acme',
  aud: '["a"]',
  token_sha256: '00',
  reason: null,
};
