/** Resources as the document that both reviewers read: a plan of Terraform, and where Terraform has no word for it, what the API prints. */
import { type AwsRole, type Json, type Resource } from '../../src/trust/resource.ts';

/** The text of one file; undefined where no document says it, such as what only a catalog declares. */
export function documentOf(resources: readonly Resource[]): string | undefined {
  const provided = resources.map(inTerraform);
  if (provided.every((one) => one !== undefined)) return planOf(provided.flat());
  const printed = resources.map(inJson);
  return printed.every((one) => one !== undefined) ? JSON.stringify(Object.assign({}, ...printed)) : undefined;
}

export interface Provided {
  /** As Terraform calls it. */
  readonly type: string;
  readonly values: Json;
}

/** JSON output format of Terraform 1.9: what `terraform show -json` prints of a plan that makes the resources. */
export function planOf(provided: readonly Provided[]): string {
  const resources = provided.map(({ type, values }, index) => {
    const name = `r${index}`;
    const [provider = ''] = type.split('_');
    const common = { address: `${type}.${name}`, mode: 'managed', type, name };
    return { ...common, provider_name: `registry.terraform.io/hashicorp/${provider}`, values };
  });
  return JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.9.8',
    planned_values: { root_module: { resources: resources.map((one) => ({ ...one, schema_version: 0 })) } },
    resource_changes: resources.map(({ values, ...resource }) => ({
      ...resource,
      change: { actions: ['create'], before: null, after: values, after_unknown: { id: true }, after_sensitive: {} },
    })),
    configuration: {
      root_module: {
        resources: resources.map(({ address, mode, type, name, values }) => ({
          ...{ address, mode, type, name, provider_config_key: 'default', schema_version: 0 },
          expressions: Object.fromEntries(
            Object.entries(values).map(([key, value]) => [key, { constant_value: value }]),
          ),
        })),
      },
    },
  });
}

function inTerraform(resource: Resource): Provided[] | undefined {
  switch (resource.kind) {
    case 'aws-role':
      return resource.declared === undefined ? roleInTerraform(resource) : undefined;
    case 'aws-provider': {
      const { url, clientIds } = resource;
      return [{ type: 'aws_iam_openid_connect_provider', values: { url, client_id_list: clientIds } }];
    }
    case 'vault-mount':
      return [{ type: 'vault_jwt_auth_backend', values: { type: 'jwt', path: resource.path, ...resource.config } }];
    case 'vault-role': {
      const { name, mount, role, splitsCommas, declared } = resource;
      if (declared !== undefined || !areTexts(role.bound_claims) || OLD.some((field) => field in role))
        return undefined;
      const values = { role_name: name ?? 'ci', backend: mount, disable_bound_claims_parsing: !splitsCommas, ...role };
      return [{ type: 'vault_jwt_auth_backend_role', values }];
    }
    case 'vault-policy':
      return [{ type: 'vault_policy', values: { name: resource.name, policy: resource.text } }];
    case 'issuer': {
      const { life, jti } = resource;
      // The identity tokens of Vault have no `jti`, and Terraform makes no other tokens.
      return jti === false ? [{ type: 'vault_identity_oidc_role', values: { key: 'ci', ttl: life } }] : undefined;
    }
    case 'issuer-setting':
      return undefined;
  }
}

/** Permissions are resources of their own, as the provider wants them: Checkov reads them there. */
function roleInTerraform({ trustPolicy, managed, inline, boundary, session }: AwsRole): Provided[] {
  const role = 'ci';
  const values = {
    name: role,
    path: '/',
    assume_role_policy: JSON.stringify(trustPolicy),
    max_session_duration: session ?? 3600,
    permissions_boundary: boundary ?? null,
  };
  return [
    { type: 'aws_iam_role', values },
    ...managed.map((policy_arn) => ({ type: 'aws_iam_role_policy_attachment', values: { role, policy_arn } })),
    ...inline.map(({ name, document }) => ({
      type: 'aws_iam_role_policy',
      values: { name, role, policy: JSON.stringify(document) },
    })),
  ];
}

/** In Terraform, bound claims are a map of texts. */
const areTexts = (claims: unknown): boolean =>
  claims === undefined || Object.values(claims as Json).every((value) => typeof value === 'string');

/** Names of fields that Vault still takes, and the provider does not. */
const OLD = ['period', 'max_ttl'];

/** `vault read -format=json` by paths, or a token of the issuer. */
function inJson(resource: Resource): Json | undefined {
  switch (resource.kind) {
    case 'vault-mount':
      return { [`auth/${resource.path ?? 'jwt'}/config`]: { data: resource.config } };
    case 'vault-role': {
      if (resource.declared !== undefined) return undefined;
      return { [`auth/${resource.mount ?? 'jwt'}/role/${resource.name ?? 'ci'}`]: { data: resource.role } };
    }
    case 'vault-policy':
      return { [`sys/policies/acl/${resource.name ?? 'ci'}`]: { data: { policy: resource.text } } };
    case 'issuer': {
      const { issuer, life, jti } = resource;
      if (typeof life !== 'number') return undefined;
      return { iss: issuer, iat: 1_767_225_600, exp: 1_767_225_600 + life, ...(jti === true ? { jti: 'a' } : {}) };
    }
    default:
      return undefined;
  }
}
