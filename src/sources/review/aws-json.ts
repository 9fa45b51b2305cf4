/** Trust policies by themselves, and what `aws iam` prints. */

import { type AwsProvider, type AwsRole, type Location, type Resource } from '../../trust/resource.ts';
import { isObject, listAt, memberAt, objectAt, textAt } from './json.ts';

/** The roles in a document of AWS; undefined where it is none. */
export function readAwsJson(document: unknown, file: string): readonly Resource[] | undefined {
  if (memberAt(document, 'Statement') !== undefined) return [roleOf({}, document, { file, resource: 'trust policy' })];
  const roles = ['Roles', 'RoleDetailList'].find((name) => Array.isArray(memberAt(document, name)));
  if (roles !== undefined) {
    const policies = managedPolicies(document);
    return listAt(document, roles).map((role) => readRole(role, file, policies));
  }
  if (memberAt(memberAt(document, 'Role'), 'AssumeRolePolicyDocument') !== undefined)
    return [readRole(memberAt(document, 'Role'), file)];
  if (memberAt(document, 'AssumeRolePolicyDocument') !== undefined) return [readRole(document, file)];
  const clientIds = memberAt(document, 'ClientIDList');
  const url = textAt(document, 'Url');
  return clientIds === undefined || url === undefined
    ? undefined
    : [providerOf(url, clientIds, { file, resource: url })];
}

const providerOf = (url: string, clientIds: unknown, place: Location): AwsProvider => ({
  kind: 'aws-provider',
  place,
  url,
  clientIds,
});

type Policies = ReadonlyMap<string, unknown>;

/** Documents of customer managed policies, as `get-account-authorization-details` has them, by ARN. */
function managedPolicies(document: unknown): Policies {
  return new Map(
    listAt(document, 'Policies').flatMap((policy): [string, unknown][] => {
      const current = listAt(policy, 'PolicyVersionList').find((one) => memberAt(one, 'IsDefaultVersion') === true);
      const arn = textAt(policy, 'Arn');
      return arn === undefined || current === undefined ? [] : [[arn, decoded(memberAt(current, 'Document'))]];
    }),
  );
}

function readRole(role: unknown, file: string, policies: Policies = new Map()): AwsRole {
  const resource = textAt(role, 'RoleName') ?? textAt(role, 'Arn') ?? 'role';
  const source = isObject(role) ? role : {};
  return roleOf(source, memberAt(role, 'AssumeRolePolicyDocument'), { file, resource }, policies);
}

function roleOf(
  role: Readonly<Record<string, unknown>>,
  trustPolicy: unknown,
  place: Location,
  policies: Policies = new Map(),
): AwsRole {
  const boundary = memberAt(objectAt(role, 'PermissionsBoundary'), 'PermissionsBoundaryArn');
  const session = memberAt(role, 'MaxSessionDuration');
  const managed = listAt(role, 'AttachedManagedPolicies').map((one) => memberAt(one, 'PolicyArn'));
  const documents = managed.flatMap((arn) => {
    const document = typeof arn === 'string' ? policies.get(arn) : undefined;
    return document === undefined ? [] : [{ name: String(arn), document }];
  });
  const inline = listAt(role, 'RolePolicyList').map((one) => ({
    name: textAt(one, 'PolicyName') ?? 'inline',
    document: decoded(memberAt(one, 'PolicyDocument')),
  }));
  const name = textAt(role, 'RoleName') ?? textAt(role, 'Arn')?.replace(/^.*\//, '');
  return {
    kind: 'aws-role',
    place,
    ...(name === undefined ? {} : { name }),
    trustPolicy: decoded(trustPolicy),
    managed,
    inline: [...inline, ...documents],
    ...(boundary === undefined ? {} : { boundary }),
    ...(session === undefined ? {} : { session }),
  };
}

/** IAM's own API percent-encodes policies. */
const decoded = (policy: unknown): unknown =>
  typeof policy === 'string' && policy.startsWith('%7B') ? decodeURIComponent(policy) : policy;
