/** pulumi-resource-aws, as far as this kit needs it. The engine starts it and reads the port from its first line. */
import process from 'node:process';
import { serve } from '../core/serve.ts';
import { connectAws } from './api.ts';
import { functions } from './functions.ts';
import { openIdConnectProvider } from './open-id-connect-provider.ts';
import { policy } from './policy.ts';
import {
  rolePoliciesExclusive,
  rolePolicy,
  rolePolicyAttachment,
  rolePolicyAttachmentsExclusive,
} from './role-policies.ts';
import { role } from './role.ts';

serve({
  plugin: {
    name: 'aws',
    connect: (config) => connectAws(config, process.env),
    functions,
    kinds: {
      'aws:iam/openIdConnectProvider:OpenIdConnectProvider': openIdConnectProvider,
      'aws:iam/policy:Policy': policy,
      'aws:iam/role:Role': role,
      'aws:iam/rolePoliciesExclusive:RolePoliciesExclusive': rolePoliciesExclusive,
      'aws:iam/rolePolicy:RolePolicy': rolePolicy,
      'aws:iam/rolePolicyAttachment:RolePolicyAttachment': rolePolicyAttachment,
      'aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive': rolePolicyAttachmentsExclusive,
    },
  },
  ready: (port) => process.stdout.write(`${port}\n`),
});
