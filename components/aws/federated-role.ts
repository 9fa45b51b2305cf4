/** An IAM role for workloads: who may assume it is an admission, and nothing else than it says. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { readIssuer } from '../../src/claims/issuer.ts';
import { type Result, accept, problem, refuse } from '../../src/claims/problem.ts';
import { conditionPrefix } from '../../src/claims/profile.ts';
import { type AdmissionArgs } from '../../src/trust/admission.ts';
import { compileTrustPolicy, providerArn } from '../../src/trust/aws/compile.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { type IssuerArgs, issuerConfig } from '../args.ts';
import { resolved, valueOf } from '../resolve.ts';

export interface AwsFederatedRoleArgs {
  /** The issuer whose tokens are admitted; its OIDC provider must exist in the account (see `AwsOidcProvider`). */
  issuer: IssuerArgs;
  /** Which of its tokens. */
  admission: pulumi.Input<AdmissionArgs>;
  /** The account, 12 digits: the provider's ARN is built from it, so that the trust policy is known at preview. */
  accountId: pulumi.Input<string>;
  /** AWS partition. @default `aws` */
  partition?: pulumi.Input<string>;
  /** Audiences, any of which a token must be for. @default `sts.amazonaws.com` */
  audiences?: pulumi.Input<pulumi.Input<string>[]>;
  /** Name of the role. @default chosen by Pulumi */
  roleName?: pulumi.Input<string>;
  /** What the role is for. @default none */
  description?: pulumi.Input<string>;
  /** ARNs of managed policies; any other that is attached by hand is detached. @default none */
  managedPolicyArns?: pulumi.Input<string>[];
  /** Inline policies by name, as JSON; any other is removed. @default none */
  inlinePolicies?: Record<string, pulumi.Input<string>>;
  /** ARN of the permissions boundary. @default none */
  permissionsBoundary?: pulumi.Input<string>;
  /** Longest session in seconds, 3,600 to 43,200. @default 3600 */
  maxSessionSeconds?: pulumi.Input<number>;
  /** Characters that a trust policy may have in this account. @default 2048 */
  trustPolicyQuota?: number;
  /** Tags of the role. @default none */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

export interface TrustPolicyInputs {
  readonly issuer: IssuerArgs;
  readonly admission: AdmissionArgs;
  readonly accountId: string;
  readonly partition: string;
  readonly audiences?: readonly string[] | undefined;
  readonly quota?: number | undefined;
}

/** The trust policy as JSON, or everything that is wrong. Pure. */
export function trustPolicyJson(inputs: TrustPolicyInputs): Result<string> {
  if (!/^[0-9]{12}$/.test(inputs.accountId)) {
    return refuse(problem(['accountId'], `\`${inputs.accountId}\` is no AWS account: it has 12 digits`));
  }
  const issuer = readIssuer(issuerConfig(inputs.issuer));
  if (!issuer.ok) return issuer;
  const admission = readAdmission(issuer.value, inputs.admission);
  if (!admission.ok) return admission;
  const policy = compileTrustPolicy(admission.value, {
    providerArn: providerArn(inputs.partition, inputs.accountId, conditionPrefix(issuer.value) ?? ''),
    ...(inputs.audiences === undefined ? {} : { audiences: inputs.audiences }),
    ...(inputs.quota === undefined ? {} : { quota: inputs.quota }),
  });
  return policy.ok ? accept(JSON.stringify(policy.value)) : policy;
}

const DEFAULT_SESSION = 3600;

function checkSession(seconds: number): Result<number> {
  if (Number.isInteger(seconds) && seconds >= 3600 && seconds <= 43200) return accept(seconds);
  return refuse(problem(['maxSessionSeconds'], `${seconds} is no session length: a role takes 3600 to 43200 seconds`));
}

/**
 * An IAM role that the admission's tokens, and no others, can assume with AssumeRoleWithWebIdentity.
 * Source: IAM, creating a role for OpenID Connect federation.
 */
export class AwsFederatedRole extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:AwsFederatedRole';
  /** ARN of the role. */
  readonly arn: pulumi.Output<string>;
  /** Name of the role. */
  readonly roleName: pulumi.Output<string>;
  /** The trust policy, as JSON. */
  readonly trustPolicy: pulumi.Output<string>;

  constructor(name: string, args: AwsFederatedRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(AwsFederatedRole.__pulumiType, name, args, opts);
    const { issuer, admission, accountId, audiences, trustPolicyQuota: quota } = args;
    const inputs = { issuer, admission, accountId, partition: args.partition ?? 'aws', audiences, quota };
    this.trustPolicy = resolved(inputs, (values) => valueOf(trustPolicyJson(values as TrustPolicyInputs), this));
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        assumeRolePolicy: this.trustPolicy,
        // The attachments below are not taken away by their own deletion, and a role that has some cannot be deleted.
        forceDetachPolicies: true,
        maxSessionDuration: resolved(args.maxSessionSeconds ?? DEFAULT_SESSION, (value) =>
          valueOf(checkSession(value), this),
        ),
        ...(args.roleName === undefined ? {} : { name: args.roleName }),
        ...(args.description === undefined ? {} : { description: args.description }),
        ...(args.permissionsBoundary === undefined ? {} : { permissionsBoundary: args.permissionsBoundary }),
        ...(args.tags === undefined ? {} : { tags: args.tags }),
      },
      { parent: this },
    );
    this.arn = role.arn;
    this.roleName = role.name;
    grantPolicies(name, role, args, this);
    this.registerOutputs({ arn: this.arn, roleName: this.roleName, trustPolicy: this.trustPolicy });
  }
}

/** The role's policies, exclusively: what is attached outside of this program is taken away again. */
function grantPolicies(name: string, role: aws.iam.Role, args: AwsFederatedRoleArgs, parent: pulumi.Resource): void {
  const inline = Object.entries(args.inlinePolicies ?? {}).map(
    ([policyName, policy]) =>
      new aws.iam.RolePolicy(`${name}-inline-${policyName}`, { role: role.name, name: policyName, policy }, { parent }),
  );
  new aws.iam.RolePoliciesExclusive(
    `${name}-inline-exclusive`,
    { roleName: role.name, policyNames: inline.map((policy) => policy.name) },
    { parent },
  );
  new aws.iam.RolePolicyAttachmentsExclusive(
    `${name}-managed-exclusive`,
    { roleName: role.name, policyArns: args.managedPolicyArns ?? [] },
    { parent },
  );
}
