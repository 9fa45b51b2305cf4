/** What a person says beside the documents: how tokens look, who may be let in at all, and for how long. */

import { type ProfileOptions } from './profiles.ts';

/** A tenant that may be let in: an owner, an organization, a group, by the name or the id that tokens have. */
export interface AllowedTenant {
  /** `iss` of its tokens. @default any */
  readonly issuer?: string;
  readonly tenant: string;
}

/** In seconds. */
export interface MaximumLives {
  /** Of a session at AWS. */
  readonly session?: number;
  /** Of a token of Vault's. */
  readonly vaultToken?: number;
  /** Of an issuer's token. */
  readonly token?: number;
}

export interface LintOptions extends ProfileOptions {
  /** Every one of them. @default whoever a policy names */
  readonly tenants?: readonly AllowedTenant[];
  readonly maximum?: MaximumLives;
}

/** `acme`, or `https://token.actions.githubusercontent.com=acme`; undefined where a part is empty. */
export function readTenant(written: string): AllowedTenant | undefined {
  const at = written.indexOf('=');
  const [issuer, tenant] = at < 0 ? [undefined, written] : [written.slice(0, at), written.slice(at + 1)];
  if (tenant === '' || issuer === '' || /\s/.test(written)) return undefined;
  return { tenant, ...(issuer === undefined ? {} : { issuer }) };
}

/** The tenants whose tokens this issuer makes; undefined where nobody says who may be let in. */
export function tenantsOf(
  issuer: string,
  tenants: readonly AllowedTenant[] | undefined,
): readonly string[] | undefined {
  return tenants?.filter((one) => one.issuer === undefined || one.issuer === issuer).map(({ tenant }) => tenant);
}
