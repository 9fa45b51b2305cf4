/** `pulumi up -s vault…`: a JWT mount for each issuer, a role with its policy for each entry, and groups. */

import * as vault from '@pulumi/vault';
import { TrustMode, VaultJwtMount, type VaultJwtMountArgs, VaultJwtRole } from '../components/index.ts';
import { type PlannedAccess, type PlannedGroup, type PlannedIssuer } from '../src/catalog/planned.ts';
import { type Selection } from '../src/catalog/select.ts';
import { type VaultGrantArgs } from '../src/trust/vault/grant.ts';
import { pathRules, renderPolicy } from '../src/trust/vault/path.ts';
import { leaving } from './adopt.ts';
import { type StackInput, issuerArgs } from './catalog.ts';
import { guardIssuers } from './guard.ts';

type VaultAccessEntry = PlannedAccess & { readonly vault: VaultGrantArgs };

const hasVault = (entry: PlannedAccess): entry is VaultAccessEntry => entry.vault !== undefined;

/** How a mount comes by the issuer's keys. */
export type KeysOf = (issuer: PlannedIssuer) => Pick<VaultJwtMountArgs, 'publicKeys' | 'caPem'>;

const fromIssuer: KeysOf = ({ ca }) => (ca === undefined ? {} : { caPem: ca });

export async function vaultStack({ settings, selection }: StackInput) {
  await guardIssuers(
    selection.issuers.filter(({ atVault }) => atVault).map(({ issuer }) => issuer),
    settings,
  );
  return provisionVault(selection, settings.protect);
}

/** @param keysOf for issuers that Vault does not reach */
export function provisionVault(selection: Selection, protect: boolean, keysOf: KeysOf = fromIssuer) {
  const namespace = selection.environment?.namespace;
  const place: Place = { ...(namespace === undefined ? {} : { namespace }) };
  const mounts = createMounts(selection, place, protect, keysOf);
  const roles = selection.access.filter(hasVault).flatMap((entry) => {
    const mount = mounts.get(entry.issuer.vaultMount);
    if (mount === undefined) return [];
    const role = createRole(entry, mount, place);
    return [[entry.name, { mount: mount.path, role: role.roleName, policies: role.policies }] as const];
  });
  for (const group of selection.groups) createGroup(group, mounts, place);
  return { roles: Object.fromEntries(roles) };
}

/** Arguments that all resources at Vault share. */
interface Place {
  /** Of Vault Enterprise or HCP; absent: that of the provider. */
  readonly namespace?: string;
}

/** All but its type and path. Vault takes no other description for a mount that is there: it would make a new one. */
const MOUNT_INPUTS = [
  'boundIssuer',
  'defaultRole',
  'jwksCaPem',
  'jwksUrl',
  'jwtSupportedAlgs',
  'jwtValidationPubkeys',
  'oidcDiscoveryCaPem',
  'oidcDiscoveryUrl',
  'tune',
] as const;

function createMounts(
  { issuers, makesShared }: Selection,
  place: Place,
  protect: boolean,
  keysOf: KeysOf,
): Map<string, VaultJwtMount> {
  const byPath = Map.groupBy(
    issuers.filter(({ atVault }) => atVault).map(({ issuer }) => issuer),
    ({ vaultMount }) => vaultMount,
  );
  const mounts = [...byPath].flatMap(([path, [issuer, ...others]]) => {
    if (issuer === undefined) return [];
    const said = [issuer, ...others].map(({ atVault }) => atVault).find((making) => making !== 'create');
    const mode = makesShared ? (said ?? TrustMode.Create) : TrustMode.Existing;
    const made = mode === TrustMode.Existing ? {} : { protect, ...keysOf(issuer) };
    const args = { issuer: issuerArgs(issuer), mode, path, ...place, ...made };
    const left = leaving('vault:jwt/authBackend:AuthBackend', [
      'description',
      ...(mode === TrustMode.Adopt ? MOUNT_INPUTS : []),
    ]);
    return [[path, new VaultJwtMount(path.replaceAll('/', '-'), args, { transformations: [left] })] as const];
  });
  return new Map(mounts);
}

/** All but its mount and name. */
const ROLE_INPUTS = [
  'boundAudiences',
  'boundClaims',
  'boundClaimsType',
  'boundSubject',
  'claimMappings',
  'disableBoundClaimsParsing',
  'groupsClaim',
  'roleType',
  'tokenBoundCidrs',
  'tokenExplicitMaxTtl',
  'tokenMaxTtl',
  'tokenNoDefaultPolicy',
  'tokenPolicies',
  'tokenTtl',
  'tokenType',
  'userClaim',
] as const;

function createRole(entry: VaultAccessEntry, mount: VaultJwtMount, place: Place): VaultJwtRole {
  const { name, issuer, args: admission, also, vault: grant, vaultRole } = entry;
  const left = leaving('vault:jwt/authBackendRole:AuthBackendRole', vaultRole.adopt ? ROLE_INPUTS : []);
  return new VaultJwtRole(
    name,
    {
      ...place,
      issuer: issuerArgs(issuer),
      admission,
      alsoAdmit: also.map((one) => ({ issuer: issuerArgs(one.issuer), admission: one.args })),
      grant,
      mount: issuer.vaultMount,
      accessor: mount.accessor,
      roleName: vaultRole.name,
      adopt: vaultRole.adopt,
    },
    { dependsOn: mount, transformations: [left] },
  );
}

/** Members by `groups_claim` of the role: Vault matches the alias at each login (Vault, identity: external groups). */
function createGroup(group: PlannedGroup, mounts: ReadonlyMap<string, VaultJwtMount>, place: Place): void {
  const mount = mounts.get(group.issuer.vaultMount);
  if (mount === undefined) return;
  const rules = pathRules(group.grant);
  const policy =
    rules.length === 0
      ? []
      : [
          new vault.Policy(`${group.name}-policy`, {
            name: `idp-group.${group.name}`,
            policy: renderPolicy(rules, ''),
            ...place,
          }),
        ];
  const policies = [...(group.grant.policies ?? []), ...policy.map(({ name }) => name)];
  const identity = new vault.identity.Group(`${group.name}-group`, {
    name: group.name,
    type: 'external',
    policies,
    ...place,
  });
  new vault.identity.GroupAlias(`${group.name}-alias`, {
    name: group.memberOf,
    mountAccessor: mount.accessor,
    canonicalId: identity.id,
    ...place,
  });
}
