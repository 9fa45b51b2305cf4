/** Signatures of P-256 as two numbers (RFC 7518, section 3.4). */

/** The order of the curve (FIPS 186-4, D.1.2.3). */
export const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const number = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
export const pair = (r: bigint, s: bigint) => (): Buffer => Buffer.concat([number(r), number(s)]);
const valueOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);
export const halves = (change: (r: bigint, s: bigint) => readonly [bigint, bigint]) => (signature: Buffer) =>
  pair(...change(valueOf(signature.subarray(0, 32)), valueOf(signature.subarray(32))))();

/** The last letter of the signature with bits that no byte has: 64 bytes leave four of them. */
export const loose = (signature: string) => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + (letters[letters.indexOf(signature.slice(-1)) | 1] ?? '');
};
