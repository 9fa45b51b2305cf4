/** Jobs of one repository at GitHub, by its immutable id, on its main branch: an AWS role that reads one bucket, and a Vault role that reads its secrets. */

import * as pulumi from '@pulumi/pulumi';
import { AwsFederatedRole, AwsOidcProvider, VaultJwtMount, VaultJwtRole, admissions, github } from 'idp-kit';

const accountId = new pulumi.Config().require('accountId');
const issuer = { profile: 'github' };
// A claim that is misspelt, or that GitHub's tokens do not have, does not compile.
const admission = admissions(github()).job.admit({ repository_id: '74', ref: 'refs/heads/main' });

const provider = new AwsOidcProvider('github', { issuer, accountId });
const role = new AwsFederatedRole(
  'api-deploy',
  {
    issuer,
    admission,
    accountId,
    roleName: 'api-deploy',
    inlinePolicies: {
      assets: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::acme-api-assets/*' }],
      }),
    },
  },
  { dependsOn: provider },
);

const mount = new VaultJwtMount('github', { issuer, path: 'jwt-github' });
const vaultRole = new VaultJwtRole('api-deploy', {
  issuer,
  admission,
  mount: mount.path,
  accessor: mount.accessor,
  grant: { read: ['secret/api/*'], kv: 2, ttl: 600 },
});

export const roleArn = role.arn;
export const vaultMount = mount.path;
export const vaultRoleName = vaultRole.roleName;
