/** The raw resources of a federated role, for every component that makes one: components do not nest. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type Problem, problem } from '../../src/claims/problem.ts';
import { TRUST_POLICY_MAXIMUM } from '../../src/trust/aws/policy.ts';
import { type ArgTable, type Later, checked, given, mapped, outputOf, refuseIf, valueOf } from '../resolve.ts';
import { checkPermissions, checkPolicyArns } from './permissions.ts';
import { type FederatedAdmissionArgs, type TrustInputs, trustPolicies } from './trust.ts';

/** A role at AWS, whoever may take it. */
export interface AwsRoleArgs {
  /** The account, 12 digits: the provider's ARN is built from it, so that the trust policy is known at preview. */
  accountId: pulumi.Input<string>;
  /** AWS partition: `aws`, `aws-cn`, `aws-us-gov`, … @default `aws` */
  partition?: pulumi.Input<string>;
  /** Name of the role. @default chosen by Pulumi */
  roleName?: pulumi.Input<string>;
  /** Path of the role: begins and ends with a slash. @default `/` */
  path?: pulumi.Input<string>;
  /** What the role is for. @default none */
  description?: pulumi.Input<string>;
  /** ARNs of managed policies. @default none */
  managedPolicyArns?: pulumi.Input<string>[];
  /** Inline policies by name, as JSON. @default none */
  inlinePolicies?: Record<string, pulumi.Input<string>>;
  /** Take away policies that were attached by hand or by another program. @default true */
  exclusivePolicies?: boolean;
  /**
   * Take policies with which a token is as good as the account: `AdministratorAccess`, `IAMFullAccess`, all actions on all resources.
   * @default false
   */
  dangerouslyAllowAdministrator?: boolean;
  /** ARN of the permissions boundary: the role can never do more. @default none */
  permissionsBoundary?: pulumi.Input<string>;
  /** Longest session in seconds, 3,600 to 43,200. @default 3600 */
  maxSessionSeconds?: pulumi.Input<number>;
  /** Characters that a trust policy may have in this account: the quota `Role trust policy length`, up to 4,096. @default 2048 */
  trustPolicyQuota?: number;
  /**
   * Where one trust policy is over the quota, make several roles with the same policies: a workload takes the one that admits it. Needs
   * an admission that is known when the program runs. @default false: it is refused
   */
  split?: boolean;
  /** The role is there already, under this `roleName`: import it as it is. Take it away after the first update. @default false */
  adopt?: boolean;
  /** Tags of the role. @default none */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

export const AWS_ROLE_ARGS: ArgTable<AwsRoleArgs> = {
  accountId: 'required',
  partition: 'optional',
  roleName: 'optional',
  path: 'optional',
  description: 'optional',
  managedPolicyArns: 'optional',
  inlinePolicies: 'optional',
  exclusivePolicies: 'optional',
  dangerouslyAllowAdministrator: 'optional',
  permissionsBoundary: 'optional',
  maxSessionSeconds: 'optional',
  trustPolicyQuota: 'optional',
  split: 'optional',
  adopt: 'optional',
  tags: 'optional',
};

/** A role that was made: several stand beside each other only where the trust policy had to be split. */
export interface FederatedRole {
  /** ARN of the role, for `idp login aws`. */
  arn: string;
  /** Name of the role. */
  roleName: string;
  /** Its trust policy, as JSON. */
  trustPolicy: string;
}

/** The same while it is made. */
export interface CreatedRole {
  readonly arn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  readonly trustPolicy: pulumi.Output<string>;
}

const DEFAULT_SESSION = 3600;

export interface RoleParts {
  readonly name: string;
  readonly admissions: readonly FederatedAdmissionArgs[];
  readonly parent: pulumi.Resource;
  /** Where the role was, for a program that has it by another component. */
  readonly aliases?: (child: string) => pulumi.Alias[];
}

/** Makes the role, or the roles, with their policies. */
export function createRoles(args: AwsRoleArgs, parts: RoleParts): [CreatedRole, ...CreatedRole[]] {
  const { name, parent } = parts;
  valueOf(refuseIf(checkPlainArgs(args), undefined), parent);
  const inputs: TrustInputs = {
    admissions: parts.admissions,
    ...given({ accountId: args.accountId, partition: args.partition }),
    ...given({ quota: args.trustPolicyQuota, split: args.split }),
  };
  const [first, ...others] = trustPolicies(inputs, parent);
  return [
    createRole(name, '', first, args, parts),
    ...others.map((trustPolicy, at) => createRole(`${name}-${at + 2}`, `-${at + 2}`, trustPolicy, args, parts)),
  ];
}

function createRole(
  name: string,
  suffix: string,
  trustPolicy: Later<string>,
  args: AwsRoleArgs,
  { parent, aliases }: RoleParts,
): CreatedRole {
  const optionsOf = (child: string) => ({ parent, ...(aliases === undefined ? {} : { aliases: aliases(child) }) });
  const { description, tags } = args;
  const roleName =
    args.roleName === undefined
      ? undefined
      : mapped(checked(args.roleName, checkRoleName, parent), (value) => `${value}${suffix}`);
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      assumeRolePolicy: trustPolicy,
      // The attachments below are not taken away by their own deletion, and a role that has some cannot be deleted.
      forceDetachPolicies: true,
      maxSessionDuration: checked(args.maxSessionSeconds ?? DEFAULT_SESSION, checkSession, parent),
      ...given({
        name: roleName,
        path: args.path === undefined ? undefined : checked(args.path, checkPath, parent),
        permissionsBoundary:
          args.permissionsBoundary === undefined ? undefined : checked(args.permissionsBoundary, checkBoundary, parent),
        description,
        tags,
      }),
    },
    // A role is known by its name (IAM role, import).
    {
      ...optionsOf(`${name}-role`),
      ...given({ import: args.adopt === true && typeof args.roleName === 'string' ? args.roleName : undefined }),
    },
  );
  grantPolicies(name, role, args, parent, optionsOf);
  return { arn: role.arn, roleName: role.name, trustPolicy: outputOf(trustPolicy) };
}

/** The role's policies; unless told otherwise, what is attached outside of this program is taken away again. */
function grantPolicies(
  name: string,
  role: aws.iam.Role,
  args: AwsRoleArgs,
  parent: pulumi.Resource,
  optionsOf: (child: string) => pulumi.CustomResourceOptions,
): void {
  const { exclusivePolicies = true, dangerouslyAllowAdministrator: administrator = false } = args;
  const inline = Object.entries(args.inlinePolicies ?? {}).map(([policyName, policy]) => {
    const child = `${name}-inline-${policyName}`;
    const document = checked(policy, (text) => checkPermissions(policyName, text, administrator), parent);
    return new aws.iam.RolePolicy(child, { role: role.name, name: policyName, policy: document }, optionsOf(child));
  });
  const arns = (args.managedPolicyArns ?? []).map((arn) =>
    checked(arn, (value) => checkPolicyArns([value], administrator), parent),
  );
  if (exclusivePolicies) {
    new aws.iam.RolePoliciesExclusive(
      `${name}-inline-exclusive`,
      { roleName: role.name, policyNames: inline.map((policy) => policy.name) },
      optionsOf(`${name}-inline-exclusive`),
    );
    new aws.iam.RolePolicyAttachmentsExclusive(
      `${name}-managed-exclusive`,
      { roleName: role.name, policyArns: arns },
      optionsOf(`${name}-managed-exclusive`),
    );
    return;
  }
  for (const [index, policyArn] of arns.entries()) {
    const child = `${name}-managed-${index}`;
    new aws.iam.RolePolicyAttachment(child, { role: role.name, policyArn }, optionsOf(child));
  }
}

/** Limits of IAM's CreateRole. */
function checkRoleName(name: string): Problem[] {
  if (/^[\w+=,.@-]{1,64}$/.test(name)) return [];
  return [problem(['roleName'], `\`${name}\` is no name of a role`, 'AWS takes 1 to 64 of A-Z a-z 0-9 _ + = , . @ -')];
}

function checkPath(path: string): Problem[] {
  if (/^\/(?:[\x21-\x7e]{1,510}\/)?$/.test(path)) return [];
  return [problem(['path'], `\`${path}\` is no path`, 'it begins and ends with a slash: /workloads/')];
}

function checkBoundary(arn: string): Problem[] {
  if (/^arn:[a-z-]+:iam::(?:aws|[0-9]{12}):policy\/.+$/.test(arn)) return [];
  return [problem(['permissionsBoundary'], `\`${arn}\` is no ARN of a managed policy`)];
}

function checkSession(seconds: number): Problem[] {
  if (Number.isInteger(seconds) && seconds >= 3600 && seconds <= 43200) return [];
  return [problem(['maxSessionSeconds'], `${seconds} is no session length: a role takes 3600 to 43200 seconds`)];
}

function checkPlainArgs(args: AwsRoleArgs): Problem[] {
  const { trustPolicyQuota: quota, inlinePolicies = {}, adopt = false, roleName, split = false } = args;
  const fits = quota === undefined || (Number.isInteger(quota) && quota > 0 && quota <= TRUST_POLICY_MAXIMUM);
  return [
    ...(fits
      ? []
      : [problem(['trustPolicyQuota'], `${quota} is no quota: AWS raises it to ${TRUST_POLICY_MAXIMUM} at most`)]),
    ...(adopt && typeof roleName !== 'string'
      ? [problem(['adopt'], 'to adopt a role its `roleName` must be given as plain text')]
      : []),
    ...(adopt && split ? [problem(['adopt'], 'one role is adopted, and `split` may make several')] : []),
    ...Object.keys(inlinePolicies)
      .filter((name) => !/^[\w+=,.@-]{1,128}$/.test(name))
      .map((name) => problem(['inlinePolicies', name], 'this is no name of a policy')),
  ];
}
