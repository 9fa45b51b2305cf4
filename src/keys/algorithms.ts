/** The JWS algorithms (RFC 7518, section 3.1) that the issuer signs with, a row each. */

import { type KeyObject, generateKeyPair, sign as signBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';

export const ALGORITHMS = ['RS256', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The members that make the key, and no others: those are what RFC 7638 hashes. */
export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };

/** Takes the bytes to be signed and returns the signature as JWS has it: a port, because a KMS hands out no key. */
export type Sign = (bytes: Uint8Array) => Promise<Uint8Array>;

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface AlgorithmRow {
  readonly generate: () => Promise<KeyPair>;
  readonly publicJwk: (exported: JsonWebKey) => PublicJwk;
  /** An RSA signature on the event loop would hold up every other request; the way to the pool costs more than one of P-256. */
  readonly signsOn: 'pool' | 'event-loop';
  readonly toJws: (signature: Uint8Array) => Uint8Array;
}

type JsonWebKey = ReturnType<KeyObject['export']> extends infer E ? Extract<E, { kty?: string }> : never;

const generate = promisify(generateKeyPair);

const ROWS: Readonly<Record<Algorithm, AlgorithmRow>> = {
  RS256: {
    // AWS and Vault take 2,048 bits; 4,096 cost five times the time of a signature.
    generate: () => generate('rsa', { modulusLength: 2048 }),
    publicJwk: ({ n = '', e = '' }) => ({ kty: 'RSA', n, e }),
    signsOn: 'pool',
    toJws: (signature) => signature,
  },
  ES256: {
    generate: () => generate('ec', { namedCurve: 'P-256' }),
    publicJwk: ({ x = '', y = '' }) => ({ kty: 'EC', crv: 'P-256', x, y }),
    signsOn: 'event-loop',
    toJws: derToRaw,
  },
};

export function generateKey(algorithm: Algorithm): Promise<KeyPair> {
  return ROWS[algorithm].generate();
}

export function publicJwkOf(algorithm: Algorithm, key: KeyObject): PublicJwk {
  return ROWS[algorithm].publicJwk(key.export({ format: 'jwk' }));
}

/** The SHA-256 thumbprint (RFC 7638), which is the usual `kid`. */
export function thumbprint(jwk: PublicJwk): Promise<string> {
  return calculateJwkThumbprint(jwk, 'sha256');
}

export function sameJwk(one: PublicJwk, other: PublicJwk): boolean {
  return one.kty === 'RSA'
    ? other.kty === 'RSA' && one.n === other.n && one.e === other.e
    : other.kty === 'EC' && one.x === other.x && one.y === other.y;
}

/** From what `crypto.sign` or a KMS returns to the signature in the JWS. */
export function toJws(algorithm: Algorithm, signature: Uint8Array): Uint8Array {
  return ROWS[algorithm].toJws(signature);
}

/** Signs with a key of this process. */
export function signerWith(algorithm: Algorithm, key: KeyObject): Sign {
  const sign = ROWS[algorithm].signsOn === 'pool' ? inPool(key) : onEventLoop(key);
  return async (bytes) => toJws(algorithm, await sign(bytes));
}

function inPool(key: KeyObject): Sign {
  return (bytes) =>
    new Promise((resolve, reject) => {
      signBytes('sha256', bytes, key, (error, signature) => {
        if (error === null) resolve(signature);
        else reject(error);
      });
    });
}

/**
 * On the event loop, those that its turn has brought one after the other: between the other work for a token each of them
 * would find the caches of the processor full of something else, and leave them so, which costs a quarter of the token.
 */
function onEventLoop(key: KeyObject): Sign {
  let turn: Promise<void> | undefined;
  const endOfTurn = () =>
    (turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined;
        resolve();
      });
    }));
  return async (bytes) => {
    // Whoever waits goes on before anybody does with what was signed.
    await endOfTurn();
    return signBytes('sha256', bytes, key);
  };
}

const COORDINATE = 32;

/**
 * ECDSA-Sig-Value (RFC 3279, section 2.2.3) to R || S of 32 bytes each (RFC 7518, section 3.4). By hand, since `dsaEncoding:
 * 'ieee-p1363'` doubles the cost of a signature in Node 24, and AWS KMS returns DER too.
 */
export function derToRaw(der: Uint8Array): Uint8Array {
  const raw = Buffer.alloc(2 * COORDINATE);
  let at = 2; // SEQUENCE and its length, which is below 128 for P-256
  for (let end = COORDINATE; end <= 2 * COORDINATE; end += COORDINATE) {
    const next = at + 2 + (der[at + 1] ?? 0);
    // A digit a turn: views of parts cost more than all of the copying.
    const digits = Math.min(COORDINATE, next - at - 2);
    for (let digit = 1; digit <= digits; digit++) raw[end - digit] = der[next - digit] ?? 0;
    at = next;
  }
  return raw;
}
