/** Resources of the AWS and Vault providers of Terraform, which those of Pulumi are made of: one table for both. */

import { type Declared, type Json, type Location, type Resource, Unknown } from '../../trust/resource.ts';
import { type Attachment, type ManagedPolicy, type RolePiece, joinRoles } from './iam.ts';
import { isObject, listAt, memberAt, renamed, textAt } from './json.ts';

/** A resource as a plan, a state or a preview has it, with the names of Terraform's attributes. */
export interface Provided {
  /** Terraform's type, e.g. `aws_iam_role`. */
  readonly type: string;
  readonly place: Location;
  /** Names by which others may refer to it, beside its own. */
  readonly names: readonly string[];
  readonly attributes: Json;
  /** What whoever made it said to be meant. */
  readonly declared?: Declared;
}

export function readProvided(provided: readonly Provided[]): readonly Resource[] {
  const of = (...types: readonly string[]) => provided.filter(({ type }) => types.includes(type));
  return [
    ...joinRoles(of('aws_iam_role').map(rolePiece), provided.flatMap(attachments), of('aws_iam_policy').map(policyOf)),
    ...of('aws_iam_openid_connect_provider').map(providerOf),
    ...of('vault_jwt_auth_backend').map(mountOf),
    ...of('vault_jwt_auth_backend_role').map(vaultRoleOf),
    ...of('vault_policy').map(vaultPolicyOf),
    ...of('vault_identity_oidc_role').map(identityTokens),
  ];
}

function rolePiece({ place, names, attributes, declared }: Provided): RolePiece {
  const boundary = memberAt(attributes, 'permissions_boundary');
  const session = memberAt(attributes, 'max_session_duration');
  const own = ['name', 'id', 'arn'].flatMap((name) => textAt(attributes, name) ?? []);
  const name = textAt(attributes, 'name');
  return {
    place,
    names: [...names, ...own],
    ...(name === undefined ? {} : { name }),
    trustPolicy: memberAt(attributes, 'assume_role_policy'),
    managed: listAt(attributes, 'managed_policy_arns'),
    inline: listAt(attributes, 'inline_policy').map((one) => ({
      name: textAt(one, 'name') ?? 'inline',
      document: memberAt(one, 'policy'),
    })),
    ...(boundary === undefined || boundary === '' ? {} : { boundary }),
    ...(session === undefined ? {} : { session }),
    ...(declared === undefined ? {} : { declared }),
  };
}

function attachments({ type, place, attributes }: Provided): Attachment[] {
  if (type === 'aws_iam_role_policy_attachment')
    return [{ place, roles: [memberAt(attributes, 'role')], managed: memberAt(attributes, 'policy_arn') }];
  if (type === 'aws_iam_policy_attachment')
    return [{ place, roles: listAt(attributes, 'roles'), managed: memberAt(attributes, 'policy_arn') }];
  if (type === 'aws_iam_role_policy_attachments_exclusive')
    return listAt(attributes, 'policy_arns').map((managed) => ({
      place,
      roles: [memberAt(attributes, 'role_name')],
      managed,
    }));
  if (type !== 'aws_iam_role_policy') return [];
  const name = textAt(attributes, 'name') ?? place.resource;
  return [{ place, roles: [memberAt(attributes, 'role')], name, document: memberAt(attributes, 'policy') }];
}

const policyOf = ({ place, names, attributes }: Provided): ManagedPolicy => ({
  names: [...names, ...['arn', 'id'].flatMap((name) => textAt(attributes, name) ?? [])],
  name: textAt(attributes, 'name') ?? place.resource,
  document: memberAt(attributes, 'policy'),
});

const providerOf = ({ place, attributes }: Provided): Resource => ({
  kind: 'aws-provider',
  place,
  url: memberAt(attributes, 'url'),
  clientIds: memberAt(attributes, 'client_id_list'),
});

const MOUNT: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'oidc_discovery_url',
    'jwks_url',
    'jwks_pairs',
    'jwt_validation_pubkeys',
    'bound_issuer',
    'jwt_supported_algs',
    'default_role',
  ].map((name) => [name, name]),
);

function mountOf({ place, attributes }: Provided): Resource {
  const path = textAt(attributes, 'path') ?? 'jwt';
  return { kind: 'vault-mount', place, path: path.replace(/\/$/, ''), config: renamed(attributes, MOUNT) };
}

const ROLE_FIELDS = [
  'role_type',
  'user_claim',
  'user_claim_json_pointer',
  'bound_audiences',
  'bound_subject',
  'bound_claims_type',
  'bound_claims',
  'claim_mappings',
  'groups_claim',
  'allowed_redirect_uris',
  'token_bound_cidrs',
  'token_policies',
  'token_no_default_policy',
  'token_type',
  'token_period',
  'token_num_uses',
  'token_ttl',
  'token_max_ttl',
  'token_explicit_max_ttl',
];
const ROLE: Readonly<Record<string, string>> = Object.fromEntries(ROLE_FIELDS.map((name) => [name, name]));

function vaultRoleOf({ place, attributes, declared }: Provided): Resource {
  const mount = memberAt(attributes, 'backend');
  const splitsCommas = memberAt(attributes, 'disable_bound_claims_parsing') !== true;
  const name = textAt(attributes, 'role_name');
  return {
    kind: 'vault-role',
    place,
    // A mount that is not known is looked for like one that is not named.
    ...(mount instanceof Unknown ? {} : { mount: typeof mount === 'string' ? mount.replace(/\/$/, '') : 'jwt' }),
    ...(name === undefined ? {} : { name }),
    role: withoutEmpty(renamed(attributes, ROLE)),
    splitsCommas,
    ...(declared === undefined ? {} : { declared }),
  };
}

/** The provider writes what is not set as an empty list or map. */
const withoutEmpty = (role: Json): Json =>
  Object.fromEntries(
    Object.entries(role).filter(
      ([, value]) =>
        !(Array.isArray(value) && value.length === 0) && !(isObject(value) && Object.keys(value).length === 0),
    ),
  );

function vaultPolicyOf({ place, attributes }: Provided): Resource {
  const name = textAt(attributes, 'name');
  return { kind: 'vault-policy', place, ...(name === undefined ? {} : { name }), text: memberAt(attributes, 'policy') };
}

/** Vault as an issuer: its identity tokens live a day by default, and have no `jti`. */
const DAY = 86_400;

const identityTokens = ({ place, attributes }: Provided): Resource => ({
  kind: 'issuer',
  place,
  life: memberAt(attributes, 'ttl') ?? DAY,
  jti: false,
});
