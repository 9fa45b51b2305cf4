/** What says how an issuer's tokens are: its discovery document, a decoded token, an organization's token configuration, a role of Vault's identity tokens. */

import { type Resource } from '../../trust/resource.ts';
import { isObject, memberAt, textAt } from './json.ts';

/** The issuer; undefined where the document tells of none. */
export function readIssuerJson(document: unknown, file: string): readonly Resource[] | undefined {
  return readDiscovery(document, file) ?? readToken(document, file) ?? readLives(document, file);
}

/** OpenID Connect Discovery 1.0, section 3. */
function readDiscovery(document: unknown, file: string): readonly Resource[] | undefined {
  const issuer = textAt(document, 'issuer');
  const jwks = memberAt(document, 'jwks_uri');
  if (issuer === undefined || jwks === undefined) return undefined;
  const claims = memberAt(document, 'claims_supported');
  return [
    {
      kind: 'issuer',
      place: { file, resource: issuer },
      issuer,
      keyUrls: [issuer, jwks],
      ...(Array.isArray(claims) ? { jti: claims.includes('jti') } : {}),
    },
  ];
}

/** The payload, by itself or as `idp token --decode` prints it. */
function readToken(document: unknown, file: string): readonly Resource[] | undefined {
  const inner = memberAt(document, 'payload');
  const claims = isObject(inner) ? inner : document;
  const [issuer, exp, iat] = [textAt(claims, 'iss'), memberAt(claims, 'exp'), memberAt(claims, 'iat')];
  if (issuer === undefined || typeof exp !== 'number' || typeof iat !== 'number') return undefined;
  const place = { file, resource: issuer };
  return [{ kind: 'issuer', place, issuer, life: exp - iat, jti: memberAt(claims, 'jti') !== undefined }];
}

/** This kit's own issuer (`PUT …/organizations/{id}`), and `identity/oidc/role/…` of Vault, whose tokens have no `jti`. */
function readLives(document: unknown, file: string): readonly Resource[] | undefined {
  const max = memberAt(document, 'max_token_life_seconds') ?? memberAt(document, 'token_life_seconds');
  if (typeof max === 'number') {
    const resource = textAt(document, 'id') ?? textAt(document, 'organization') ?? 'token configuration';
    return [{ kind: 'issuer', place: { file, resource }, life: max }];
  }
  const data = isObject(memberAt(document, 'data')) ? memberAt(document, 'data') : document;
  const [ttl, key, client] = [memberAt(data, 'ttl'), textAt(data, 'key'), textAt(data, 'client_id')];
  if (key === undefined || client === undefined || ttl === undefined) return undefined;
  const life = typeof ttl === 'string' && /^[0-9]+$/.test(ttl) ? Number(ttl) : ttl;
  return [{ kind: 'issuer', place: { file, resource: client }, life, jti: false }];
}
