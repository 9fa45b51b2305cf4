// IAM roles with their trust and their permissions: all that IAM has now, or those in a file that the AWS CLI printed.
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  IAMServiceException,
  type Role,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { shownAddress } from '../workload/address.ts';
import { clientSettings, endpointOf } from '../workload/aws/client.ts';
import { setting, type Environment } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { networkFailure } from '../workload/network.ts';
import { quoteRemote } from '../workload/remote-text.ts';
import { isObject } from './live-vault.ts';

/** What a source does not tell is absent. */
export interface IamRole {
  readonly name: string;
  readonly path?: string;
  /** The object, or its JSON text. */
  readonly trustPolicy: unknown;
  /** ARNs. */
  readonly managed?: readonly string[];
  /** JSON text by name. */
  readonly inline?: Readonly<Record<string, string>>;
  readonly boundary?: string;
  readonly session?: number;
}

const NEEDS =
  'The AWS credentials need iam:ListRoles, iam:GetRole, iam:ListRolePolicies, iam:GetRolePolicy and iam:ListAttachedRolePolicies.';

/** All roles that trust an OIDC provider, with the AWS credentials of the environment. Throws a `WorkloadFailure`. */
export async function readIamRoles(env: Environment): Promise<IamRole[]> {
  const endpoint = endpointOf('IAM', env);
  const region = setting(env, 'AWS_REGION') ?? setting(env, 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  const client = new IAMClient(await clientSettings(region, endpoint, env));
  try {
    const found: IamRole[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
      for (const role of Roles.filter(trustsProvider)) found.push(await readIamRole(client, role));
    }
    return found;
  } catch (thrown) {
    throw explain(thrown, endpoint === undefined ? 'IAM' : shownAddress(endpoint));
  } finally {
    client.destroy();
  }
}

const policyText = (document: string | undefined): string => decodeURIComponent(document ?? '');

const trustsProvider = ({ AssumeRolePolicyDocument }: Role): boolean =>
  policyText(AssumeRolePolicyDocument).includes(':oidc-provider/');

/** The list has neither the boundary nor the policies. */
async function readIamRole(client: IAMClient, { RoleName = '' }: Role): Promise<IamRole> {
  const { Role: role } = await client.send(new GetRoleCommand({ RoleName }));
  const managed: string[] = [];
  for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client }, { RoleName })) {
    managed.push(...AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []));
  }
  const inline: Record<string, string> = {};
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName })) {
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      inline[PolicyName] = policyText(PolicyDocument);
    }
  }
  const { Path, MaxSessionDuration, PermissionsBoundary } = role ?? {};
  return {
    name: RoleName,
    trustPolicy: policyText(role?.AssumeRolePolicyDocument),
    managed,
    inline,
    ...(Path === undefined ? {} : { path: Path }),
    ...(MaxSessionDuration === undefined ? {} : { session: MaxSessionDuration }),
    ...(PermissionsBoundary?.PermissionsBoundaryArn === undefined
      ? {}
      : { boundary: PermissionsBoundary.PermissionsBoundaryArn }),
  };
}

function explain(thrown: unknown, address: string): WorkloadFailure {
  if (thrown instanceof WorkloadFailure) return thrown;
  if (thrown instanceof Error && thrown.name === 'CredentialsProviderError') {
    return new WorkloadFailure(
      'bad-input',
      'there are no AWS credentials to read IAM with',
      'Set AWS_PROFILE or AWS_ACCESS_KEY_ID.',
    );
  }
  if (thrown instanceof IAMServiceException && thrown.name !== 'UnknownError') {
    const message = `IAM refused to show its roles: ${thrown.name}: ${quoteRemote(thrown.message)}`;
    return new WorkloadFailure('aws-refused', message, NEEDS);
  }
  return networkFailure(thrown, { address, trustVariable: 'AWS_CA_BUNDLE' });
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Roles in what `aws iam get-account-authorization-details`, `list-roles` or `get-role` print, or in a trust policy by itself, which
 * has the name that is given. Empty where it is none of these.
 */
export function rolesIn(document: unknown, name: string): IamRole[] {
  if (!isObject(document)) return [];
  if (document.Statement !== undefined) return [{ name, trustPolicy: document }];
  const { RoleDetailList: details, Roles: roles, Role: role } = document;
  const list: readonly unknown[] = Array.isArray(details) ? details : Array.isArray(roles) ? roles : [role];
  return list.filter(isObject).flatMap((one) => roleFrom(one) ?? []);
}

function roleFrom(one: Json): IamRole | undefined {
  const { RoleName: name, Path: path, AssumeRolePolicyDocument: trust, MaxSessionDuration: session } = one;
  if (typeof name !== 'string' || trust === undefined) return undefined;
  const { AttachedManagedPolicies: attached, RolePolicyList: inline, PermissionsBoundary: boundary } = one;
  const arn = isObject(boundary) ? boundary.PermissionsBoundaryArn : undefined;
  return {
    name,
    trustPolicy: typeof trust === 'string' && trust.startsWith('%7B') ? policyText(trust) : trust,
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof session === 'number' ? { session } : {}),
    ...(typeof arn === 'string' ? { boundary: arn } : {}),
    ...(Array.isArray(attached)
      ? { managed: objectsIn(attached).flatMap(({ PolicyArn }) => (typeof PolicyArn === 'string' ? [PolicyArn] : [])) }
      : {}),
    ...(Array.isArray(inline) ? { inline: inlineFrom(inline) } : {}),
  };
}

const objectsIn = (list: readonly unknown[]): Json[] => list.filter(isObject);

const inlineFrom = (list: readonly unknown[]): Record<string, string> =>
  Object.fromEntries(
    objectsIn(list).flatMap(({ PolicyName: name, PolicyDocument: document }) => {
      if (typeof name !== 'string') return [];
      return [[name, typeof document === 'string' ? policyText(document) : JSON.stringify(document)]];
    }),
  );
