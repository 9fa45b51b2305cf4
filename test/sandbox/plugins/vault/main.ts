/** pulumi-resource-vault, as far as this kit needs it. The engine starts it and reads the port from its first line. */
import process from 'node:process';
import { serve } from '../core/serve.ts';
import { connectVault } from './api.ts';
import { group, groupAlias } from './identity.ts';
import { jwtAuthBackend } from './jwt-auth-backend.ts';
import { jwtAuthBackendRole } from './jwt-auth-backend-role.ts';
import { policy } from './policy.ts';

serve({
  plugin: {
    name: 'vault',
    connect: (config) => connectVault(config, process.env),
    functions: {},
    kinds: {
      'vault:identity/group:Group': group,
      'vault:identity/groupAlias:GroupAlias': groupAlias,
      'vault:index/policy:Policy': policy,
      'vault:jwt/authBackend:AuthBackend': jwtAuthBackend,
      'vault:jwt/authBackendRole:AuthBackendRole': jwtAuthBackendRole,
    },
  },
  ready: (port) => process.stdout.write(`${port}\n`),
});
