/** A Vault policy whose paths hold claims of the token, checked against who is admitted. */

import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { type AdmissionArgs } from '../../src/trust/admission.ts';
import { type VaultGrantArgs } from '../../src/trust/vault/grant.ts';
import { type IssuerArgs, ISSUER_ARGS } from '../args.ts';
import { type ArgTable, checkArgs, given, mapped, outputOf, resolved, valueOf } from '../resolve.ts';
import { inputsOf } from '../told.ts';
import { checkNamespace } from './namespace.ts';
import { policyText, vaultAccess } from './role.ts';

export interface VaultTemplatedPolicyArgs {
  /** The issuer whose claims the paths name. */
  issuer: IssuerArgs;
  /** Which of its tokens get the policy: a claim in a path must be an id, or bound here to exact values. */
  admission: pulumi.Input<AdmissionArgs>;
  /** Accessor of the JWT mount. */
  accessor: pulumi.Input<string>;
  /** Secret paths to read; `{claim}` as a whole segment stands for the token's value. @default none */
  read?: string[];
  /** Secret paths to create and update. @default none */
  write?: string[];
  /** Version of the KV engine of these paths: 2 inserts `data/`. @default 1 */
  kv?: number;
  /** Name of the policy. @default the component's name */
  policyName?: string;
  /** Namespace of Vault Enterprise or HCP. @default that of the provider */
  namespace?: pulumi.Input<string>;
}

const ARGS: ArgTable<VaultTemplatedPolicyArgs> = {
  issuer: 'required',
  admission: 'required',
  accessor: 'required',
  read: 'optional',
  write: 'optional',
  kv: 'optional',
  policyName: 'optional',
  namespace: 'optional',
};

/**
 * A templated policy. The role that grants it takes its `policyName` and its `claimMappings`.
 * Source: Vault, templated policies.
 */
export class VaultTemplatedPolicy extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:VaultTemplatedPolicy';
  /** Name of the policy. */
  readonly policyName: pulumi.Output<string>;
  /** Claims that the role must map, each to metadata of its own name. */
  readonly claimMappings: pulumi.Output<Record<string, string>>;
  /** The policy, in HCL. */
  readonly policy: pulumi.Output<string>;

  constructor(name: string, args: VaultTemplatedPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(VaultTemplatedPolicy.__pulumiType, name, inputsOf(args, { admissions: [args.admission], grant: args }), opts);
    checkArgs(args, ARGS, this);
    checkArgs(args.issuer, ISSUER_ARGS, this, 'issuer');
    const { issuer, read, write, kv } = args;
    const grant: VaultGrantArgs = given({ read, write, kv });
    const access = resolved(args.admission, (admission) =>
      valueOf(vaultAccess(issuer, admission as AdmissionArgs, grant), this),
    );
    this.policy = policyText(access, args.accessor, this);
    this.claimMappings = outputOf(mapped(access, ({ role }) => ({ ...role.claimMappings })));
    const namespace = checkNamespace(args.namespace, this);
    const policy = new vault.Policy(
      `${name}-policy`,
      { name: args.policyName ?? name, policy: this.policy, ...given({ namespace }) },
      { parent: this },
    );
    this.policyName = policy.name;
    this.registerOutputs({ policyName: this.policyName, claimMappings: this.claimMappings, policy: this.policy });
  }
}
