/**
 * An identity provider's discovery document and keys, as STS fetches them: over TLS, within five seconds, kept until a key is
 * asked for that is not among them.
 */
import { ProxyAgent, fetch } from 'undici';
import type { JWK } from 'jose';
import { z } from 'zod';
import { StsError } from './sts-error.ts';

/** Fetches a JSON document, or throws what went wrong on the way. */
export type FetchDocument = (url: string) => Promise<FetchedDocument>;

export interface FetchedDocument {
  readonly status: number;
  readonly body: string;
}

export interface FetcherOptions {
  /** The CONNECT proxy that leads the issuers' names to the sandbox. */
  readonly proxyUrl: string;
  /** The authority that the issuers' certificates must come from, PEM. */
  readonly caPem: string;
  /** AWS gives up after five seconds. */
  readonly timeoutMs: number;
}

export function documentFetcher({ proxyUrl, caPem, timeoutMs }: FetcherOptions): {
  fetch: FetchDocument;
  close(): Promise<void>;
} {
  const dispatcher = new ProxyAgent({ uri: proxyUrl, requestTls: { ca: caPem } });
  return {
    fetch: async (url) => {
      const response = await fetch(url, { dispatcher, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
      return { status: response.status, body: await response.text() };
    },
    close: () => dispatcher.destroy(),
  };
}

/** The two spaces are AWS's own. */
export const NO_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

const BAD_CERTIFICATE = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint";

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const Keys = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

export interface KeyStore {
  /** The keys of an issuer; `kid` is what is asked for, and an unknown one makes it fetch again. */
  keysFor(issuer: string, kid: string): Promise<readonly JWK[]>;
  /** Forgets everything, as STS does after a while. */
  readonly forget: () => void;
}

export function keyStore(fetchDocument: FetchDocument): KeyStore {
  const known = new Map<string, readonly JWK[]>();
  return {
    keysFor: async (issuer, kid) => {
      const cached = known.get(issuer);
      if (cached?.some((key) => key.kid === kid) === true) return cached;
      const fresh = await fetchKeys(fetchDocument, issuer);
      known.set(issuer, fresh);
      return fresh;
    },
    forget: () => {
      known.clear();
    },
  };
}

async function fetchKeys(fetchDocument: FetchDocument, issuer: string): Promise<readonly JWK[]> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const discovery = parse(Discovery, await load(fetchDocument, url), url);
  // OpenID Connect Discovery 1.0, 4.3: exactly the URL it was found under.
  if (discovery.issuer !== issuer) throw noKey(`${url} says its issuer is ${discovery.issuer}, not ${issuer}`);
  if (!discovery.jwks_uri.startsWith('https://')) throw noKey(`jwks_uri is no https URL: ${discovery.jwks_uri}`);
  return parse(Keys, await load(fetchDocument, discovery.jwks_uri), discovery.jwks_uri).keys;
}

const noKey = (detail: string): StsError => new StsError('InvalidIdentityToken', NO_KEY, detail);

async function load(fetchDocument: FetchDocument, url: string): Promise<string> {
  let answer: FetchedDocument;
  try {
    answer = await fetchDocument(url);
  } catch (error) {
    throw unreachable(url, error);
  }
  if (answer.status >= 500)
    throw new StsError('IDPCommunicationError', COMMUNICATION, `${url} answers ${answer.status}`);
  if (answer.status !== 200) throw noKey(`${url} answers ${answer.status}`);
  return answer.body;
}

const COMMUNICATION =
  'The request could not be fulfilled because the identity provider (IDP) that was asked to verify the incoming identity token could not be reached.';

/** Codes of a TLS handshake that did not trust the other side (Node's documentation, "X509 certificate error codes"). */
const CERTIFICATE_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME/;

function unreachable(url: string, error: unknown): StsError {
  const causes: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    causes.push('code' in at && typeof at.code === 'string' ? `${at.code} ${at.message}` : at.message);
  }
  const detail = `${url}: ${causes.join(': ')}`;
  return CERTIFICATE_CODE.test(causes.join(' '))
    ? new StsError('InvalidIdentityToken', BAD_CERTIFICATE, detail)
    : new StsError('IDPCommunicationError', COMMUNICATION, detail);
}

function parse<Shape>(shape: z.ZodType<Shape>, body: string, url: string): Shape {
  try {
    return shape.parse(JSON.parse(body));
  } catch {
    throw noKey(`${url} does not hold what it should`);
  }
}
