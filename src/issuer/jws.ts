/** JWS compact serialization (RFC 7515, section 3.1) over a port that takes bytes and returns a signature. */

import { type Claims } from '../claims/claims.ts';
import { type Signer } from '../keys/ring.ts';

/** A signed token. `header` overrides what the signer says, which only tests of relying parties want. */
export async function signJws(claims: Claims, signer: Signer, header: Claims = {}): Promise<string> {
  const head = { alg: signer.algorithm, kid: signer.kid, typ: 'JWT', ...header };
  const input = `${encode(head)}.${encode(claims)}`;
  const signature = await signer.sign(Buffer.from(input, 'ascii'));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
