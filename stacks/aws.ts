/** `pulumi up -s aws…`: an OIDC provider for each issuer, and a role for each entry that has something at AWS. */

import { X509Certificate } from 'node:crypto';
import * as aws from '@pulumi/aws';
import { AwsFederatedRole, AwsOidcProvider, type FederatedAdmissionArgs, TrustMode } from '../components/index.ts';
import { type AwsGrant } from '../src/catalog/grants.ts';
import {
  type PlannedAccess,
  type PlannedAdmission,
  type PlannedEnvironment,
  type PlannedIssuer,
  admissionsOf,
} from '../src/catalog/planned.ts';
import { type Selection, type SharedIssuer } from '../src/catalog/select.ts';
import { leaving } from './adopt.ts';
import { type StackInput, issuerArgs } from './catalog.ts';
import { guardIssuers } from './guard.ts';
import { refusal } from './refusal.ts';

type AwsAccess = PlannedAccess & { readonly aws: AwsGrant };

const hasAws = (entry: PlannedAccess): entry is AwsAccess => entry.aws !== undefined;

/** Where it is. */
interface Place {
  readonly accountId: string;
  readonly partition: string;
}

export async function awsStack({ settings, selection }: StackInput) {
  const used = selection.issuers.filter(({ awsAudiences }) => awsAudiences.length > 0);
  const [{ accountId }, { partition }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getPartition(),
    guardIssuers(
      used.map(({ issuer }) => issuer),
      settings,
    ),
  ]);
  const place = { accountId: accountOf(selection.environment, accountId), partition };
  const providers = createProviders(used, selection, place, settings.protect);
  const roles = selection.access.filter(hasAws).map((entry) => [entry.name, createRole(entry, providers, place).arn]);
  return { roles: Object.fromEntries(roles) as Record<string, AwsFederatedRole['arn']> };
}

/** The catalog's word for the account, so that one environment is not provisioned with the credentials of another. */
export function accountOf(environment: PlannedEnvironment | undefined, found: string): string {
  const wanted = environment?.account ?? found;
  if (wanted === found) return found;
  throw refusal(`these AWS credentials are of the account ${found}`, [
    `the environment ${environment?.name ?? ''} is the account ${wanted}: use credentials of that one`,
  ]);
}

/** Issuers that share a URL share a provider, with the audiences of all their roles. */
function createProviders(
  used: readonly SharedIssuer[],
  { makesShared }: Selection,
  place: Place,
  protect: boolean,
): Map<string, AwsOidcProvider> {
  const byUrl = Map.groupBy(used, ({ issuer }) => issuer.profile.issuer);
  const providers = [...byUrl].flatMap(([url, [first, ...others]]) => {
    if (first === undefined) return [];
    const { issuer } = first;
    const audiences = [...new Set([first, ...others].flatMap(({ awsAudiences }) => awsAudiences))].sort();
    const makings = [first, ...others].map((one) => one.issuer.atAws);
    const mode = makesShared ? modeOf(makings) : TrustMode.Existing;
    const made = mode === TrustMode.Existing ? {} : { protect, ...thumbprints(issuer) };
    const args = { issuer: issuerArgs(issuer), mode, ...place, audiences, ...made };
    // The catalog says nothing of tags.
    const left = leaving('aws:iam/openIdConnectProvider:OpenIdConnectProvider', [
      'tags',
      ...(mode === TrustMode.Adopt ? ['clientIdLists', 'thumbprintLists'] : []),
    ]);
    return [[url, new AwsOidcProvider(providerName(url), args, { transformations: [left] })] as const];
  });
  return new Map(providers);
}

/** One provider for several issuers of the catalog: whoever says more of it is heard. */
function modeOf(makings: readonly PlannedIssuer['atAws'][]): TrustMode {
  return makings.find((making) => making !== 'create') ?? TrustMode.Create;
}

/** All but name and path: a role of another path would be replaced later on. */
const ROLE_INPUTS = [
  'assumeRolePolicy',
  'description',
  'forceDetachPolicies',
  'maxSessionDuration',
  'permissionsBoundary',
] as const;

function createRole(entry: AwsAccess, providers: ReadonlyMap<string, AwsOidcProvider>, place: Place): AwsFederatedRole {
  const { aws: grant, name } = entry;
  const adopt = grant.adopt === true;
  const left = leaving('aws:iam/role:Role', ['tags', ...(adopt ? ROLE_INPUTS : [])]);
  const dependsOn = admissionsOf(entry).flatMap(({ issuer }) => providers.get(issuer.profile.issuer) ?? []);
  return new AwsFederatedRole(
    name,
    {
      ...place,
      ...trustOf(entry, grant),
      alsoAdmit: entry.also.map((one) => trustOf(one, grant)),
      roleName: grant.role ?? name,
      adopt,
      description: `Workloads of ${entry.issuer.profile.issuer}, by the catalog`,
      managedPolicyArns: grant.managed.map((policy) => policyArn(place.partition, policy)),
      inlinePolicies: grant.inline,
      // The catalog takes it only with a boundary.
      dangerouslyAllowAdministrator: grant.boundary !== undefined,
      ...(grant.path === undefined ? {} : { path: grant.path }),
      ...(grant.boundary === undefined ? {} : { permissionsBoundary: policyArn(place.partition, grant.boundary) }),
      ...(grant.session === undefined ? {} : { maxSessionSeconds: grant.session }),
    },
    { dependsOn: [...new Set(dependsOn)], transformations: [left] },
  );
}

/** An admission of the entry, for the entry's audiences. */
function trustOf({ issuer, args }: PlannedAdmission, { audiences }: AwsGrant): FederatedAdmissionArgs {
  const audience = audiences === undefined ? {} : { audiences: [...audiences] };
  return { issuer: issuerArgs(issuer), admission: args, ...audience };
}

/** `https://services.acme.gitpod.cloud/idp` becomes `services.acme.gitpod.cloud-idp`. */
const providerName = (url: string): string => url.replace(/^https:\/\//, '').replaceAll('/', '-');

/** AWS looks at a thumbprint only where the CA is not publicly trusted: SHA-1 of its certificate, in hex. */
function thumbprints({ ca }: PlannedIssuer) {
  if (ca === undefined) return {};
  return { thumbprints: [new X509Certificate(ca).fingerprint.replaceAll(':', '').toLowerCase()] };
}

/** AWS managed policies go by their names; others by their ARNs. */
const policyArn = (partition: string, policy: string): string =>
  policy.startsWith('arn:') ? policy : `arn:${partition}:iam::aws:policy/${policy}`;
