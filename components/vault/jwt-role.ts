/** A role of a JWT mount, with the policy that goes with it: which tokens log in, and what they then may do. */

import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { readIssuer } from '../../src/claims/issuer.ts';
import { type Result } from '../../src/claims/problem.ts';
import { type AdmissionArgs } from '../../src/trust/admission.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { type VaultAccess, type VaultRoleDocument, compileVaultAccess } from '../../src/trust/vault/compile.ts';
import { type VaultGrantArgs } from '../../src/trust/vault/grant.ts';
import { renderPolicy } from '../../src/trust/vault/path.ts';
import { type IssuerArgs, issuerConfig } from '../args.ts';
import { resolved, valueOf } from '../resolve.ts';

export interface VaultJwtRoleArgs {
  /** The issuer whose tokens are admitted. */
  issuer: IssuerArgs;
  /** Which of its tokens. */
  admission: pulumi.Input<AdmissionArgs>;
  /** What they get. */
  grant: VaultGrantArgs;
  /** Path of the mount under `auth/`. */
  mount: pulumi.Input<string>;
  /** Accessor of the mount; paths with `{claim}` in them name it. */
  accessor: pulumi.Input<string>;
  /** Name of the role, in lower case. @default the component's name */
  roleName?: string;
}

/** Role, claim mappings and rules of the policy, or everything that is wrong. Pure. */
export function vaultAccess(
  issuerArgs: IssuerArgs,
  admissionArgs: AdmissionArgs,
  grant: VaultGrantArgs,
): Result<VaultAccess> {
  const issuer = readIssuer(issuerConfig(issuerArgs));
  if (!issuer.ok) return issuer;
  const admission = readAdmission(issuer.value, admissionArgs);
  return admission.ok ? compileVaultAccess(admission.value, grant) : admission;
}

/** The provider takes alternatives as one text with commas, unless told not to split at them. */
export function boundClaimsText(role: VaultRoleDocument) {
  const several = Object.values(role.boundClaims).some((values) => values.length > 1);
  return {
    boundClaims: Object.fromEntries(
      Object.entries(role.boundClaims).map(([claim, values]) => [claim, values.join(',')]),
    ),
    disableBoundClaimsParsing: !several,
  };
}

/** A role of a JWT mount and, where paths are granted, its policy. Source: Vault API, JWT auth: create role. */
export class VaultJwtRole extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:VaultJwtRole';
  /** Name of the role. */
  readonly roleName: pulumi.Output<string>;
  /** Policies of its tokens, the generated one included. */
  readonly policies: pulumi.Output<string[]>;

  constructor(name: string, args: VaultJwtRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(VaultJwtRole.__pulumiType, name, args, opts);
    const roleName = args.roleName ?? name;
    const access = resolved(args.admission, (admission) =>
      valueOf(vaultAccess(args.issuer, admission as AdmissionArgs, args.grant), this),
    );
    const granted = (args.grant.read ?? []).length + (args.grant.write ?? []).length > 0;
    const generated = granted ? [this.createPolicy(name, `idp-${roleName}`, access, args.accessor).name] : [];
    const document = access.apply(({ role }) => role);
    this.policies = pulumi
      .all([document, pulumi.all(generated)])
      .apply(([role, names]) => [...role.tokenPolicies, ...names]);
    const role = new vault.jwt.AuthBackendRole(
      `${name}-role`,
      { backend: args.mount, roleName, ...roleArgs(document), tokenPolicies: this.policies },
      { parent: this },
    );
    this.roleName = role.roleName;
    this.registerOutputs({ roleName: this.roleName, policies: this.policies });
  }

  private createPolicy(
    name: string,
    policyName: string,
    access: pulumi.Output<VaultAccess>,
    accessor: pulumi.Input<string>,
  ) {
    const text = pulumi.all([access, accessor]).apply(([{ rules }, mount]) => renderPolicy(rules, mount));
    return new vault.Policy(`${name}-policy`, { name: policyName, policy: text }, { parent: this });
  }
}

/** The fields of the role; optional ones are left undefined where the document has none. */
function roleArgs(document: pulumi.Output<VaultRoleDocument>) {
  const of = <T>(pick: (role: VaultRoleDocument) => T) => document.apply<T>(pick);
  return {
    roleType: 'jwt',
    userClaim: of((role) => role.userClaim),
    boundAudiences: of((role) => [...role.boundAudiences]),
    boundSubject: of((role) => role.boundSubject ?? ''),
    boundClaimsType: of((role) => role.boundClaimsType),
    boundClaims: of((role) => boundClaimsText(role).boundClaims),
    disableBoundClaimsParsing: of((role) => boundClaimsText(role).disableBoundClaimsParsing),
    claimMappings: of((role) => ({ ...role.claimMappings })),
    groupsClaim: of((role) => role.groupsClaim ?? ''),
    tokenTtl: of((role) => role.tokenTtl),
    tokenMaxTtl: of((role) => role.tokenMaxTtl),
    tokenExplicitMaxTtl: of((role) => role.tokenExplicitMaxTtl),
  };
}
