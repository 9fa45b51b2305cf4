/** The Pulumi program of the stand-ins' tests: one of each resource, wired to each other. */

export interface Variation {
  readonly clients?: readonly string[];
  readonly session?: number;
  readonly action?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, string>>;
  readonly mount?: string;
  readonly rolePath?: string;
  /** More lines at the end. */
  readonly extra?: string;
}

export interface Issuer {
  readonly url: string;
  readonly caPem: string;
}

export function stackProgram(issuer: Issuer, variation: Variation = {}): string {
  const {
    clients = ['sts.amazonaws.com'],
    session = 3600,
    action = 's3:GetObject',
    tags = { team: 'a' },
    claims = { project_id: '22', ref: 'main, next' },
    mount = 'gitlab',
    rolePath = '/ci/',
    extra = '',
  } = variation;
  const json = JSON.stringify;
  return `
import * as pulumi from '@pulumi/pulumi';
import * as aws from '@pulumi/aws';
import * as vault from '@pulumi/vault';

const provider = new aws.iam.OpenIdConnectProvider('idp', {
  url: 'https://gitlab.example.com', clientIdLists: ${json(clients)}, tags: ${json(tags)},
});
const statement = (Action) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }, null, 2);
const boundary = new aws.iam.Policy('boundary', { policy: statement(['s3:*']), description: 'no more than this' });
const trust = (Federated) => JSON.stringify({ Version: '2012-10-17', Statement: [{
  Effect: 'Allow', Principal: { Federated }, Action: ['sts:AssumeRoleWithWebIdentity'],
  Condition: { StringEquals: { 'gitlab.example.com:aud': 'sts.amazonaws.com', 'gitlab.example.com:sub': 'x' } },
}] });
const role = new aws.iam.Role('ci', {
  assumeRolePolicy: provider.arn.apply(trust), maxSessionDuration: ${session}, permissionsBoundary: boundary.arn,
  path: '${rolePath}', description: 'CI', tags: ${json(tags)},
});
const inline = new aws.iam.RolePolicy('inline', { role, policy: statement('${action}') });
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const attachment = new aws.iam.RolePolicyAttachment('managed', { role: role.name, policyArn: readOnly });
new aws.iam.RolePoliciesExclusive('only-inline', { roleName: role.name, policyNames: [inline.name] });
new aws.iam.RolePolicyAttachmentsExclusive('only-managed', { roleName: role.name, policyArns: [attachment.policyArn] });

const mount = new vault.jwt.AuthBackend('jwt', {
  path: '${mount}', description: 'GitLab', oidcDiscoveryUrl: '${issuer.url}', oidcDiscoveryCaPem: ${json(issuer.caPem)},
  boundIssuer: '${issuer.url}', jwtSupportedAlgs: ['RS256'],
  tune: { defaultLeaseTtl: '1h', maxLeaseTtl: '2h', listingVisibility: 'unauth', tokenType: 'default-service' },
});
const policy = new vault.Policy('read', { policy: pulumi.secret('path "secret/data/x" { capabilities = ["read"] }\\n') });
new vault.jwt.AuthBackendRole('api', {
  backend: mount.path, roleName: 'Api-Staging', roleType: 'jwt', userClaim: 'project_id', boundAudiences: ['https://vault'],
  boundClaims: ${json(claims)}, claimMappings: { project_id: 'project_id' },
  tokenPolicies: [policy.name], tokenTtl: 60, tokenExplicitMaxTtl: 60, tokenType: 'batch',
});
const group = new vault.identity.Group('readers', { type: 'external', policies: [policy.name], metadata: { team: 'a' } });
new vault.identity.GroupAlias('readers', { name: 'readers', mountAccessor: mount.accessor, canonicalId: group.id });

export const account = aws.getCallerIdentityOutput().accountId;
export const partition = aws.getPartitionOutput().partition;
export const region = aws.getRegionOutput().region;
export const roleArn = role.arn;
${extra}
`;
}
