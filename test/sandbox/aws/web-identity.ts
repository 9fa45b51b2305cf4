/** A web identity token, from its text to claims that may be put before a trust policy. */
import { compactVerify, importJWK, type JWK } from 'jose';
import { NO_KEY, type KeyStore } from './idp-documents.ts';
import { StsError } from './sts-error.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  /** What becomes the `:aud` key: `azp` where it is present, else the one audience. */
  readonly audience: string;
  /** What becomes the `:oaud` key: the token's `aud` beside an `azp`. */
  readonly otherAudience: string | undefined;
  readonly claims: Claims;
}

export interface RegisteredProvider {
  readonly arn: string;
  readonly clientIds: readonly string[];
}

export interface VerifyOptions {
  readonly token: string;
  readonly now: Date;
  readonly keys: KeyStore;
  /** The provider of exactly this issuer in the role's account. */
  readonly findProvider: (issuer: string) => Promise<RegisteredProvider | undefined>;
}

/** No PS*, no EdDSA, no `none` (STS service model; observed). */
const ALGORITHMS = new Set(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']);
const TOLERANCE_SECONDS = 300;
const MAX_RSA_KEYS = 100;
const REQUIRED = ['iss', 'sub', 'aud', 'iat', 'exp'] as const;

const NOT_A_JWT = 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)';
const NOT_VALIDATED = 'The web identity token provided could not be validated.';

const invalid = (message: string, detail = message): StsError => new StsError('InvalidIdentityToken', message, detail);

export interface Verification {
  readonly token: VerifiedToken;
  readonly provider: RegisteredProvider;
}

export async function verifyToken({ token, now, keys, findProvider }: VerifyOptions): Promise<Verification> {
  const { header, claims } = decode(token);
  for (const claim of REQUIRED) {
    if (claims[claim] === undefined || claims[claim] === null) throw invalid(`Missing a required claim: ${claim}`);
  }
  const [issuer, subject] = [nonEmpty(claims, 'iss'), nonEmpty(claims, 'sub')];
  const provider = await findProvider(issuer);
  if (provider === undefined) throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`);
  await checkSignature(token, header, issuer, keys);
  checkTimes(claims, Math.floor(now.getTime() / 1000));
  return { token: { issuer, subject, ...checkAudience(claims, provider), claims }, provider };
}

interface Decoded {
  readonly header: Claims;
  readonly claims: Claims;
}

function decode(token: string): Decoded {
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || !signature || rest.length > 0)
    throw invalid(NOT_A_JWT, 'not three parts');
  return { header: decodePart(header), claims: decodePart(payload) };
}

function decodePart(part: string): Claims {
  if (!/^[\w-]+$/.test(part)) throw invalid(NOT_A_JWT, 'a part is not base64url');
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims;
  } catch {
    // Falls through: what is no JSON is no JWT, like JSON that is no object.
  }
  throw invalid(NOT_A_JWT, 'a part is not a JSON object');
}

function nonEmpty(claims: Claims, name: string): string {
  const value = claims[name];
  if (typeof value !== 'string') throw invalid(NOT_A_JWT, `${name} is not a string`);
  if (value === '') throw invalid(`Claim is not allowed to be empty: ${name}`);
  return value;
}

async function checkSignature(token: string, header: Claims, issuer: string, keys: KeyStore): Promise<void> {
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !ALGORITHMS.has(alg))
    throw invalid(NOT_VALIDATED, `algorithm not allowed: ${String(alg)}`);
  if (typeof kid !== 'string' || kid === '') throw invalid(NO_KEY, 'the token names no key (kid)');
  const all = await keys.keysFor(issuer, kid);
  const candidates = all.filter((key) => key.kid === kid);
  if (candidates.length === 0) throw invalid(NO_KEY, `no key '${kid}' in the JWKS`);
  if (alg.startsWith('RS') && all.filter((key) => key.kty === 'RSA').length > MAX_RSA_KEYS) {
    throw invalid(NO_KEY, `more than ${MAX_RSA_KEYS} RSA keys in the JWKS`);
  }
  const usable = candidates.filter((key) => unusable(key) === undefined);
  if (usable.length === 0) throw invalid(NO_KEY, candidates.map(unusable).join('; '));
  for (const key of usable) if (await verifies(token, key, alg)) return;
  throw invalid(NOT_VALIDATED, `the signature does not fit the key '${kid}'`);
}

/** Why STS does not take a key, if it does not (observed). */
function unusable(key: JWK): string | undefined {
  if (key.key_ops !== undefined) return 'the key has key_ops';
  if (key.use === 'enc') return 'the key is for encryption';
  const parameters = key.kty === 'RSA' ? [key.n, key.e] : [key.crv, key.x, key.y];
  if (parameters.includes(undefined)) return 'the key has no parameters of its own (x5c only)';
  return undefined;
}

async function verifies(token: string, key: JWK, alg: string): Promise<boolean> {
  try {
    await compactVerify(token, await importJWK(key, alg), { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}

function checkTimes(claims: Claims, now: number): void {
  const expires = timestamp(claims, 'exp');
  const issued = timestamp(claims, 'iat');
  const notBefore = claims.nbf === undefined ? undefined : timestamp(claims, 'nbf');
  if (now - TOLERANCE_SECONDS >= expires) {
    const message = `Token expired: current date/time ${now} must be before the expiration date/time ${expires}`;
    throw new StsError('ExpiredTokenException', message);
  }
  if (notBefore !== undefined && now + TOLERANCE_SECONDS < notBefore) {
    throw invalid(`Token not yet valid: current date/time ${now} must be after the not-before date/time ${notBefore}`);
  }
  if (issued > now + TOLERANCE_SECONDS) throw invalid(`Token issued in the future: ${issued}`);
}

function timestamp(claims: Claims, name: string): number {
  const value = claims[name];
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw invalid(NOT_A_JWT, `${name} is not an integer: ${JSON.stringify(value)}`);
}

function checkAudience(
  claims: Claims,
  provider: RegisteredProvider,
): Pick<VerifiedToken, 'audience' | 'otherAudience'> {
  const given = claims.aud;
  const audiences: readonly unknown[] = Array.isArray(given) ? given : [given];
  const [first] = audiences;
  if (first === undefined || audiences.includes('')) throw invalid('Claim is not allowed to be empty: aud');
  if (typeof first !== 'string') throw invalid(NOT_A_JWT, 'aud is not a string');
  const party = claims.azp;
  if (typeof party === 'string' && party !== '') {
    register(party, provider);
    return { audience: party, otherAudience: first };
  }
  if (audiences.length > 1) {
    throw invalid('Token audience contains more than one audience while authorized party is not present');
  }
  register(first, provider);
  return { audience: first, otherAudience: undefined };
}

function register(audience: string, { arn, clientIds }: RegisteredProvider): void {
  if (clientIds.includes(audience)) return;
  throw invalid(
    'Incorrect token audience',
    `'${audience}' is not among the client ids of ${arn}: ${clientIds.join(', ')}`,
  );
}
