/** The pack: all trust policies under one name. */

import { PolicyPack } from '@pulumi/policy';
import { type TrustPolicyOptions, trustPolicies } from './policies.ts';

export interface TrustPackOptions extends TrustPolicyOptions {
  /** @default `idp-kit` */
  readonly name?: string;
}

/** Serves the pack to the engine that started this process. The working folder has a `package.json` with the version. */
export function createTrustPack({ name = 'idp-kit', ...options }: TrustPackOptions = {}): PolicyPack {
  return new PolicyPack(name, {
    policies: trustPolicies(options),
    displayName: 'Workload identity',
    description: 'Who gains access by trust at AWS and Vault, and should not.',
  });
}
