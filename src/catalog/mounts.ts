/** What entries of one Vault mount owe each other: the mount has one configuration, and one set of entities. */

import { specOf } from '../claims/claim.ts';
import { type Problem, problem } from '../claims/problem.ts';
import { tableOf } from '../trust/admission.ts';
import { type VaultRoleDocument } from '../trust/vault/compile.ts';
import { compileAtVault } from './compile.ts';
import { type PlannedAccess, type PlannedIssuer, admissionsOf } from './planned.ts';

/** One mount holds one configuration: a second issuer on it would replace the first. */
export function checkMounts(issuers: readonly PlannedIssuer[]): Problem[] {
  return issuers.flatMap((issuer, index) => {
    const other = issuers.slice(0, index).find(({ vaultMount }) => vaultMount === issuer.vaultMount);
    if (other === undefined || (other.profile.url !== undefined && other.profile.url === issuer.profile.url)) return [];
    return [
      problem(
        ['issuers', issuer.name, 'vault_mount'],
        `the mount ${issuer.vaultMount} is that of the issuer ${other.name} already`,
        'give each issuer a mount of its own',
      ),
    ];
  });
}

interface MountRole {
  readonly name: string;
  readonly mount: string;
  readonly role: VaultRoleDocument;
  /** Ids that are counted: those of two claims are often the same number. */
  readonly counted: boolean;
}

function rolesOf(access: readonly PlannedAccess[]): MountRole[] {
  return access.flatMap((entry): MountRole[] => {
    const { name, issuer, admission, vault } = entry;
    const compiled = vault === undefined ? undefined : compileAtVault(admissionsOf(entry), vault);
    if (compiled?.ok !== true) return [];
    const { role } = compiled.value;
    const counted = specOf(tableOf(admission), role.userClaim)?.alphabet === 'digits';
    return [{ name, mount: issuer.vaultMount, role, counted }];
  });
}

/** Does what a token may do hang on its entity, beside on its role? */
const hangsOnEntity = ({ role }: MountRole): boolean =>
  Object.keys(role.claimMappings).length > 0 || role.groupsClaim !== undefined;

/**
 * All roles of a mount share its entity aliases (Vault, identity: entities and aliases). User 22 and project 22 would be
 * one entity, with the metadata and the groups of whoever logged in last.
 */
export function checkEntities(access: readonly PlannedAccess[]): Problem[] {
  // Roles that would clash with the same others are one: there are few kinds of role, however many roles there are.
  const kinds = new Map<string, MountRole>();
  return rolesOf(access).flatMap((one) => {
    const other = [...kinds.values()].find((before) => clash(before, one));
    const kind = JSON.stringify([one.mount, one.role.userClaim, one.counted, hangsOnEntity(one)]);
    if (!kinds.has(kind)) kinds.set(kind, one);
    if (other === undefined) return [];
    return [
      problem(
        ['access', one.name, 'vault'],
        `\`${one.role.userClaim}\` names the Vault entities of ${one.name} and \`${other.role.userClaim}\` those of ${other.name}, on one mount: equal numbers would be one entity`,
        'set the same `user_claim` for both, or give one of them an issuer entry with a `vault_mount` of its own',
      ),
    ];
  });
}

function clash(before: MountRole, one: MountRole): boolean {
  return (
    before.mount === one.mount &&
    before.role.userClaim !== one.role.userClaim &&
    (before.counted || one.counted) &&
    (hangsOnEntity(before) || hangsOnEntity(one))
  );
}
