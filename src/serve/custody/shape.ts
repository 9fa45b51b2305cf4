/** Where private keys are, as people write it: a list, of which the first holds new keys and every one opens its own. */

import { z } from 'zod';
import { type Item, partOf, readItems, readParts } from '../../issuer/shape.ts';
import { entryName } from '../names.ts';

const file = z.string().min(1, 'a path is not empty').describe('the path of a file, relative to this one');

const KMS_KEY =
  /^(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(?:key|alias)\/[A-Za-z0-9/_-]+|alias\/[A-Za-z0-9/_-]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;

const kmsKey = z
  .string()
  .regex(KMS_KEY, 'this names no KMS key: it is an ARN of a key or an alias, alias/…, or the id of a key')
  .describe('an ARN of a key or an alias');

const sealingShape = { key: kmsKey };

const signingShape = {
  keys: z
    .record(entryName, z.array(kmsKey).nonempty('an issuer has one key at least'))
    .describe('a map of the KMS keys of each issuer, e.g. { ona: [alias/ona-1, alias/ona-2] }')
    .optional(),
  create: z.literal(true, 'it is true, or left out').optional(),
};

const wayShape = {
  secret_file: file.optional(),
  kms_sealing: z.strictObject(sealingShape).describe('e.g. { key: alias/idp-sealing }').optional(),
  kms_signing: z.strictObject(signingShape).describe('e.g. { create: true }').optional(),
};

export const custodyShape = z
  .array(z.strictObject(wayShape).describe('e.g. { secret_file: sealing.key }'))
  .nonempty('private keys are somewhere')
  .describe('a list, e.g. [{ secret_file: sealing.key }]');

export type WayDocument = z.infer<typeof custodyShape>[number];

export const WAYS = ['secret_file', 'kms_sealing', 'kms_signing'] as const;
export const SOURCES = ['keys', 'create'] as const;

export interface KnownKmsKeys {
  readonly issuer: string;
  readonly keys: readonly Item<string>[];
}

/** One item of the list, as far as it can be read; files are not resolved. */
export interface KnownWay {
  readonly index: number;
  /** Which of the ways are there, right or wrong. */
  readonly ways: readonly (typeof WAYS)[number][];
  readonly secretFile: string | undefined;
  readonly sealingKey: string | undefined;
  /** Which of the sources of signing keys are there, right or wrong. */
  readonly sources: readonly (typeof SOURCES)[number][];
  /** Undefined where there are none. */
  readonly signingKeys: readonly KnownKmsKeys[] | undefined;
}

/** Undefined where there is no list at all. */
export function knownCustody(custody: unknown): readonly KnownWay[] | undefined {
  return Array.isArray(custody) ? custody.map(knownWay) : undefined;
}

function knownWay(way: unknown, index: number): KnownWay {
  const sealing = partOf(way, 'kms_sealing');
  const signing = partOf(way, 'kms_signing');
  const keys = partOf(signing, 'keys');
  return {
    index,
    ways: WAYS.filter((name) => partOf(way, name) !== undefined),
    secretFile: readParts(wayShape, way).secret_file,
    sealingKey: readParts(sealingShape, sealing).key,
    sources: SOURCES.filter((name) => partOf(signing, name) !== undefined),
    signingKeys:
      typeof keys === 'object' && keys !== null && !Array.isArray(keys)
        ? Object.entries(keys).map(([issuer, list]) => ({ issuer, keys: readItems(kmsKey, list) }))
        : undefined,
  };
}

/** What a way is, once it is right. Files are absolute. */
export type CustodyWay =
  | { readonly kind: 'secret'; readonly file: string }
  | { readonly kind: 'kms-sealing'; readonly key: string }
  | { readonly kind: 'kms-signing'; readonly keys: Readonly<Record<string, readonly string[]>> | 'created' };

export type CustodyConfig = readonly [CustodyWay, ...CustodyWay[]];

/** @param absolute makes a path absolute */
export function custodyOf([first, ...rest]: readonly WayDocument[], absolute: (file: string) => string): CustodyConfig {
  if (first === undefined) throw new RangeError('the schema lets no empty list through');
  return [wayOf(first, absolute), ...rest.map((way) => wayOf(way, absolute))];
}

function wayOf({ secret_file, kms_sealing, kms_signing }: WayDocument, absolute: (file: string) => string): CustodyWay {
  if (kms_sealing !== undefined) return { kind: 'kms-sealing', key: kms_sealing.key };
  if (kms_signing !== undefined) return { kind: 'kms-signing', keys: kms_signing.keys ?? 'created' };
  return { kind: 'secret', file: absolute(secret_file ?? '') };
}
