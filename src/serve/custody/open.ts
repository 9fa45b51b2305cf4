/** Opens what `custody` names. */

import { type Custody } from '../../keys/custody.ts';
import { type Kms } from '../../keys/kms/port.ts';
import { type Random } from '../../keys/rings/envelope.ts';
import { kmsSealer } from '../../keys/rings/kms-sealed.ts';
import { kmsSigningCustody } from '../../keys/rings/kms-signing.ts';
import { sealedCustody } from '../../keys/rings/sealed.ts';
import { secretSealer } from '../../keys/rings/secret.ts';
import { severalCustodies } from '../../keys/rings/several.ts';
import { type Sealer } from '../../keys/sealer.ts';
import { createSealingSecret, findSealingSecret, sealingSecretGone } from '../secrets.ts';
import { type CustodyConfig, type CustodyWay } from './shape.ts';

export interface CustodyPorts {
  readonly kms: Kms;
  readonly random: Random;
}

/** A way whose secret, if it needs one, has been read. */
export type ReadyWay =
  Exclude<CustodyWay, { readonly kind: 'secret' }> | { readonly kind: 'secret'; readonly secret: Uint8Array };

/**
 * @param hasKeys are there keys in the store, which a new secret could not open? Then none is made.
 *
 * Throws `IssuerFault`.
 */
export async function openCustody(
  [first, ...rest]: CustodyConfig,
  ports: CustodyPorts,
  hasKeys: () => Promise<boolean>,
): Promise<Custody> {
  const make = async (file: string): Promise<Uint8Array> => {
    if (!(await hasKeys())) return createSealingSecret(file, ports.random);
    // Another process may have made both just now, the secret first.
    return demandSecret(file);
  };
  const ready = [await readyWay(first, make)];
  for (const way of rest) ready.push(await readyWay(way, demandSecret));
  return custodyOf(ready, ports);
}

async function readyWay(way: CustodyWay, missing: (file: string) => Promise<Uint8Array>): Promise<ReadyWay> {
  if (way.kind !== 'secret') return way;
  return { kind: 'secret', secret: (await findSealingSecret(way.file)) ?? (await missing(way.file)) };
}

async function demandSecret(file: string): Promise<Uint8Array> {
  const secret = await findSealingSecret(file);
  if (secret === undefined) throw sealingSecretGone(file);
  return secret;
}

/** The first way holds new keys. Sealed ones, however sealed, are one custody, so that one is sealed again as the other. */
export function custodyOf(ways: readonly ReadyWay[], { kms, random }: CustodyPorts): Custody {
  const sealers = ways.flatMap((way): Sealer[] => {
    if (way.kind === 'secret') return [secretSealer(way.secret, random)];
    return way.kind === 'kms-sealing' ? [kmsSealer(kms, way.key, random)] : [];
  });
  const [sealer, ...others] = sealers;
  const sealed = sealer === undefined ? [] : [sealedCustody([sealer, ...others])];
  const signing = ways.flatMap((way) =>
    way.kind === 'kms-signing' ? [kmsSigningCustody(kms, sourceOf(way.keys))] : [],
  );
  const [first, ...rest] = ways[0]?.kind === 'kms-signing' ? [...signing, ...sealed] : [...sealed, ...signing];
  if (first === undefined) throw new RangeError('there is one way at least');
  return severalCustodies([first, ...rest]);
}

function sourceOf(keys: Readonly<Record<string, readonly string[]>> | 'created') {
  return keys === 'created' ? ({ kind: 'create' } as const) : ({ kind: 'given', keys } as const);
}
