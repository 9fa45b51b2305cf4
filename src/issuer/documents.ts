/** What an issuer publishes: its discovery document and its keys. Both come from memory, whatever the store does. */

import { createHash } from 'node:crypto';
import { type AudienceForm, type IssuerProfile, type Variant } from '../claims/profile.ts';
import { type Algorithm } from '../keys/algorithms.ts';
import { type KeyRing } from '../keys/ring.ts';
import { offeredProfiles } from './profile.ts';
import { type Issuer, splitUrl } from './settings.ts';

/** What of an issuer is published. No private key is needed for it. */
export interface Publishing extends Pick<Issuer, 'settings'> {
  readonly ring: { readonly settings: Pick<KeyRing['settings'], 'algorithms'> } & Pick<KeyRing, 'publicKeys'>;
}

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
export const JWT = 'urn:ietf:params:oauth:token-type:jwt';
export const WORKLOAD_CREDENTIAL = 'urn:idp-kit:params:oauth:token-type:workload-credential';

export interface PublishedDocument {
  readonly body: string;
  /** A strong entity tag (RFC 9110, section 8.8.3). */
  readonly etag: string;
}

/**
 * OpenID Connect Discovery 1.0, section 3, with true fields alone: there is no authorization endpoint, though the section
 * requires one; neither AWS nor Vault asks for it.
 */
export function discoveryDocument(issuer: Publishing): PublishedDocument {
  return remember(DISCOVERY, issuer, issuer.settings.url, renderDiscovery);
}

function renderDiscovery({ settings, ring }: Publishing): PublishedDocument {
  const { host } = splitUrl(settings.url);
  const claims = offeredProfiles(settings)
    .filter(({ url }) => url !== undefined)
    .flatMap((profile) => [...registeredClaims(profile), ...Object.values(profile.variants).flatMap(ownClaims)]);
  return publish({
    issuer: settings.url,
    jwks_uri: `https://${host}${settings.jwksPaths[0]}`,
    token_endpoint: `${settings.url}/token`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: publishedAlgorithms(ring),
    claims_supported: [...new Set(claims)],
    grant_types_supported: [TOKEN_EXCHANGE],
    token_endpoint_auth_methods_supported: ['none'],
  });
}

/** The usual one first; those that are no longer configured are verified until their last key is removed. */
function publishedAlgorithms(ring: Publishing['ring']): Algorithm[] {
  const published = new Set(ring.publicKeys().map(({ algorithm }) => algorithm));
  return [...new Set([...ring.settings.algorithms, ...published])].filter((algorithm) => published.has(algorithm));
}

const AUDIENCE_CLAIMS: Readonly<Record<AudienceForm, readonly string[]>> = {
  array: ['aud'],
  'array-with-azp': ['aud', 'azp'],
  string: ['aud'],
  none: [],
};

function registeredClaims({ audience, registered }: IssuerProfile): string[] {
  return ['iss', 'sub', ...AUDIENCE_CLAIMS[audience], 'exp', 'iat', ...registered];
}

/** Claims with a pointer are part of another one. */
function ownClaims({ claims }: Variant): string[] {
  return Object.entries(claims).flatMap(([name, { pointer }]) => (pointer === undefined ? [name] : []));
}

/** A JWK Set (RFC 7517, section 5). No `key_ops`: beside `use` it is one statement too many for some relying parties. */
export function jwksDocument(issuer: Publishing): PublishedDocument {
  return remember(JWKS, issuer, ANY_URL, renderJwks);
}

function renderJwks(issuer: Publishing): PublishedDocument {
  const keys = issuer.ring.publicKeys().map(({ kid, algorithm, jwk }) => ({ ...jwk, kid, use: 'sig', alg: algorithm }));
  return publish({ keys });
}

/** By the list of keys, and then by what else it depends on: organizations with URLs of their own share the keys. */
type Rendered = WeakMap<object, Map<string, PublishedDocument>>;

const DISCOVERY: Rendered = new WeakMap();
const JWKS: Rendered = new WeakMap();

const ANY_URL = '';

/** Those of URLs that were not asked for lately are rendered again. */
const URLS_KEPT = 10_000;

function remember(
  rendered: Rendered,
  issuer: Publishing,
  url: string,
  render: (issuer: Publishing) => PublishedDocument,
): PublishedDocument {
  const keys = issuer.ring.publicKeys();
  const documents = rendered.get(keys) ?? new Map<string, PublishedDocument>();
  const known = documents.get(url);
  if (known !== undefined) return known;
  const document = render(issuer);
  if (documents.size >= URLS_KEPT) documents.clear();
  rendered.set(keys, documents.set(url, document));
  return document;
}

function publish(document: unknown): PublishedDocument {
  const body = JSON.stringify(document);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
