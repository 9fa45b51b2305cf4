// All roles of a JWT mount, with the mount's configuration, as Vault has them now.
import { WorkloadFailure } from '../workload/failure.ts';
import { mountAddress } from '../workload/vault/settings.ts';
import { type VaultPorts, readPath, vaultToken } from './live-vault.ts';

type Json = Readonly<Record<string, unknown>>;

export interface MountRole {
  readonly name: string;
  readonly mount: string;
  readonly role: Json;
  readonly config: Json;
}

/** Reads with the Vault token of VAULT_TOKEN or `~/.vault-token`. Throws a `WorkloadFailure`. */
export async function readMountRoles(mount: string, ports: VaultPorts): Promise<MountRole[]> {
  const token = await vaultToken(ports);
  const read = async (path: string, list = false): Promise<Json> => {
    const url = mountAddress(mount, path, ports.env);
    if (list) url.searchParams.set('list', 'true');
    return (await readPath(url, token, ports)) as Json;
  };
  const config = await read('config');
  const { keys } = await read('role', true).catch((thrown: unknown): Json => {
    // Vault answers 404 where a mount has no role at all.
    if (thrown instanceof WorkloadFailure && thrown.code === 'bad-input') return { keys: [] };
    throw thrown;
  });
  const names = Array.isArray(keys) ? keys.filter((name) => typeof name === 'string') : [];
  const roles: MountRole[] = [];
  for (const name of names) roles.push({ name, mount, config, role: await read(`role/${encodeURIComponent(name)}`) });
  return roles;
}
