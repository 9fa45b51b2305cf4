/** `pulumi up -s aws…`: an OIDC provider for each issuer, and a role for each entry that has something at AWS. */

import { X509Certificate } from 'node:crypto';
import * as aws from '@pulumi/aws';
import { AwsFederatedRole, AwsOidcProvider } from '../components/index.ts';
import { type AwsGrant } from '../src/catalog/grants.ts';
import { type CatalogPlan, type PlannedAccess, type PlannedIssuer } from '../src/catalog/plan.ts';
import { AWS_AUDIENCE } from '../src/trust/aws/compile.ts';
import { issuerArgs } from './plan.ts';

type AwsAccess = PlannedAccess & { readonly aws: AwsGrant };

const hasAws = (entry: PlannedAccess): entry is AwsAccess => entry.aws !== undefined;

export async function awsStack(plan: CatalogPlan) {
  const entries = plan.access.filter(hasAws);
  const [{ accountId }, { partition }] = await Promise.all([aws.getCallerIdentity(), aws.getPartition()]);
  const providers = createProviders(entries);
  const roles = entries.map((entry) => {
    const provider = providers.get(entry.issuer.profile.issuer);
    const role = new AwsFederatedRole(
      entry.name,
      {
        issuer: issuerArgs(entry.issuer),
        admission: entry.args,
        accountId,
        partition,
        roleName: entry.name,
        description: `Workloads of ${entry.issuer.profile.issuer}, by the catalog`,
        managedPolicyArns: entry.aws.managed.map((policy) => policyArn(partition, policy)),
        inlinePolicies: entry.aws.inline,
        ...(entry.aws.audiences === undefined ? {} : { audiences: [...entry.aws.audiences] }),
        ...(entry.aws.boundary === undefined ? {} : { permissionsBoundary: policyArn(partition, entry.aws.boundary) }),
        ...(entry.aws.session === undefined ? {} : { maxSessionSeconds: entry.aws.session }),
      },
      provider === undefined ? {} : { dependsOn: provider },
    );
    return [entry.name, role.arn] as const;
  });
  return { roles: Object.fromEntries(roles) };
}

/** Issuers that share a URL share a provider, with the audiences of all their roles. */
function createProviders(entries: readonly AwsAccess[]): Map<string, AwsOidcProvider> {
  const byUrl = new Map<string, AwsAccess[]>();
  for (const entry of entries) {
    const url = entry.issuer.profile.issuer;
    byUrl.set(url, [...(byUrl.get(url) ?? []), entry]);
  }
  const providers = [...byUrl].flatMap(([url, users]) => {
    const issuer = users[0]?.issuer;
    if (issuer === undefined) return [];
    const audiences = [...new Set(users.flatMap(({ aws: grant }) => grant.audiences ?? [AWS_AUDIENCE]))].sort();
    const args = { issuer: issuerArgs(issuer), audiences, ...thumbprints(issuer) };
    return [[url, new AwsOidcProvider(providerName(url), args)] as const];
  });
  return new Map(providers);
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
