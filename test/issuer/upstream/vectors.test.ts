/** Signatures and claims on the edge: the RFCs' own examples, and tokens in the manner of Wycheproof. */
import { type KeyObject, constants, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { upstreamKeys } from '../../../src/issuer/upstream/keys.ts';
import { verifyUpstream } from '../../../src/issuer/upstream/verify.ts';
import { ORDER, halves, loose, pair } from './ecdsa.ts';
import { CLUSTER, NOW, OWN, POD, documents, upstream } from './upstream.ts';
import { EXAMPLES } from './rfc-examples.ts';

const keysOf = (...keys: readonly object[]) => {
  const { fetchDocument } = documents(() => keys);
  return upstreamKeys({ issuer: CLUSTER, jwksUrl: `${CLUSTER}/keys`, fetchDocument, now: () => NOW });
};

/** Another letter in the middle of a part. */
function tampered(jws: string, part: number): string {
  const parts = jws.split('.');
  const text = parts[part] ?? '';
  const at = Math.floor(text.length / 2);
  parts[part] = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  return parts.join('.');
}

describe.each(EXAMPLES)('$name', ({ jws, algorithm, key, payload }) => {
  const verify = (text: string) => compactVerify(text, keysOf(key), { algorithms: [algorithm] });

  it('verifies with the key of the RFC', async () => {
    expect(Buffer.from((await verify(jws)).payload).toString()).toBe(payload);
  });

  it.each([
    ['payload', 1],
    ['signature', 2],
  ])('does not with another %s', async (_, part) => {
    await expect(verify(tampered(jws, part))).rejects.toThrow('signature verification failed');
  });
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreignJwk = foreign.publicKey.export({ format: 'jwk' });
const keyOf = keysOf(
  { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', alg: 'RS256' },
  { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256' },
);

async function outcomeOf(jwt: string): Promise<string> {
  const trusted = { upstream: upstream({ algorithms: ['RS256', 'ES256'] }), keyOf };
  const verified = await verifyUpstream([trusted], jwt, NOW);
  return verified.ok ? 'admitted' : verified.reason;
}

const b64 = (data: string | Buffer) => Buffer.from(data).toString('base64url');
type Sign = (input: string) => Buffer;
const es256 =
  (key: KeyObject = ec.privateKey, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Sign =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding });
const rs256: Sign = (input) => sign('sha256', Buffer.from(input), rsa.privateKey);
const ES = { alg: 'ES256', kid: 'ec' };
const RS = { alg: 'RS256', kid: 'rsa' };

/** Signs any header and any payload; a text stands for itself. */
function token(header: object | string, by: Sign = es256(), payload: object | string | Buffer = POD): string {
  const text = (value: object | string) => (typeof value === 'string' ? value : JSON.stringify(value));
  const input = `${b64(text(header))}.${b64(Buffer.isBuffer(payload) ? payload : text(payload))}`;
  return `${input}.${b64(by(input))}`;
}

/** With a signature that is made from the good one. */
const signed = (header: object, by: Sign, change: (signature: Buffer) => Buffer) =>
  token(header, (input) => change(by(input)));
const claims = (changes: object) => token(ES, es256(), { ...POD, ...changes });
const parts = (change: (header: string, payload: string, signature: string) => string) => {
  const [header = '', payload = '', signature = ''] = token(ES).split('.');
  return change(header, payload, signature);
};

const zeros = (count: number) => Buffer.alloc(count);
const pem = createPublicKey(rsa.privateKey).export({ format: 'pem', type: 'spki' });
const hmac: Sign = (input) => createHmac('sha256', pem).update(input).digest();
const pss: Sign = (input) =>
  sign('sha256', Buffer.from(input), { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });

const HEADERS: readonly (readonly [string, () => string, RegExp])[] = [
  ['ES256', () => token(ES), /^admitted$/],
  ['RS256', () => token(RS, rs256), /^admitted$/],
  ['no kid where the algorithm tells the key', () => token({ alg: 'ES256' }), /^admitted$/],
  ...['none', 'None', 'nOnE', 'NONE', ''].map(
    (alg) => [`alg ${alg}`, () => token({ alg, kid: 'ec' }, () => zeros(0)), /alg|Algorithm|signature/i] as const,
  ),
  ['no alg', () => token({ kid: 'ec' }), /alg/i],
  ['alg of another type', () => token({ alg: ['ES256'], kid: 'ec' }), /alg/i],
  ['alg in lower case', () => token({ alg: 'es256', kid: 'ec' }), /alg "es256"/],
  ['HS256 with the public RSA key as the secret', () => token({ alg: 'HS256', kid: 'rsa' }, hmac), /alg "HS256"/],
  ['RS256 for the EC key', () => token({ alg: 'RS256', kid: 'ec' }), /no applicable key/],
  ['ES256 for the RSA key', () => token({ alg: 'ES256', kid: 'rsa' }, rs256), /no applicable key/],
  ['ES256 with an RSA signature', () => token(ES, rs256), /signature verification failed/],
  ['PS256', () => token({ alg: 'PS256', kid: 'rsa' }, pss), /alg "PS256"/],
  ['crit that is unknown', () => token({ ...ES, crit: ['x'], x: 1 }), /"x" is not recognized/],
  ['crit that is empty', () => token({ ...ES, crit: [] }), /"crit"/],
  ['crit that is no list', () => token({ ...ES, crit: 'exp' }), /"crit"/],
  ['b64 false', () => token({ ...ES, crit: ['b64'], b64: false }), /unencoded|b64/],
  ['a key of its own', () => token({ ...ES, jwk: foreignJwk }, es256(foreign.privateKey)), /verification failed/],
  [
    'a key of its own alone',
    () => token({ alg: 'ES256', kid: 'x', jwk: foreignJwk }, es256(foreign.privateKey)),
    /no app/,
  ],
  ...(['jku', 'x5u'] as const).map(
    (at) =>
      [
        at,
        () => token({ ...ES, [at]: 'https://evil.example/k' }, es256(foreign.privateKey)),
        /ication failed/,
      ] as const,
  ),
  ['x5c', () => token({ ...ES, x5c: [b64('x')] }, es256(foreign.privateKey)), /verification failed/],
  ...['../../dev/null', "' OR 1=1 --", 'ec\0', 'EC', ' ec', '__proto__', ''].map(
    (kid) => [`kid ${JSON.stringify(kid)}`, () => token({ alg: 'ES256', kid }), /no applicable key|"kid"/] as const,
  ),
  ['kid of another type', () => token({ alg: 'ES256', kid: ['ec'] }), /no applicable key/],
  ['alg twice', () => token('{"alg":"none","kid":"ec","alg":"ES256"}'), /`alg` is there twice/],
  ['alg in two cases', () => token('{"alg":"ES256","ALG":"none","kid":"ec"}'), /differ in their case alone/],
  ['a header that is a list', () => token('[]'), /no JWT/],
  ['a header with a byte order mark', () => token(`\ufeff${JSON.stringify(ES)}`), /no JSON|malformed/],
];

const SIGNATURES: readonly (readonly [string, () => string, RegExp])[] = [
  ['none', () => signed(ES, es256(), () => zeros(0)), /signature|JW/i],
  ['of zeros', () => signed(ES, es256(), () => zeros(64)), /verification failed/],
  [
    'with r = 0',
    () =>
      signed(
        ES,
        es256(),
        halves((_, s) => [0n, s]),
      ),
    /verification failed/,
  ],
  [
    'with s = 0',
    () =>
      signed(
        ES,
        es256(),
        halves((r) => [r, 0n]),
      ),
    /verification failed/,
  ],
  [
    'with r = n',
    () =>
      signed(
        ES,
        es256(),
        halves((_, s) => [ORDER, s]),
      ),
    /verification failed/,
  ],
  [
    'with s = n',
    () =>
      signed(
        ES,
        es256(),
        halves((r) => [r, ORDER]),
      ),
    /verification failed/,
  ],
  ['with r = s = 1', () => signed(ES, es256(), pair(1n, 1n)), /verification failed/],
  ['with r = s = n - 1', () => signed(ES, es256(), pair(ORDER - 1n, ORDER - 1n)), /verification failed/],
  ['with r and s beyond n', () => signed(ES, es256(), () => Buffer.alloc(64, 0xff)), /verification failed/],
  [
    'with the other s, which ECDSA takes',
    () =>
      signed(
        ES,
        es256(),
        halves((r, s) => [r, ORDER - s]),
      ),
    /^admitted$/,
  ],
  [
    'with r and s changed for one another',
    () =>
      signed(
        ES,
        es256(),
        halves((r, s) => [s, r]),
      ),
    /verification failed/,
  ],
  ['as DER', () => token(ES, es256(ec.privateKey, 'der')), /verification failed/],
  ['too short', () => signed(ES, es256(), (whole) => whole.subarray(1)), /verification failed/],
  ['too long', () => signed(ES, es256(), (whole) => Buffer.concat([whole, zeros(1)])), /verification failed/],
  [
    'with r and s of 33 bytes',
    () =>
      signed(ES, es256(), (whole) => Buffer.concat([zeros(1), whole.subarray(0, 32), zeros(1), whole.subarray(32)])),
    /verification failed/,
  ],
  ['RSA-PSS', () => token(RS, pss), /verification failed/],
  [
    'RSA over another hash',
    () => token(RS, (input) => sign('sha512', Buffer.from(input), rsa.privateKey)),
    /verification failed/,
  ],
  [
    'RSA with a zero before it',
    () => signed(RS, rs256, (whole) => Buffer.concat([zeros(1), whole])),
    /verification failed/,
  ],
  [
    'RSA with a zero after it',
    () => signed(RS, rs256, (whole) => Buffer.concat([whole, zeros(1)])),
    /verification failed/,
  ],
  ['RSA too short', () => signed(RS, rs256, (whole) => whole.subarray(0, 255)), /verification failed/],
  ['RSA of zeros', () => signed(RS, rs256, () => zeros(256)), /verification failed/],
  ['RSA of ones', () => signed(RS, rs256, () => Buffer.alloc(256, 0xff)), /verification failed/],
  [
    'RSA that is 1',
    () => signed(RS, rs256, () => Buffer.concat([zeros(255), Buffer.from([1])])),
    /verification failed/,
  ],
];

const ENCODINGS: readonly (readonly [string, () => string, RegExp])[] = [
  ...[' ', '\n', '\t', '\r\n'].flatMap((gap) => [
    [
      `${JSON.stringify(gap)} in the signature`,
      () => parts((h, p, s) => `${h}.${p}.${s.slice(0, 9)}${gap}${s.slice(9)}`),
      /no JWT/,
    ] as const,
    [`${JSON.stringify(gap)} at the end`, () => parts((h, p, s) => `${h}.${p}.${s}${gap}`), /no JWT/] as const,
    [
      `${JSON.stringify(gap)} in the payload`,
      () => parts((h, p, s) => `${h}.${p.slice(0, 9)}${gap}${p.slice(9)}.${s}`),
      /no JWT/,
    ] as const,
  ]),
  ['padding', () => parts((h, p, s) => `${h}.${p}.${s}==`), /no JWT/],
  ['the alphabet of base64', () => parts((h, p, s) => `${h}.${p}.+/${s.slice(2)}`), /no JWT/],
  ['bits after the last byte', () => parts((h, p, s) => `${h}.${p}.${loose(s)}`), /no JWT/],
  ['a dot more', () => `${token(ES)}.`, /no JWT/],
  ['a dot before', () => `.${token(ES)}`, /no JWT/],
  ['five parts, as a JWE', () => `${token(ES)}.a.b`, /no JWT/],
  ['an empty part', () => parts((h, _, s) => `${h}..${s}`), /no JWT|no JSON/],
  [
    'the JSON serialization',
    () => parts((h, p, s) => JSON.stringify({ protected: h, payload: p, signature: s })),
    /no JWT/,
  ],
  ['an empty payload', () => token(ES, es256(), ''), /no JWT|no JSON/],
  ['a payload in UTF-16', () => token(ES, es256(), Buffer.from(JSON.stringify(POD), 'utf16le')), /no JSON/],
  ['a payload with a byte order mark', () => token(ES, es256(), `\ufeff${JSON.stringify(POD)}`), /no JSON/],
  ['a payload that is a text', () => token(ES, es256(), '"x"'), /no JWT/],
];

const CLAIMS: readonly (readonly [string, object, RegExp])[] = [
  ['exp far away', { exp: Number.MAX_SAFE_INTEGER }, /^admitted$/],
  ['exp that is no finite number', { exp: 1e308 }, /^admitted$/],
  ['exp with a fraction', { exp: NOW + 0.5 }, /^admitted$/],
  ['exp that is negative', { exp: -1 }, /"exp" claim timestamp/],
  ['exp = 0', { exp: 0 }, /"exp" claim timestamp/],
  ['exp as a text', { exp: String(NOW + 600) }, /"exp" claim must be a number/],
  ['exp that is null', { exp: null }, /"exp" claim must be a number/],
  ['nbf in the future', { nbf: NOW + 600 }, /"nbf" claim timestamp/],
  ['nbf as a text', { nbf: '0' }, /"nbf" claim must be a number/],
  ['iat as a text', { iat: '0' }, /"iat" claim must be a number/],
  ['iss as a list', { iss: [CLUSTER] }, /no upstream is the issuer/],
  ['iss with a letter of another case', { iss: CLUSTER.toUpperCase() }, /no upstream is the issuer/],
  ['aud as a text', { aud: OWN }, /^admitted$/],
  ['aud among others', { aud: ['x', OWN] }, /^admitted$/],
  ['aud that is empty', { aud: [] }, /"aud" claim/],
  ['aud as a list in a list', { aud: [[OWN]] }, /"aud" claim/],
  ['aud as an object', { aud: { [OWN]: true } }, /"aud" claim/],
  ['aud with more after it', { aud: `${OWN}/` }, /"aud" claim/],
  ['aud that is null', { aud: null }, /"aud" claim/],
];

const TABLES = { header: HEADERS, signature: SIGNATURES, encoding: ENCODINGS };
describe.each(Object.entries(TABLES))('a token by its %s', (_table, cases) => {
  it.each(cases)('%s', async (_, make, says) => {
    expect(await outcomeOf(make())).toMatch(says);
  });
});

it.each(CLAIMS)('a token with %s', async (_, changes, says) => {
  expect(await outcomeOf(claims(changes))).toMatch(says);
});
