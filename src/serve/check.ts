/** What can be checked of a configuration without creating or opening anything. */

import { IssuerFault } from '../store/fault.ts';
import { sealedCustody } from '../keys/rings/sealed.ts';
import { findSealingSecret, readAdminToken, readTls } from './secrets.ts';
import { type ServerConfig } from './settings.ts';

/** Every file that is named and cannot be used, as faults. Files that are created at the first start may be missing. */
export async function checkFiles(config: ServerConfig): Promise<readonly IssuerFault[]> {
  const checks: readonly (() => Promise<unknown>)[] = [
    () => readAdminToken(config.admin),
    () => readTls(config.listen),
    () => readTls(config.admin),
    async () => {
      const secret = await findSealingSecret(config.sealingSecretFile);
      return secret === undefined ? undefined : sealedCustody(secret, () => new Uint8Array());
    },
  ];
  const results = await Promise.allSettled(checks.map((check) => check()));
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (result.reason instanceof IssuerFault) return [result.reason];
    throw result.reason;
  });
}
