/** Resources of Pulumi, whether a state, a preview or the engine itself tells of them. */

import { type Declared, type Json, type Location, type Resource, Unknown } from '../../trust/resource.ts';
import { declaredIn, isKitComponent, policyTextIn } from './kit-components.ts';
import { isObject, listAt, memberAt, textAt } from './json.ts';
import { type Provided, readProvided } from './providers.ts';

export interface PulumiResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string | undefined;
  /** What is asked for; empty where nobody tells. What is not known is an `Unknown`. */
  readonly inputs: Json;
  /** What is there, or would be. */
  readonly outputs: Json;
  /** URNs on which the values of inputs depend, by input. */
  readonly propertyDependencies: Json;
}

/** @param placeOf by URN */
export function readPulumiResources(
  resources: readonly PulumiResource[],
  placeOf: (urn: string) => Location,
): readonly Resource[] {
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  return readProvided(
    resources.flatMap((resource) => {
      const parent = byUrn.get(resource.parent ?? '');
      const component = parent !== undefined && isKitComponent(parent.type) ? parent : undefined;
      return provided(withProvider(resource, byUrn), component, placeOf(resource.urn));
    }),
  );
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

/** Does a review read resources of this type? */
export const isReviewed = (type: string): boolean => Object.hasOwn(TYPES, type) || isKitComponent(type);

/** Attributes that Pulumi has in the plural. */
const PLURALS: Readonly<Record<string, string>> = {
  client_id_lists: 'client_id_list',
  inline_policies: 'inline_policy',
};

function provided(resource: PulumiResource, component: PulumiResource | undefined, place: Location): Provided[] {
  const type = TYPES[resource.type];
  if (type === undefined) return [];
  const entries = Object.entries(valuesOf(resource)).map(([name, value]): [string, unknown] => {
    const written = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [PLURALS[written] ?? written, value];
  });
  const attributes = Object.fromEntries(entries);
  const own = { ...attributes, ...referencesOf(resource, attributes) };
  const meant = component === undefined ? own : asMeant(type, own, component);
  const declared: Declared | undefined = component === undefined ? undefined : declaredIn(component.inputs);
  return [{ type, place, names: [resource.urn], attributes: meant, ...(declared === undefined ? {} : { declared }) }];
}

/**
 * Inputs are what is asked for; what is only known of the result, such as a name that was made up, stands in the outputs. What nobody
 * asked for and is not known yet is the provider's to choose.
 */
function valuesOf({ inputs, outputs }: PulumiResource): Json {
  const isTold = Object.keys(inputs).length > 0;
  const chosen = Object.entries(outputs).filter(([, value]) => !(isTold && value instanceof Unknown));
  return { ...Object.fromEntries(chosen), ...inputs };
}

/** A provider that is not there yet has no ARN: its URL says whose tokens a role that depends on it takes. */
function withProvider(resource: PulumiResource, byUrn: ReadonlyMap<string, PulumiResource>): PulumiResource {
  const policy = memberAt(resource.inputs, 'assumeRolePolicy');
  if (TYPES[resource.type] !== 'aws_iam_role' || !isObject(policy)) return resource;
  const urls = listAt(resource.propertyDependencies, 'assumeRolePolicy').flatMap((urn) => {
    const { type = '', inputs = {} } = byUrn.get(String(urn)) ?? {};
    return TYPES[type] === 'aws_iam_openid_connect_provider' ? [textAt(inputs, 'url') ?? ''] : [];
  });
  const [url = '', ...others] = urls;
  if (url === '' || others.length > 0) return resource;
  const arn = `arn:aws:iam::${SOME_ACCOUNT}:oidc-provider/${url.replace(/^https:\/\//, '')}`;
  const statements = listAt(policy, 'Statement').map((statement) => {
    const principal = memberAt(statement, 'Principal');
    const isMissing = isObject(principal) && memberAt(principal, 'Federated') instanceof Unknown;
    return isMissing && isObject(statement) ? { ...statement, Principal: { ...principal, Federated: arn } } : statement;
  });
  return { ...resource, inputs: { ...resource.inputs, assumeRolePolicy: { ...policy, Statement: statements } } };
}

/** Whose provider it is does not matter to who is let in. */
const SOME_ACCOUNT = '000000000000';

/** A role or policy that is not known before it is made is named by the resource that it is. */
function referencesOf({ propertyDependencies }: PulumiResource, attributes: Json): Json {
  const found = Object.entries({ role: 'role', policy_arn: 'policyArn' }).flatMap(([attribute, property]) => {
    const [urn] = listAt(propertyDependencies, property);
    return attributes[attribute] instanceof Unknown && typeof urn === 'string' ? [[attribute, urn]] : [];
  });
  return Object.fromEntries(found) as Json;
}

/** What a component of this kit makes is read the way the component means it. */
function asMeant(type: string, attributes: Json, component: PulumiResource): Json {
  if (type === 'vault_policy' && attributes.policy instanceof Unknown) {
    // Before there is a mount its accessor alone is not known.
    const policy = policyTextIn(component.inputs);
    return policy === undefined ? attributes : { ...attributes, policy };
  }
  if (type !== 'vault_jwt_auth_backend_role' || attributes.disable_bound_claims_parsing === true) return attributes;
  return { ...attributes, disable_bound_claims_parsing: true, bound_claims: withAlternatives(attributes.bound_claims) };
}

/** The component writes alternatives with commas, and refuses values that have one. */
function withAlternatives(claims: unknown): unknown {
  if (!isObject(claims)) return claims;
  const split = Object.entries(claims).map(([claim, value]): [string, unknown] => [
    claim,
    typeof value === 'string' && value.includes(',') ? value.split(',') : value,
  ]);
  return Object.fromEntries(split);
}

/** What Pulumi writes for a value that is not known yet: text, boolean, number, list, asset, archive, object (Pulumi SDK, `plugin`). */
const UNKNOWNS: ReadonlySet<unknown> = new Set([
  '04da6b54-80e4-46f7-96ec-b56ff0331ba9',
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]);
const [UNKNOWN_TEXT] = [...UNKNOWNS] as [string];
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

const isUnknown = (value: unknown): boolean =>
  UNKNOWNS.has(value) || (typeof value === 'string' && value.includes(UNKNOWN_TEXT));

/** The value, with marks for what is not known. What was encrypted is not known either. */
export function plainValue(value: unknown): unknown {
  if (isUnknown(value)) return new Unknown('computed by a resource that is not there yet');
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isObject(value)) return value;
  if (memberAt(value, SIGNATURE) !== SECRET) return plainMembers(value);
  const secret = textAt(value, 'plaintext');
  if (secret === undefined) return new Unknown('a secret: export the stack with --show-secrets');
  try {
    return plainValue(JSON.parse(secret));
  } catch {
    return new Unknown('a secret that is no JSON');
  }
}

export const plainMembers = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainValue(one)]));
