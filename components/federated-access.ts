/** One admission, both targets: a role at AWS and a role at Vault for the same tokens. */

import * as pulumi from '@pulumi/pulumi';
import { problem, refuse } from '../src/claims/problem.ts';
import { type AdmissionArgs } from '../src/trust/admission.ts';
import { type SessionArgs } from '../src/trust/aws/session-demands.ts';
import { AwsFederatedRole } from './aws/federated-role.ts';
import { AWS_ROLE_ARGS, type AwsRoleArgs, type FederatedRole, createRoles } from './aws/role.ts';
import { type IssuerArgs, ISSUER_ARGS } from './args.ts';
import { type ArgTable, checkArgs, given, valueOf } from './resolve.ts';
import { inputsOf } from './told.ts';
import { VaultJwtRole } from './vault/jwt-role.ts';
import { VAULT_ROLE_ARGS, type VaultRoleArgs, createVaultRole } from './vault/role.ts';

/** What the tokens get at AWS. */
export interface FederatedAwsArgs extends AwsRoleArgs {
  /** Audiences, any of which a token must be for. @default `sts.amazonaws.com` */
  audiences?: pulumi.Input<pulumi.Input<string>[]>;
  /** Session tags and source identity that a token must carry. @default none, and a token that carries some is refused */
  session?: SessionArgs;
}

export interface FederatedAccessArgs {
  /** The issuer; AWS must have its OIDC provider, and Vault a mount for it. */
  issuer: IssuerArgs;
  /** Which of its tokens. Every claim must be enforced by each target that is given, or it is refused. */
  admission: pulumi.Input<AdmissionArgs>;
  /** The role at AWS. @default none */
  aws?: FederatedAwsArgs;
  /** The role at Vault. @default none */
  vault?: VaultRoleArgs;
}

const ARGS: ArgTable<FederatedAccessArgs> = {
  issuer: 'required',
  admission: 'required',
  aws: 'optional',
  vault: 'optional',
};

const AWS_ARGS: ArgTable<FederatedAwsArgs> = { ...AWS_ROLE_ARGS, audiences: 'optional', session: 'optional' };

/**
 * Access to AWS, Vault or both for one admission. Its children are the raw resources, under the names that `AwsFederatedRole` and
 * `VaultJwtRole` give them: a program that had those under the same name keeps what it provisioned.
 */
export class FederatedAccess extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:FederatedAccess';
  /** Roles at AWS: more than one only with `split`, none without `aws`. */
  readonly awsRoles: pulumi.Output<FederatedRole[]>;
  /** Name of the role at Vault; empty without `vault`. */
  readonly vaultRole: pulumi.Output<string>;
  /** Policies of its Vault tokens, the generated one included. */
  readonly vaultPolicies: pulumi.Output<string[]>;

  constructor(name: string, args: FederatedAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    const told = {
      admissions: [args.admission],
      sessionSeconds: args.aws?.maxSessionSeconds,
      grant: args.vault?.grant,
    };
    super(FederatedAccess.__pulumiType, name, inputsOf(args, told), opts);
    checkArgs(args, ARGS, this);
    checkArgs(args.issuer, ISSUER_ARGS, this, 'issuer');
    const { issuer, admission, aws, vault } = args;
    if (aws === undefined && vault === undefined) {
      valueOf(refuse(problem([], 'this access gives nothing', 'write `aws`, `vault` or both')), this);
    }
    // Only a component at the top of the program has such a URN; others name the one before in `aliases` themselves.
    const earlier = (type: string) => (child: string) => [
      { name: child, parent: `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${type}::${name}` },
    ];
    if (aws !== undefined) checkArgs(aws, AWS_ARGS, this, 'aws');
    if (vault !== undefined) checkArgs(vault, VAULT_ROLE_ARGS, this, 'vault');
    const roles =
      aws === undefined
        ? []
        : createRoles(aws, {
            name,
            admissions: [{ issuer, admission, ...given({ audiences: aws.audiences, session: aws.session }) }],
            parent: this,
            aliases: earlier(AwsFederatedRole.__pulumiType),
          });
    const role =
      vault === undefined
        ? undefined
        : createVaultRole(vault, {
            name,
            issuer,
            admission,
            parent: this,
            aliases: earlier(VaultJwtRole.__pulumiType),
          });
    this.awsRoles = pulumi.output([...roles]);
    this.vaultRole = role?.roleName ?? pulumi.output('');
    this.vaultPolicies = role?.policies ?? pulumi.output([]);
    this.registerOutputs();
  }
}
