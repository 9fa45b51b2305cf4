// Where a Vault is and how to trust it, by the variables of Vault's own CLI: VAULT_ADDR, VAULT_NAMESPACE, VAULT_CACERT, VAULT_CAPATH.
// https://developer.hashicorp.com/vault/docs/commands#configure-environment-variables
import { secureAddress } from '../address.ts';
import type { TrustSetting } from '../certificates.ts';
import { setting, type Environment } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';

/** What a login asks for, as flags have it. */
export interface VaultLogin {
  readonly role: string;
  /** Unset asks for `vault.hashicorp.com`, and then makes do with a token that has no audience. */
  readonly audience?: string | undefined;
  /** Path of the auth mount, without `auth/`. */
  readonly mount: string;
  readonly namespace?: string | undefined;
}

export const DEFAULT_VAULT_AUDIENCE = 'vault.hashicorp.com';

export const VAULT_TRUST: readonly TrustSetting[] = [
  { variable: 'VAULT_CACERT', kind: 'file' },
  { variable: 'VAULT_CAPATH', kind: 'directory' },
];

/** The login's address. Throws a `WorkloadFailure` with code `bad-input`. */
export function loginAddress(login: VaultLogin, env: Environment): URL {
  const address = mountAddress(login.mount, 'login', env);
  if (login.role.trim() === '') {
    throw new WorkloadFailure('bad-input', 'no Vault role is named', 'Pass --role or set IDP_VAULT_ROLE.');
  }
  return address;
}

/** An address below an auth mount: `{VAULT_ADDR}/v1/auth/{mount}/{rest}`. Throws a `WorkloadFailure` with code `bad-input`. */
export function mountAddress(mount: string, rest: string, env: Environment): URL {
  const address = setting(env, 'VAULT_ADDR');
  if (address === undefined) {
    throw new WorkloadFailure(
      'bad-input',
      'VAULT_ADDR is not set',
      'Set it to the address of Vault, such as https://vault.example:8200.',
    );
  }
  const base = secureAddress(address, 'VAULT_ADDR');
  const path = base.pathname.replace(/\/+$/, '');
  const url = new URL(base.origin);
  url.pathname = `${path}/v1/auth/${mountPath(mount)}/${rest}`;
  return url;
}

/** Headers that Vault's own CLI sends: proxies of Vault (`require_request_header`) demand the first. */
export function vaultHeaders(login: Pick<VaultLogin, 'namespace'>, env: Environment): Record<string, string> {
  const namespace = login.namespace ?? setting(env, 'VAULT_NAMESPACE');
  if (namespace !== undefined && !/^[\x21-\x7e]+$/.test(namespace)) {
    throw new WorkloadFailure(
      'bad-input',
      'the Vault namespace holds a space or control character',
      'Write it as in team/ci.',
    );
  }
  return {
    'content-type': 'application/json',
    'x-vault-request': 'true',
    ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
  };
}

function mountPath(mount: string): string {
  const segments = mount.replace(/^\/+|\/+$/g, '').split('/');
  const odd = segments.some(
    (segment) => segment === '' || segment === '.' || segment === '..' || /[\p{C}\s?#%\\]/u.test(segment),
  );
  if (odd) {
    throw new WorkloadFailure(
      'bad-input',
      `the Vault mount "${mount.slice(0, 100).replace(/\p{C}/gu, '?')}" is not a path`,
      'Pass --mount (or IDP_VAULT_MOUNT) as `vault auth list` shows it, such as jwt or ci/jwt.',
    );
  }
  return segments.map(encodeURIComponent).join('/');
}

/** Settings of Vault's CLI that this login does not follow, each with its reason, for whoever set them. */
export function unfollowedSettings(env: Environment): string[] {
  const notes: string[] = [];
  const skip = setting(env, 'VAULT_SKIP_VERIFY');
  if (skip !== undefined && !['0', 'f', 'false'].includes(skip.toLowerCase())) {
    notes.push(
      'VAULT_SKIP_VERIFY is not followed: a token sent to an unverified server is given away. Set VAULT_CACERT (a file) or VAULT_CAPATH (a directory).',
    );
  }
  const unknown = ['VAULT_CLIENT_CERT', 'VAULT_TLS_SERVER_NAME', 'VAULT_PROXY_ADDR'].filter(
    (name) => setting(env, name) !== undefined,
  );
  if (unknown.length > 0) notes.push(`${unknown.join(', ')}: not supported here, and not followed.`);
  return notes;
}
