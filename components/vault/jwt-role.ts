/** A role of a JWT mount, with the policy that goes with it: which tokens log in, and what they then may do. */

import * as pulumi from '@pulumi/pulumi';
import { type AdmissionArgs } from '../../src/trust/admission.ts';
import { type IssuerArgs, ISSUER_ARGS } from '../args.ts';
import { type ArgTable, checkArgs } from '../resolve.ts';
import { inputsOf } from '../told.ts';
import { VAULT_ROLE_ARGS, type VaultRoleArgs, createVaultRole } from './role.ts';

/** Tokens of the same `iss` that are let in beside the others, such as those of its next version. */
export interface VaultAdmissionArgs {
  /** The issuer of the mount, as these tokens look. */
  issuer: IssuerArgs;
  /** Which of its tokens. */
  admission: pulumi.Input<AdmissionArgs>;
}

const ADMISSION_ARGS: ArgTable<VaultAdmissionArgs> = { issuer: 'required', admission: 'required' };

/** Which tokens log in, and the role that they log in by. */
export interface VaultJwtRoleArgs extends VaultRoleArgs {
  /** The issuer whose tokens are admitted. */
  issuer: IssuerArgs;
  /** Which of its tokens. */
  admission: pulumi.Input<AdmissionArgs>;
  /** Further tokens that the role lets in. Then all of them are told apart by `sub` alone. @default none */
  alsoAdmit?: VaultAdmissionArgs[];
}

const ARGS: ArgTable<VaultJwtRoleArgs> = { ...VAULT_ROLE_ARGS, ...ADMISSION_ARGS, alsoAdmit: 'optional' };

/** A role of a JWT mount and, where paths are granted, its policy. Source: Vault API, JWT auth: create role. */
export class VaultJwtRole extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:VaultJwtRole';
  /** Name of the role. */
  readonly roleName: pulumi.Output<string>;
  /** Policies of its tokens, the generated one included. */
  readonly policies: pulumi.Output<string[]>;

  constructor(name: string, args: VaultJwtRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    const admissions = [args.admission, ...(args.alsoAdmit ?? []).map((one) => one.admission)];
    super(VaultJwtRole.__pulumiType, name, inputsOf(args, { admissions, grant: args.grant }), opts);
    checkArgs(args, ARGS, this);
    checkArgs(args.issuer, ISSUER_ARGS, this, 'issuer');
    const { issuer, admission, alsoAdmit = [] } = args;
    for (const [at, other] of alsoAdmit.entries()) {
      checkArgs(other, ADMISSION_ARGS, this, `alsoAdmit.${at}`);
      checkArgs(other.issuer, ISSUER_ARGS, this, `alsoAdmit.${at}.issuer`);
    }
    const { roleName, policies } = createVaultRole(args, { name, issuer, admission, alsoAdmit, parent: this });
    this.roleName = roleName;
    this.policies = policies;
    this.registerOutputs();
  }
}
