/** What an issuer publishes as static files, and whether they may take the place of those that are there. */

import { type PublishedDocument, type Publishing, discoveryDocument, jwksDocument } from './documents.ts';
import { splitUrl } from './settings.ts';

export interface StaticFile {
  readonly kind: 'jwks' | 'discovery';
  /** Absolute on the host of the issuer, e.g. `/.well-known/jwks.json`. */
  readonly path: string;
  /** Where relying parties fetch it. */
  readonly url: string;
  readonly body: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** As the public listener sends it. */
const CONTENT_TYPE = 'application/json; charset=utf-8';

/** Keys first: a discovery document that names an algorithm before there is a key of it would be wrong for a while. */
export function staticFiles(issuer: Publishing): readonly StaticFile[] {
  const { url, jwksPaths, cacheSeconds } = issuer.settings;
  const { host, path } = splitUrl(url);
  const file = (kind: StaticFile['kind'], at: string, { body }: PublishedDocument): StaticFile => ({
    kind,
    path: at,
    url: `https://${host}${at}`,
    body,
    contentType: CONTENT_TYPE,
    cacheControl: `public, max-age=${cacheSeconds}`,
  });
  return [
    ...jwksPaths.map((at) => file('jwks', at, jwksDocument(issuer))),
    file('discovery', `${path}/.well-known/openid-configuration`, discoveryDocument(issuer)),
  ];
}

/**
 * Why a file must not be replaced: it is another issuer's, or of keys that this store does not know, as when the store is
 * older than the file. Undefined where it may.
 * @param known every `kid` that the store has ever had, of removed keys too
 */
export function refuseToReplace(file: StaticFile, there: string, known: ReadonlySet<string>): string | undefined {
  const found = parse(there);
  if (file.kind === 'discovery') {
    const { issuer } = JSON.parse(file.body) as { readonly issuer: string };
    if (!isObject(found) || typeof found.issuer !== 'string') return 'it is no discovery document';
    return found.issuer === issuer ? undefined : `it is the discovery document of ${JSON.stringify(found.issuer)}`;
  }
  const keys = keysOf(found);
  if (keys === undefined) return 'it is no JWK Set';
  const strangers = keys.map(({ kid }) => String(kid)).filter((kid) => !known.has(kid));
  return strangers.length === 0
    ? undefined
    : `it has ${strangers.map((kid) => JSON.stringify(kid)).join(', ')}, which this store does not know: the store is older, or another issuer's`;
}

/** What a relying party got. */
export interface SeenDocument {
  readonly status: number;
  readonly body: string;
  readonly cacheControl: string | undefined;
}

/** How long a relying party's clock and a cache on the way may be off, beside what a cache may keep. */
const CACHE_MARGIN_SECONDS = 60;

export interface SeenPolicy {
  /** How long after its publication a key signs. */
  readonly publishSeconds: number;
}

/** A document as relying parties see it. */
export interface Judged {
  /** What is not as it was published; nothing where it is. */
  readonly problems: readonly string[];
  /** What is odd, and hinders nobody. */
  readonly notes: readonly string[];
}

export function judgeSeen(
  file: StaticFile,
  { status, body, cacheControl }: SeenDocument,
  { publishSeconds }: SeenPolicy,
): Judged {
  if (status !== 200) return { problems: [`${file.url} answers HTTP ${status}`], notes: [] };
  const found = parse(body);
  const kept = maxAge(cacheControl);
  const { problems, notes } =
    file.kind === 'jwks' ? judgeKeys(file, found) : { problems: judgeDiscovery(file, found), notes: [] };
  if (kept === undefined || kept + CACHE_MARGIN_SECONDS <= publishSeconds) return { problems, notes };
  const rule = `keys.publish_seconds is ${publishSeconds}, and must be ${CACHE_MARGIN_SECONDS} s more than that at least`;
  return { problems: [...problems, `${file.url} may be cached for ${kept} s (Cache-Control), and ${rule}`], notes };
}

function judgeKeys({ url, body }: StaticFile, found: unknown): Judged {
  const keys = keysOf(found);
  if (keys === undefined) return { problems: [`${url} holds no JWK Set`], notes: [] };
  const wanted = keysOf(parse(body)) ?? [];
  const missing = wanted.filter((key) => !keys.some((other) => sameKey(key, other)));
  const surplus = keys.filter(({ kid }) => !wanted.some((key) => key.kid === kid));
  return {
    problems: missing.map(({ kid }) => `${url} has no key ${String(kid)}`),
    notes: surplus.map(({ kid }) => `${url} has the key ${shown(kid)} too, which is none of those published now`),
  };
}

function judgeDiscovery({ url, body }: StaticFile, found: unknown): string[] {
  if (!isObject(found)) return [`${url} holds no discovery document`];
  const wanted = parse(body) as Readonly<Record<string, unknown>>;
  return ['issuer', 'jwks_uri', 'id_token_signing_alg_values_supported'].flatMap((member) =>
    JSON.stringify(found[member]) === JSON.stringify(wanted[member])
      ? []
      : [`${url} has ${member} ${shown(found[member])} and not ${JSON.stringify(wanted[member])}`],
  );
}

/** RFC 9111, section 5.2.2. A shared cache may go by `s-maxage`. Undefined where nothing is said. */
function maxAge(cacheControl = ''): number | undefined {
  const ages = [...cacheControl.matchAll(/(?:^|[\s,])(?:s-)?max-?age\s*=\s*"?(\d+)/gi)].map(([, age]) => Number(age));
  return ages.length === 0 ? undefined : Math.max(...ages);
}

type Jwk = Readonly<Record<string, unknown>>;

function keysOf(document: unknown): readonly Jwk[] | undefined {
  if (!isObject(document) || !Array.isArray(document.keys)) return undefined;
  const keys: readonly unknown[] = document.keys;
  return keys.every(isObject) ? keys : undefined;
}

function sameKey(one: Jwk, other: Jwk): boolean {
  return Object.entries(one).every(([member, value]) => other[member] === value);
}

/** Others wrote it: short, and without what a terminal would obey. */
function shown(value: unknown): string {
  return (JSON.stringify(value) as string | undefined)?.replace(/\p{C}/gu, '?').slice(0, 200) ?? 'nothing';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Jwk => typeof value === 'object' && value !== null && !Array.isArray(value);
