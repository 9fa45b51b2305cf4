/** The raw resources of a role at Vault, for every component that makes one: components do not nest. */

import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { type Problem, type Result, problem, refuse, under } from '../../src/claims/problem.ts';
import { type AdmissionArgs } from '../../src/trust/admission.ts';
import { type VaultAccess, type VaultRoleDocument } from '../../src/trust/vault/compile.ts';
import { type VaultGrantArgs } from '../../src/trust/vault/grant.ts';
import { renderPolicy } from '../../src/trust/vault/path.ts';
import { compileVaultUnion } from '../../src/trust/vault/union.ts';
import { type IssuerArgs, admissionOf } from '../args.ts';
import {
  type ArgTable,
  type Later,
  checkArgs,
  given,
  mapped,
  outputOf,
  refuseIf,
  resolved,
  valueOf,
} from '../resolve.ts';
import { checkNamespace } from './namespace.ts';

/** A role at Vault, whoever may log in by it. */
export interface VaultRoleArgs {
  /** What they get. */
  grant: VaultGrantArgs;
  /** Path of the mount under `auth/`. */
  mount: pulumi.Input<string>;
  /** Accessor of the mount; paths with `{claim}` in them name it. @default none: such paths are refused */
  accessor?: pulumi.Input<string>;
  /** Name of the role, in lower case. @default the component's name */
  roleName?: string;
  /** Policies that exist already, beside those of `grant`: names that other resources yield. @default none */
  policies?: pulumi.Input<pulumi.Input<string>[]>;
  /** Further claims as metadata, beside those of `grant`: what a `VaultTemplatedPolicy` yields. @default none */
  claimMappings?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The role is there already: import it as it is. Take it away after the first update. @default false */
  adopt?: boolean;
  /** Namespace of Vault Enterprise or HCP. @default that of the provider */
  namespace?: pulumi.Input<string>;
}

export const VAULT_ROLE_ARGS: ArgTable<VaultRoleArgs> = {
  grant: 'required',
  mount: 'required',
  accessor: 'optional',
  roleName: 'optional',
  policies: 'optional',
  claimMappings: 'optional',
  adopt: 'optional',
  namespace: 'optional',
};

const GRANT_ARGS: ArgTable<VaultGrantArgs> = {
  policies: 'optional',
  read: 'optional',
  write: 'optional',
  kv: 'optional',
  audiences: 'optional',
  ttl: 'optional',
  maxTtl: 'optional',
  explicitMaxTtl: 'optional',
  tokenType: 'optional',
  defaultPolicy: 'optional',
  boundCidrs: 'optional',
  claimMappings: 'optional',
  userClaim: 'optional',
  groupsClaim: 'optional',
};

export interface CreatedVaultRole {
  readonly roleName: pulumi.Output<string>;
  readonly policies: pulumi.Output<string[]>;
}

export interface VaultRoleParts {
  readonly name: string;
  readonly issuer: IssuerArgs;
  readonly admission: pulumi.Input<AdmissionArgs>;
  /** Further tokens of the same `iss`. */
  readonly alsoAdmit?: readonly { readonly issuer: IssuerArgs; readonly admission: pulumi.Input<AdmissionArgs> }[];
  readonly parent: pulumi.Resource;
  /** Where the role was, for a program that has it by another component. */
  readonly aliases?: (child: string) => pulumi.Alias[];
}

/** Role, claim mappings and rules of the policy, or everything that is wrong. Pure. */
export function vaultAccess(
  issuer: IssuerArgs,
  admission: AdmissionArgs,
  grant: VaultGrantArgs,
  also: readonly { readonly issuer: IssuerArgs; readonly admission: AdmissionArgs }[] = [],
): Result<VaultAccess> {
  const first = admissionOf(issuer, admission);
  const others = also.map((one) => admissionOf(one.issuer, one.admission));
  const problems = others.flatMap((one, at) => (one.ok ? [] : under(['alsoAdmit', at], one.problems)));
  if (!first.ok || problems.length > 0) return refuse(...(first.ok ? [] : first.problems), ...problems);
  return compileVaultUnion([first.value, ...others.flatMap((one) => (one.ok ? [one.value] : []))], grant);
}

/** Makes the role and, where paths are granted, its policy. */
export function createVaultRole(args: VaultRoleArgs, parts: VaultRoleParts): CreatedVaultRole {
  const { name, parent, aliases } = parts;
  const optionsOf = (child: string) => ({ parent, ...(aliases === undefined ? {} : { aliases: aliases(child) }) });
  checkArgs(args.grant, GRANT_ARGS, parent, 'grant');
  const roleName = args.roleName ?? name;
  valueOf(refuseIf([...checkRoleName(roleName), ...checkAdopted(args)], undefined), parent);
  const namespace = given({ namespace: checkNamespace(args.namespace, parent) });
  const also = (parts.alsoAdmit ?? []).map((one) => one.admission);
  const inputs = {
    ...given({ admission: parts.admission, policies: args.policies, mappings: args.claimMappings }),
    also,
  };
  const access = resolved(inputs, ({ admission, policies, mappings, also: others }) => {
    const grant = merged(args.grant, policies, mappings);
    const beside = (parts.alsoAdmit ?? []).flatMap(({ issuer }, at) => {
      const other = others[at] as AdmissionArgs | undefined;
      return other === undefined ? [] : [{ issuer, admission: other }];
    });
    return valueOf(
      grant.ok ? vaultAccess(parts.issuer, admission as AdmissionArgs, grant.value, beside) : grant,
      parent,
    );
  });
  const generated = [];
  if ([...(args.grant.read ?? []), ...(args.grant.write ?? [])].length > 0) {
    const text = policyText(access, args.accessor, parent);
    const child = `${name}-policy`;
    const policy = { name: `idp-${roleName}`, policy: text, ...namespace };
    generated.push(new vault.Policy(child, policy, optionsOf(child)).name);
  }
  const document = mapped(access, ({ role }) => role);
  const policies = resolved({ document, generated }, ({ document: role, generated: names }) => [
    ...role.tokenPolicies,
    ...names,
  ]);
  const role = new vault.jwt.AuthBackendRole(
    `${name}-role`,
    { backend: args.mount, roleName, ...roleFields(document), tokenPolicies: policies, ...namespace },
    // A role is known by its path (Vault provider, jwt auth backend role: import).
    {
      ...optionsOf(`${name}-role`),
      ...given({
        import:
          args.adopt === true && typeof args.mount === 'string' ? `auth/${args.mount}/role/${roleName}` : undefined,
      }),
    },
  );
  return { roleName: role.roleName, policies: outputOf(policies) };
}

/** The policy in HCL. Metadata is of an alias, and an alias of a mount, so that templates need its accessor. */
export function policyText(
  access: Later<VaultAccess>,
  accessor: pulumi.Input<string> | undefined,
  resource: pulumi.Resource,
): pulumi.Output<string> {
  return pulumi.output(access).apply(({ rules }) => {
    const templated = rules.find(({ path }) => path.includes('{'));
    // Without templates the text is known at preview, before there is a mount.
    if (templated === undefined) return pulumi.output(renderPolicy(rules, ''));
    if (accessor !== undefined) return pulumi.output(accessor).apply((mount) => renderPolicy(rules, mount));
    const message = `\`${templated.path}\` names a claim, for which the mount's accessor is needed`;
    return valueOf(refuse(problem(['accessor'], message, 'pass the `accessor` of the VaultJwtMount')), resource);
  });
}

function merged(
  grant: VaultGrantArgs,
  policies: readonly string[] = [],
  mappings: Readonly<Record<string, string>> = {},
): Result<VaultGrantArgs> {
  const twice = Object.keys(mappings).filter((claim) => Object.hasOwn(grant.claimMappings ?? {}, claim));
  return refuseIf(
    twice.map((claim) => problem(['claimMappings', claim], 'this claim is mapped in `grant` already')),
    {
      ...grant,
      ...(policies.length > 0 ? { policies: [...(grant.policies ?? []), ...policies] } : {}),
      ...(Object.keys(mappings).length > 0 ? { claimMappings: { ...grant.claimMappings, ...mappings } } : {}),
    },
  );
}

function checkAdopted({ adopt = false, mount }: VaultRoleArgs): Problem[] {
  if (!adopt || typeof mount === 'string') return [];
  return [problem(['adopt'], 'to adopt a role its `mount` must be given as plain text')];
}

/** Vault lowers names, so that another spelling would be the same role under two names here. */
function checkRoleName(name: string): Problem[] {
  if (/^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/.test(name)) return [];
  return [problem(['roleName'], `\`${name}\` is no name of a role`, 'use a-z, 0-9 and between them . _ -')];
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

/** Each write resets what it leaves out, role type and kind of comparison among it: so every field is written. */
function roleFields(document: Later<VaultRoleDocument>) {
  const of = <T>(pick: (role: VaultRoleDocument) => T) => mapped(document, pick);
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
    tokenType: of((role) => role.tokenType),
    tokenNoDefaultPolicy: of((role) => role.tokenNoDefaultPolicy),
    tokenBoundCidrs: of((role) => [...role.tokenBoundCidrs]),
    tokenTtl: of((role) => role.tokenTtl),
    tokenMaxTtl: of((role) => role.tokenMaxTtl),
    tokenExplicitMaxTtl: of((role) => role.tokenExplicitMaxTtl),
  };
}
