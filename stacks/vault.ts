/** `pulumi up -s vault…`: a JWT mount for each issuer, a role with its policy for each entry, and groups. */

import * as vault from '@pulumi/vault';
import { VaultJwtMount, VaultJwtRole } from '../components/index.ts';
import { type CatalogPlan, type PlannedAccess, type PlannedGroup } from '../src/catalog/plan.ts';
import { type VaultGrantArgs } from '../src/trust/vault/grant.ts';
import { pathRules, renderPolicy } from '../src/trust/vault/path.ts';
import { issuerArgs } from './plan.ts';

type VaultAccessEntry = PlannedAccess & { readonly vault: VaultGrantArgs };

const hasVault = (entry: PlannedAccess): entry is VaultAccessEntry => entry.vault !== undefined;

export function vaultStack(plan: CatalogPlan) {
  const entries = plan.access.filter(hasVault);
  const mounts = createMounts([...entries, ...plan.groups]);
  const roles = entries.flatMap((entry) => {
    const mount = mounts.get(entry.issuer.vaultMount);
    if (mount === undefined) return [];
    const { accessor, path } = mount;
    const args = { issuer: issuerArgs(entry.issuer), admission: entry.args, grant: entry.vault, mount: path, accessor };
    const role = new VaultJwtRole(entry.name, args);
    return [[entry.name, { mount: path, role: role.roleName, policies: role.policies }] as const];
  });
  for (const group of plan.groups) createGroup(group, mounts);
  return { roles: Object.fromEntries(roles) };
}

function createMounts(users: readonly (PlannedAccess | PlannedGroup)[]): Map<string, VaultJwtMount> {
  const issuers = new Map(users.map(({ issuer }) => [issuer.vaultMount, issuer]));
  return new Map(
    [...issuers].map(([path, issuer]) => {
      const ca = issuer.ca === undefined ? {} : { caPem: issuer.ca };
      return [path, new VaultJwtMount(path.replaceAll('/', '-'), { issuer: issuerArgs(issuer), path, ...ca })];
    }),
  );
}

/** Members by `groups_claim` of the role: Vault matches the alias at each login (Vault, identity: external groups). */
function createGroup(group: PlannedGroup, mounts: ReadonlyMap<string, VaultJwtMount>): void {
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
          }),
        ];
  const policies = [...(group.grant.policies ?? []), ...policy.map(({ name }) => name)];
  const identity = new vault.identity.Group(`${group.name}-group`, { name: group.name, type: 'external', policies });
  new vault.identity.GroupAlias(`${group.name}-alias`, {
    name: group.memberOf,
    mountAccessor: mount.accessor,
    canonicalId: identity.id,
  });
}
