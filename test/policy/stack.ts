// A stack as the SDK hands it to policies, asked for through their public functions: no engine.
import type { PolicyResource, ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import * as sdk from '@pulumi/policy';
import type { AwsRole, Declared, Json, Resource, VaultRole } from '../../src/trust/resource.ts';

/** What throws where a value is not known; the SDK exports it, and its declarations leave it out. */
const { unknownCheckingProxy } = sdk as unknown as { readonly unknownCheckingProxy: (props: Json) => Json };

type Policies = readonly (ResourceValidationPolicy | StackValidationPolicy)[];

/** What Pulumi writes for a text that is not known yet. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Json;
  /** What would be there. @default the inputs */
  readonly outputs?: Json;
  readonly parent?: Made;
  /** Resources on which an input depends. */
  readonly dependsOn?: Readonly<Record<string, readonly Made[]>>;
}

export interface Violated {
  readonly rule: string;
  readonly message: string;
  readonly resource: string | undefined;
}

export const urnOf = ({ type, name, parent }: Made): string =>
  `urn:pulumi:dev::test::${parent === undefined ? '' : `${parent.type}$`}${type}::${name}`;

const never = (): never => {
  throw new Error('this is not asked for');
};
const optionsOf = () => ({
  protect: false,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
});

/** As the engine does it: what each resource is asked to be first, the whole stack at the end, each policy by itself. */
export function violationsOf(policies: Policies, made: readonly Made[], config: object = {}): Violated[] {
  const seen: Violated[] = [];
  const common = { stackTags: new Map<string, string>(), notApplicable: never };
  const reporter =
    (rule: string): ReportViolation =>
    (message, urn) => {
      seen.push({ rule, message, resource: urn?.split('::').at(-1) });
    };
  for (const one of made) {
    for (const policy of policies) {
      if (!('validateResource' in policy) || typeof policy.validateResource !== 'function') continue;
      const { type, name, inputs } = one;
      const props = unknownCheckingProxy(inputs);
      const args = { type, name, urn: urnOf(one), props, opts: optionsOf(), isType: never, asType: never };
      void policy.validateResource(
        { ...common, ...args, getConfig: () => (policy.name === 'trust-settings' ? config : {}) as never },
        reporter(policy.name),
      );
    }
  }
  for (const policy of policies) {
    if (!('validateStack' in policy)) continue;
    const args = { ...common, resources: resourcesOf(made), getConfig: () => ({}) as never };
    void policy.validateStack(args, reporter(policy.name));
  }
  return seen;
}

function resourcesOf(made: readonly Made[]): PolicyResource[] {
  const known = new Map<Made, PolicyResource>();
  const resourceOf = (one: Made): PolicyResource => {
    const { type, name, inputs, outputs = inputs, parent, dependsOn = {} } = one;
    const resource: PolicyResource = known.get(one) ?? {
      type,
      name,
      urn: urnOf(one),
      props: unknownCheckingProxy(outputs),
      opts: optionsOf(),
      ...(parent === undefined ? {} : { parent: resourceOf(parent) }),
      dependencies: [],
      propertyDependencies: Object.fromEntries(
        Object.entries(dependsOn).map(([property, others]) => [property, others.map(resourceOf)]),
      ),
      isType: never,
      asType: never,
    };
    known.set(one, resource);
    return resource;
  };
  // The engine tells of them in no order.
  return made.map(resourceOf).reverse();
}

const camel = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const camelKeys = (source: Json): Json =>
  Object.fromEntries(Object.entries(source).map(([name, value]) => [camel(name), value]));

/** Resources of a review as a program would make them. What was said to be meant is said by a component of the kit above them. */
export function madeFrom(resources: readonly Resource[]): Made[] {
  return resources.flatMap((resource, at): Made[] => {
    const name = `${resource.place.resource}-${at}`;
    switch (resource.kind) {
      case 'aws-role':
        return below(resource.declared, name, { type: 'aws:iam/role:Role', name, inputs: roleInputs(resource) });
      case 'aws-provider': {
        const { url, clientIds } = resource;
        const type = 'aws:iam/openIdConnectProvider:OpenIdConnectProvider';
        return [{ type, name, inputs: { url, clientIdLists: clientIds } }];
      }
      case 'vault-mount': {
        const path = resource.path ?? 'jwt';
        return [{ type: 'vault:jwt/authBackend:AuthBackend', name, inputs: { path, ...camelKeys(resource.config) } }];
      }
      case 'vault-role': {
        const type = 'vault:jwt/authBackendRole:AuthBackendRole';
        return below(resource.declared, name, { type, name, inputs: vaultRoleInputs(resource) });
      }
      case 'vault-policy': {
        const inputs = { name: resource.name, policy: resource.text };
        return [{ type: 'vault:index/policy:Policy', name, inputs }];
      }
      default:
        return [];
    }
  });
}

function roleInputs({ trustPolicy, managed, inline, boundary, session }: AwsRole): Json {
  return {
    name: 'role',
    assumeRolePolicy: JSON.stringify(trustPolicy),
    managedPolicyArns: managed,
    inlinePolicies: inline.map(({ name, document }) => ({ name, policy: JSON.stringify(document) })),
    ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
    ...(session === undefined ? {} : { maxSessionDuration: session }),
  };
}

function vaultRoleInputs({ name, mount = 'jwt', role, splitsCommas }: VaultRole): Json {
  return { roleName: name ?? 'ci', backend: mount, disableBoundClaimsParsing: !splitsCommas, ...camelKeys(role) };
}

function below(declared: Declared | undefined, name: string, child: Made): Made[] {
  if (declared === undefined) return [child];
  const parent: Made = {
    type: 'idp-kit:index:FederatedAccess',
    name,
    inputs: {
      admission: { claims: {}, ...(declared.organization === true ? { scope: 'organization' } : {}) },
      aws: declared.session === true ? { maxSessionSeconds: 7200 } : {},
    },
    outputs: {},
  };
  return [parent, { ...child, parent }];
}
