/** A stack of Pulumi as `pulumi stack export` prints it, or what `pulumi preview --json` would make of it. */

import { type Json, type Resource, Unknown } from '../../trust/resource.ts';
import { isObject, listAt, memberAt, objectAt, textAt } from './json.ts';
import { type Provided, readProvided } from './providers.ts';

/** What Pulumi writes for a value that is not known yet, and the keys of a secret (Pulumi SDK, `rpc`). */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** The resources of a state or preview; undefined where the document is neither. */
export function readPulumi(document: unknown, file: string): readonly Resource[] | undefined {
  const deployment = memberAt(document, 'deployment');
  if (isObject(deployment)) return readStates(listAt(deployment, 'resources'), file);
  const steps = memberAt(document, 'steps');
  if (!Array.isArray(steps)) return undefined;
  const states = steps.map((step) => memberAt(step, 'newState'));
  return readStates(states.filter(isObject), file);
}

function readStates(states: readonly unknown[], file: string): readonly Resource[] {
  // A replacement is there twice: before the old one goes, and as the new one.
  const latest = new Map(
    states
      .filter((state) => memberAt(state, 'delete') !== true)
      .flatMap((state): [string, unknown][] => {
        const urn = textAt(state, 'urn');
        return urn === undefined ? [] : [[urn, state]];
      }),
  );
  return readProvided([...latest].flatMap(([urn, state]) => fromState(urn, state, file)));
}

/** Pulumi's types, and Terraform's that they are made of. */
const TYPES: Readonly<Record<string, string>> = {
  'aws:iam/role:Role': 'aws_iam_role',
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': 'aws_iam_openid_connect_provider',
  'aws:iam/policy:Policy': 'aws_iam_policy',
  'aws:iam/rolePolicy:RolePolicy': 'aws_iam_role_policy',
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': 'aws_iam_role_policy_attachment',
  'aws:iam/policyAttachment:PolicyAttachment': 'aws_iam_policy_attachment',
  'aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive': 'aws_iam_role_policy_attachments_exclusive',
  'vault:jwt/authBackend:AuthBackend': 'vault_jwt_auth_backend',
  'vault:jwt/authBackendRole:AuthBackendRole': 'vault_jwt_auth_backend_role',
  'vault:index/policy:Policy': 'vault_policy',
  'vault:identity/oidcRole:OidcRole': 'vault_identity_oidc_role',
};

/** Attributes that Pulumi has in the plural. */
const PLURALS: Readonly<Record<string, string>> = {
  client_id_lists: 'client_id_list',
  inline_policies: 'inline_policy',
};

function fromState(urn: string, state: unknown, file: string): Provided[] {
  const type = TYPES[textAt(state, 'type') ?? ''];
  if (type === undefined) return [];
  const resource = urn.split('::').slice(2).join('::');
  // Inputs are what is asked for; what is only known of the result, such as a name that was made up, stands in the outputs.
  const values: Json = { ...objectAt(state, 'outputs'), ...objectAt(state, 'inputs') };
  const entries = Object.entries(values).map(([name, value]): [string, unknown] => {
    const written = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [PLURALS[written] ?? written, plain(value)];
  });
  const attributes = Object.fromEntries(entries);
  return [
    {
      type,
      place: { file, resource },
      names: [urn],
      attributes: { ...attributes, ...referencesOf(state, attributes) },
    },
  ];
}

/** A role or policy that is not known before it is made is named by the resource that it is. */
function referencesOf(state: unknown, attributes: Json): Json {
  const dependencies = objectAt(state, 'propertyDependencies');
  const found = Object.entries({ role: 'role', policy_arn: 'policyArn' }).flatMap(([attribute, property]) => {
    const [urn] = listAt(dependencies, property);
    return attributes[attribute] instanceof Unknown && typeof urn === 'string' ? [[attribute, urn]] : [];
  });
  return Object.fromEntries(found) as Json;
}

/** The value, with marks for what is not known. What was encrypted is not known either. */
function plain(value: unknown): unknown {
  if (value === UNKNOWN || (typeof value === 'string' && value.includes(UNKNOWN)))
    return new Unknown('computed by a resource that is not there yet');
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (value[SIGNATURE] !== SECRET)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  const secret = textAt(value, 'plaintext');
  if (secret === undefined) return new Unknown('a secret: export the stack with --show-secrets');
  try {
    return plain(JSON.parse(secret));
  } catch {
    return new Unknown('a secret that is no JSON');
  }
}
