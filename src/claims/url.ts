/** Issuer URLs: what OpenID Connect and AWS allow. */

import { type Path, type Problem, problem } from './problem.ts';

/** AWS: at most 255 characters for the URL of a provider (IAM CreateOpenIDConnectProvider). */
const LIMIT = 255;

interface UrlRule {
  readonly broken: (url: string) => boolean;
  readonly message: string;
  readonly hint: string;
}

/** RFC 3986 by pattern: this house uses no runtime module, and the text must stay byte-identical to `iss`. */
const SHAPE = /^https:\/\/([A-Za-z0-9.-]+)(?::[0-9]+)?(\/[^?#\s]*)?$/;

const RULES: readonly UrlRule[] = [
  {
    broken: (url) => !url.startsWith('https://'),
    message: 'an issuer URL begins with https://',
    hint: 'keys that are fetched without TLS can be replaced on the way',
  },
  {
    broken: (url) => /[?#]/.test(url),
    message: 'an issuer URL has no query and no fragment',
    hint: 'see OpenID Connect Discovery 1.0, section 4.1',
  },
  {
    broken: (url) => /^https:\/\/[^/]*:[0-9]+/.test(url),
    message: 'an issuer URL has no port',
    hint: 'AWS takes no OIDC provider with a port; serve the issuer on 443',
  },
  {
    broken: (url) => url.endsWith('/'),
    message: 'the issuer URL ends with a slash',
    hint: 'write it exactly as the `iss` claim has it, which none of the known issuers ends with a slash',
  },
  {
    broken: (url) => url.length > LIMIT,
    message: `an issuer URL has at most ${LIMIT} characters`,
    hint: 'AWS takes no longer one',
  },
  { broken: (url) => !SHAPE.test(url), message: 'this is no URL', hint: 'write https://host or https://host/path' },
];

/** Where keys are fetched is no provider of AWS: a port and a query are fine there. */
const KEYS_SHAPE = /^https:\/\/[A-Za-z0-9.-]+(?::[0-9]+)?(?:\/[^#\s]*)?$/;

/** What is wrong with the URL of a JWKS. */
export function checkKeysUrl(url: string, path: Path): Problem[] {
  if (KEYS_SHAPE.test(url)) return [];
  const hint = 'write https://host/path: keys that are fetched without TLS can be replaced on the way';
  return [problem(path, `this is no https URL: ${url}`, hint)];
}

/** The first rule that the URL breaks, as a problem; nothing where it is fine. */
export function checkIssuerUrl(url: string, path: Path): Problem[] {
  const rule = RULES.find((candidate) => candidate.broken(url));
  return rule === undefined ? [] : [problem(path, `${rule.message}: ${url}`, rule.hint)];
}
