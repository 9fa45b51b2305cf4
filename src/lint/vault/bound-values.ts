/** Values that a role binds, one by one. */

import { type BoundValue } from '../../trust/vault/role.ts';
import { type VaultTrust } from './login.ts';

export interface BoundText {
  readonly claim: string;
  readonly value: BoundValue;
}

export function boundValues({ role }: Pick<VaultTrust, 'role'>): readonly BoundText[] {
  return Object.entries(role.bound_claims ?? {}).flatMap(([claim, bound]) =>
    [bound].flat().map((value) => ({ claim, value })),
  );
}

export const isGlob = ({ role }: Pick<VaultTrust, 'role'>): boolean => role.bound_claims_type === 'glob';
