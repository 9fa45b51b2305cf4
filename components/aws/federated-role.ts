/** An IAM role for workloads: who may assume it is what the admissions say, and nothing else. */

import * as pulumi from '@pulumi/pulumi';
import { ISSUER_ARGS } from '../args.ts';
import { type ArgTable, checkArgs, given } from '../resolve.ts';
import { inputsOf } from '../told.ts';
import { AWS_ROLE_ARGS, type AwsRoleArgs, type FederatedRole, createRoles } from './role.ts';
import { FEDERATED_ADMISSION_ARGS, type FederatedAdmissionArgs } from './trust.ts';

/** Which tokens may take the role, and the role. */
export interface AwsFederatedRoleArgs extends FederatedAdmissionArgs, AwsRoleArgs {
  /** Tokens of further issuers, or of the same one, that may take the role as well. @default none */
  alsoAdmit?: FederatedAdmissionArgs[];
}

const ARGS: ArgTable<AwsFederatedRoleArgs> = {
  ...FEDERATED_ADMISSION_ARGS,
  ...AWS_ROLE_ARGS,
  alsoAdmit: 'optional',
};

/**
 * An IAM role that the admissions' tokens, and no others, can assume with AssumeRoleWithWebIdentity.
 * Source: IAM, creating a role for OpenID Connect federation.
 */
export class AwsFederatedRole extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:AwsFederatedRole';
  /** ARN of the role; of the first one, where the trust policy was split. */
  readonly arn: pulumi.Output<string>;
  /** Name of the role; of the first one, where the trust policy was split. */
  readonly roleName: pulumi.Output<string>;
  /** Its trust policy, as JSON: known at preview. */
  readonly trustPolicy: pulumi.Output<string>;
  /** All roles: more than one only with `split`. */
  readonly roles: pulumi.Output<FederatedRole[]>;

  constructor(name: string, args: AwsFederatedRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    const admissions = [args.admission, ...(args.alsoAdmit ?? []).map((one) => one.admission)];
    const inputs = inputsOf(args, { admissions, sessionSeconds: args.maxSessionSeconds });
    super(AwsFederatedRole.__pulumiType, name, inputs, opts);
    checkArgs(args, ARGS, this);
    const { issuer, admission, audiences, session, alsoAdmit = [] } = args;
    for (const [at, other] of alsoAdmit.entries()) checkArgs(other, FEDERATED_ADMISSION_ARGS, this, `alsoAdmit.${at}`);
    for (const one of [args, ...alsoAdmit]) checkArgs(one.issuer, ISSUER_ARGS, this, 'issuer');
    const own = { issuer, admission, ...given({ audiences, session }) };
    const roles = createRoles(args, { name, admissions: [own, ...alsoAdmit], parent: this });
    const [{ arn, roleName, trustPolicy }] = roles;
    this.arn = arn;
    this.roleName = roleName;
    this.trustPolicy = trustPolicy;
    this.roles = pulumi.output(roles);
    this.registerOutputs();
  }
}
