/** AWS KMS signs: private keys are made there and never leave. The handle of a key is its ARN. */

import { createHash, createPublicKey } from 'node:crypto';
import { IssuerFault } from '../../store/fault.ts';
import { type Algorithm, type PublicJwk, publicJwkOf, sameJwk, toJws } from '../algorithms.ts';
import { type Custody, type WantedKey } from '../custody.ts';
import { KMS_ALGORITHMS, type Kms, type KmsKey, type KmsKeyName } from '../kms/port.ts';

/** Where keys come from: those of each issuer, each taken once and in this order, or new ones made as they are needed. */
export type KmsKeySource =
  | { readonly kind: 'given'; readonly keys: Readonly<Record<string, readonly KmsKeyName[]>> }
  | { readonly kind: 'create' };

interface FoundKey {
  readonly arn: string;
  readonly publicJwk: PublicJwk;
}

export function kmsSigningCustody(kms: Kms, source: KmsKeySource): Custody {
  const find = source.kind === 'given' ? givenKeys(kms, source.keys) : newKeys(kms);
  return {
    create: async (wanted) => {
      const { arn, publicJwk } = await find(wanted);
      return { kid: await wanted.kidOf(publicJwk), publicJwk, handle: arn };
    },
    holds: (handle) => handle.startsWith('arn:'),
    open: async (key, arn) => {
      // What a record was given of another one would sign for the wrong issuer.
      if (!sameJwk(await publicKeyOf(kms, arn, key.algorithm), key.publicJwk)) throw notOfRecord(key.kid, arn);
      return async (bytes) => toJws(key.algorithm, await kms.sign(arn, key.algorithm, sha256(bytes)));
    },
    reseal: (_key, handle) => Promise.resolve(handle),
  };
}

/** Of the digest and never of the bytes: KMS takes no more than 4,096 of those, and a digest is right for all sizes. */
function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

type FindKey = (wanted: WantedKey) => Promise<FoundKey>;

function givenKeys(kms: Kms, keys: Readonly<Record<string, readonly KmsKeyName[]>>): FindKey {
  return async ({ issuer, algorithm, taken }) => {
    for (const name of keys[issuer] ?? []) {
      const key = await kms.describe(name);
      if (signingProblem(key, [algorithm]) !== undefined) continue;
      const publicJwk = await publicKeyOf(kms, key.arn, algorithm);
      if (!taken.some((other) => sameJwk(other, publicJwk))) return { arn: key.arn, publicJwk };
    }
    throw noFreeKey(issuer, algorithm);
  };
}

/** Why a key cannot sign with any of these algorithms; undefined where it can. */
export function signingProblem({ spec, usage, state }: KmsKey, algorithms: readonly Algorithm[]): string | undefined {
  const specs = algorithms.map((algorithm) => KMS_ALGORITHMS[algorithm].spec);
  if (usage !== 'SIGN_VERIFY') return `it is for ${usage}, and SIGN_VERIFY is needed`;
  if (!specs.some((wanted) => wanted === spec)) return `it is ${spec}, and ${specs.join(' or ')} is needed`;
  return state === 'Enabled' ? undefined : `it cannot be used: ${state}`;
}

/**
 * A key that was made in vain is the next one of its issuer: where another replica was first, or AWS let nobody use it yet,
 * which can take minutes.
 */
function newKeys(kms: Kms): FindKey {
  const made = new Map<string, Map<string, PublicJwk | undefined>>();
  return async ({ issuer, algorithm, taken }) => {
    const place = `${algorithm} ${issuer}`;
    const own = made.get(place) ?? new Map<string, PublicJwk | undefined>();
    made.set(place, own);
    const learn = async (arn: string): Promise<FoundKey> => {
      const publicJwk = own.get(arn) ?? (await publicKeyOf(kms, arn, algorithm));
      own.set(arn, publicJwk);
      return { arn, publicJwk };
    };
    for (const arn of own.keys()) {
      const found = await learn(arn);
      if (!taken.some((other) => sameJwk(other, found.publicJwk))) return found;
    }
    const arn = await kms.createKey(algorithm, issuer);
    own.set(arn, undefined);
    return learn(arn);
  };
}

async function publicKeyOf(kms: Kms, arn: string, algorithm: Algorithm): Promise<PublicJwk> {
  const key = createPublicKey({ key: Buffer.from(await kms.publicKey(arn)), format: 'der', type: 'spki' });
  return publicJwkOf(algorithm, key);
}

function noFreeKey(issuer: string, algorithm: Algorithm): IssuerFault {
  return new IssuerFault(
    'no-free-key',
    `the issuer ${issuer} has no KMS key left for ${algorithm}: each of its keys of the spec ${KMS_ALGORITHMS[algorithm].spec} was used before or cannot be used`,
    'Make a key in AWS KMS, add it to the keys of this issuer in the configuration, and restart.',
  );
}

function notOfRecord(kid: string, arn: string): IssuerFault {
  return new IssuerFault(
    'wrong-sealing-secret',
    `the KMS key ${arn} has another public key than the record of the key ${kid}`,
    'Put back the record of the key as it was.',
  );
}
