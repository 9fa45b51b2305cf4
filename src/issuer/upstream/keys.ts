/** The keys of an upstream issuer: fetched when they are needed, kept for a while, and fetched again for a key that is new. */

import { type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters, createLocalJWKSet } from 'jose';
import { JWKSNoMatchingKey } from 'jose/errors';
import { z } from 'zod';

/**
 * Fetches a JSON document over https. Rejects where it cannot be had, is no JSON, or is larger, slower or elsewhere than
 * the fetcher allows.
 */
export type FetchDocument = (url: string) => Promise<unknown>;

export type KeyOf = (header?: JWSHeaderParameters, token?: FlattenedJWSInput) => Promise<CryptoKey>;

export interface UpstreamKeysOptions {
  readonly issuer: string;
  /** Absent: where the discovery document says. */
  readonly jwksUrl?: string;
  readonly fetchDocument: FetchDocument;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** Keys are used this long before they are fetched again, in seconds. */
const FRESH = 600;
/** While the upstream cannot be reached its keys are used this long: a revoked one must not live on. */
const LAST_KNOWN_GOOD = 3_600;
/** For a key id that nobody has, which anybody can send, the upstream is asked this often at most. */
const COOLDOWN = 30;

/** The upstream's keys cannot be had, and none are in memory that could still be used. */
export class UpstreamUnavailable extends Error {
  override readonly name = 'UpstreamUnavailable';
}

const discoveryShape = z.object({ issuer: z.string(), jwks_uri: z.url() });
const jwksShape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

interface Kept {
  readonly key: KeyOf;
  readonly at: number;
}

/** Finds the key of a token. Throws jose's errors where there is none, and `UpstreamUnavailable`. */
export function upstreamKeys(options: UpstreamKeysOptions): KeyOf {
  const { now } = options;
  let kept: Kept | undefined;
  let tried = -Infinity;
  let fetching: Promise<void> | undefined;
  /** One fetch at a time, for all who wait. What fails leaves what is kept. */
  const fetchOnce = () => {
    tried = now();
    fetching ??= fetchKeys(options)
      .then((key) => {
        kept = { key, at: now() };
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };
  const current = async (): Promise<Kept> => {
    if (kept !== undefined && now() - kept.at < FRESH) return kept;
    const failed = fetching !== undefined || now() - tried >= COOLDOWN ? await attempt(fetchOnce) : undefined;
    if (kept !== undefined && now() - kept.at < LAST_KNOWN_GOOD) return kept;
    throw new UpstreamUnavailable(`the keys of ${options.issuer} cannot be had`, { cause: failed });
  };
  return async (header, token) => {
    const { key } = await current();
    try {
      return await key(header, token);
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey) || now() - tried < COOLDOWN) throw error;
      await attempt(fetchOnce);
      return (kept?.key ?? key)(header, token);
    }
  };
}

async function attempt(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function fetchKeys(options: UpstreamKeysOptions): Promise<KeyOf> {
  const { keys } = jwksShape.parse(await options.fetchDocument(await keysUrl(options)));
  return createLocalJWKSet({ keys });
}

/** OpenID Connect Discovery 1.0, section 4.3: the document must be of exactly this issuer. */
async function keysUrl({ issuer, jwksUrl, fetchDocument }: UpstreamKeysOptions): Promise<string> {
  if (jwksUrl !== undefined) return jwksUrl;
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = discoveryShape.parse(await fetchDocument(url));
  if (document.issuer !== issuer) {
    throw new UpstreamUnavailable(`${url} is of the issuer ${document.issuer.slice(0, 200)}, not of ${issuer}`);
  }
  return document.jwks_uri;
}
