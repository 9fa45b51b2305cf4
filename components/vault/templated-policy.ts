/** A Vault policy whose paths hold claims of the token, checked against who is admitted. */

import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { type AdmissionArgs } from '../../src/trust/admission.ts';
import { renderPolicy } from '../../src/trust/vault/path.ts';
import { type IssuerArgs } from '../args.ts';
import { resolved, valueOf } from '../resolve.ts';
import { vaultAccess } from './jwt-role.ts';

export interface VaultTemplatedPolicyArgs {
  /** The issuer whose claims the paths name. */
  issuer: IssuerArgs;
  /** Which of its tokens get the policy: a claim in a path must be an id, or bound here to exact values. */
  admission: pulumi.Input<AdmissionArgs>;
  /** Accessor of the JWT mount. */
  accessor: pulumi.Input<string>;
  /** Secret paths to read; `{claim}` stands for the value. @default none */
  read?: string[];
  /** Secret paths to create and update. @default none */
  write?: string[];
  /** Version of the KV engine of these paths: 2 inserts `data/`. @default 1 */
  kv?: number;
  /** Name of the policy. @default the component's name */
  policyName?: string;
}

/**
 * A templated policy. The role that grants it must map the claims (`claimMappings`) to metadata of the same name.
 * Source: Vault, templated policies.
 */
export class VaultTemplatedPolicy extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:VaultTemplatedPolicy';
  /** Name of the policy. */
  readonly policyName: pulumi.Output<string>;
  /** Claims to be mapped, each to metadata of its own name. */
  readonly claimMappings: pulumi.Output<Record<string, string>>;
  /** The policy, in HCL. */
  readonly policy: pulumi.Output<string>;

  constructor(name: string, args: VaultTemplatedPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(VaultTemplatedPolicy.__pulumiType, name, args, opts);
    const { issuer, read, write, kv } = args;
    const grant = {
      ...(read === undefined ? {} : { read }),
      ...(write === undefined ? {} : { write }),
      ...(kv === undefined ? {} : { kv }),
    };
    const access = resolved(args.admission, (admission) =>
      valueOf(vaultAccess(issuer, admission as AdmissionArgs, grant), this),
    );
    this.policy = pulumi.all([access, args.accessor]).apply(([{ rules }, accessor]) => renderPolicy(rules, accessor));
    this.claimMappings = access.apply(({ role }) => ({ ...role.claimMappings }));
    const policy = new vault.Policy(
      `${name}-policy`,
      { name: args.policyName ?? name, policy: this.policy },
      { parent: this },
    );
    this.policyName = policy.name;
    this.registerOutputs({ policyName: this.policyName, claimMappings: this.claimMappings, policy: this.policy });
  }
}
