// The admin API, loaded when it is asked for: commands that do not use it start faster without.
import type { AdminKeys, AdminOptions } from './issuer-admin.ts';
import type { CliIo } from './io.ts';

export async function openAdminKeys(io: CliIo, options: AdminOptions): Promise<AdminKeys> {
  const { adminKeys } = await import('./issuer-admin.ts');
  return adminKeys(io, options);
}
