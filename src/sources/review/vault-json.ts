/** Roles, mounts and policies of Vault, as `vault read -format=json` prints them; several by their paths. */

import { type Location, type Resource } from '../../trust/resource.ts';
import { isObject, memberAt, textAt } from './json.ts';

const PATH =
  /^(?:auth\/(?<mount>.+)\/(?:(?<config>config)|role\/(?<role>[^/]+))|sys\/polic(?:y|ies\/acl)\/(?<policy>.+))$/;

/** What of Vault is in the document; undefined where nothing is. */
export function readVaultJson(document: unknown, file: string): readonly Resource[] | undefined {
  if (!isObject(document)) return undefined;
  const paths = Object.keys(document).filter((key) => PATH.test(key));
  if (paths.length === 0) return readOne(document, {}, file);
  return paths.flatMap((path) => readOne(document[path], PATH.exec(path)?.groups ?? {}, file, path) ?? []);
}

interface Names {
  readonly mount?: string;
  readonly role?: string;
  readonly policy?: string;
}

function readOne(document: unknown, names: Names, file: string, path?: string): readonly Resource[] | undefined {
  const inner = memberAt(document, 'data');
  const data = isObject(inner) ? inner : document;
  if (!isObject(data)) return undefined;
  const at = (resource: string): Location => ({ file, resource: path ?? resource });
  const mount = names.mount === undefined ? {} : { mount: names.mount };
  if (memberAt(data, 'user_claim') !== undefined) {
    const name = names.role ?? textAt(data, 'name');
    const known = name === undefined ? {} : { name };
    return [{ kind: 'vault-role', place: at(name ?? 'role'), ...mount, ...known, role: data, splitsCommas: false }];
  }
  if (MOUNT_FIELDS.some((name) => memberAt(data, name) !== undefined)) {
    const named = names.mount === undefined ? {} : { path: names.mount };
    return [{ kind: 'vault-mount', place: at('config'), ...named, config: withoutEmpty(data) }];
  }
  const text = memberAt(data, 'policy') ?? memberAt(data, 'rules');
  const policy = typeof text === 'string' ? text : isObject(memberAt(data, 'path')) ? JSON.stringify(data) : undefined;
  if (policy === undefined) return undefined;
  const name = names.policy ?? textAt(data, 'name');
  return [{ kind: 'vault-policy', place: at(name ?? 'policy'), ...(name === undefined ? {} : { name }), text: policy }];
}

const MOUNT_FIELDS = [
  'oidc_discovery_url',
  'jwks_url',
  'jwks_pairs',
  'jwt_validation_pubkeys',
  'bound_issuer',
  'jwt_supported_algs',
];

/** Vault prints what is not configured as an empty text. */
const withoutEmpty = (data: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== '' && value !== null));
