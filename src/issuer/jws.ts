/** JWS compact serialization (RFC 7515, section 3.1) over a port that takes bytes and returns a signature. */

import { type Claims } from '../claims/claims.ts';
import { type Signer } from '../keys/ring.ts';

/** A signed token. `header` overrides what the signer says, which only tests of relying parties want. */
export async function signJws(claims: Claims, signer: Signer, header?: Claims): Promise<string> {
  const input = `${encodeHeader(signer, header)}.${encode(claims)}`;
  const signature = await signer.sign(Buffer.from(input, 'ascii'));
  return `${input}.${bytesOf(signature).toString('base64url')}`;
}

/** The same bytes, not a copy of them. */
function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Of each signer, without anything overridden: it is the same in every token. */
const HEADERS = new WeakMap<Signer, string>();

function encodeHeader(signer: Signer, header: Claims | undefined): string {
  const known = header === undefined ? HEADERS.get(signer) : undefined;
  if (known !== undefined) return known;
  const encoded = encode({ alg: signer.algorithm, kid: signer.kid, typ: 'JWT', ...header });
  if (header === undefined) HEADERS.set(signer, encoded);
  return encoded;
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
