/** Private keys that are made here and kept in the store, sealed. */

import { IssuerFault } from '../../store/fault.ts';
import { generateKey, publicJwkOf, signerWith } from '../algorithms.ts';
import { type Custody, type GenerateKey } from '../custody.ts';
import { type KeyName, type Sealer } from '../sealer.ts';

/** Seals with the first sealer and opens with any. An opened key stays in memory: no KMS is asked for a signature. */
export function sealedCustody(sealers: readonly [Sealer, ...Sealer[]], generate: GenerateKey = generateKey): Custody {
  const [first] = sealers;
  const sealerOf = (name: KeyName, handle: string): Sealer => {
    const found = sealers.find((sealer) => sealer.holds(handle));
    if (found === undefined) throw unheld(name);
    return found;
  };
  return {
    create: async ({ issuer, algorithm, kidOf }) => {
      const { privateKey, publicKey } = await generate(algorithm);
      const publicJwk = publicJwkOf(algorithm, publicKey);
      const kid = await kidOf(publicJwk);
      return { kid, publicJwk, handle: await first.seal({ issuer, kid }, privateKey) };
    },
    holds: (handle) => sealers.some((sealer) => sealer.holds(handle)),
    open: async (key, handle) => signerWith(key.algorithm, await sealerOf(key, handle).unseal(key, handle)),
    reseal: async (key, handle) => {
      const sealer = sealerOf(key, handle);
      if (sealer === first && (await first.current(handle))) return handle;
      return first.seal(key, await sealer.unseal(key, handle));
    },
  };
}

/** For a handle that nothing in the configuration holds. */
export function unheld({ issuer, kid }: KeyName): IssuerFault {
  return new IssuerFault(
    'wrong-sealing-secret',
    `the key ${kid} of the issuer ${issuer} does not open with anything that \`custody\` names`,
    'Add what it was made with, such as the sealing secret of the store; without that these keys are lost.',
  );
}
