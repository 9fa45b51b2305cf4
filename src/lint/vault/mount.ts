/** The rules about a mount: whose tokens it takes, where its keys come from, how they sign. */

import { type VaultJwtConfig } from '../../trust/vault/role.ts';
import { insecureUrls } from '../issuer/insecure-url.ts';
import { type Found, type RuleText, type ShownToken } from '../rule.ts';

export interface MountSubject {
  readonly config: VaultJwtConfig;
  /** A token that some role of the mount takes. */
  readonly witness: ShownToken | undefined;
  /** One of another issuer, that takes `iss` for nothing. */
  readonly foreign: ShownToken | undefined;
}

export const noIssuerText: RuleText = {
  id: 'vault-no-issuer',
  severity: 'high',
  title: 'the mount binds no issuer',
  reason: '`iss` is not checked: it is not taken from oidc_discovery_url, and keys may sign for several issuers',
  fix: 'set bound_issuer to the exact `iss` of the tokens',
};

export function findNoIssuer({ config, foreign }: MountSubject): Found[] {
  // Vault forbids it beside jwks_pairs.
  if ((config.bound_issuer ?? '') !== '' || (config.jwks_pairs ?? []).length > 0) return [];
  return [{ message: 'bound_issuer is not set', path: 'config.bound_issuer', ...shown(foreign) }];
}

export const algorithmsText: RuleText = {
  id: 'vault-algorithms',
  severity: 'medium',
  title: 'not one algorithm',
  reason: 'every algorithm that is not needed is one more way to forge: unset, Vault takes ten',
  fix: 'set jwt_supported_algs to the one algorithm that the issuer signs with, such as [RS256]',
};

export function findAlgorithms({ config, witness }: MountSubject): Found[] {
  const { jwt_supported_algs: algorithms = [] } = config;
  if (algorithms.length === 1) return [];
  const message = algorithms.length === 0 ? 'jwt_supported_algs is not set' : `${algorithms.join(', ')} are taken`;
  return [{ message, path: 'config.jwt_supported_algs', ...shown(witness) }];
}

/** URLs of the mount from which keys are fetched without TLS. */
export function findMountUrls({ config, witness }: MountSubject): Found[] {
  const { oidc_discovery_url: discovery, jwks_url: jwks, jwks_pairs: pairs = [] } = config;
  const paired = pairs.map((pair) =>
    typeof pair === 'object' && pair !== null && 'jwks_url' in pair ? pair.jwks_url : undefined,
  );
  return insecureUrls([
    { path: 'config.oidc_discovery_url', url: discovery },
    { path: 'config.jwks_url', url: jwks },
    ...paired.map((url, index) => ({ path: `config.jwks_pairs[${index}].jwks_url`, url })),
  ]).map((found) => ({ ...found, ...shown(witness) }));
}

const shown = (witness: ShownToken | undefined) => (witness === undefined ? {} : { witness });
