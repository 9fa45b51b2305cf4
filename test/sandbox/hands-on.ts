/** How to use by hand what `--keep` leaves up. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sandbox } from './sandbox.ts';
import { createWorkload } from './workload.ts';

/** Prepares an environment that is registered already, and says what can be done from it. No secret is printed. */
export async function handsOn(sandbox: Sandbox): Promise<string> {
  const { vault, issuer, account, directory, gate } = sandbox;
  const workload = await createWorkload(sandbox, 'environment');
  const rootToken = join(directory, 'vault-root-token');
  await writeFile(rootToken, vault.rootToken, { mode: 0o600 });
  const exported = Object.entries(workload.env).map(([name, value]) => `export ${name}='${value}'`);
  return `
Everything is up. In another terminal, in this folder, be an environment of Ona:

${exported.join('\n')}

node bin/idp.js token --decode --audience sts.amazonaws.com
node bin/idp.js login vault --role ona-project && vault kv get kv/projects/019527e4-0000-7000-8000-0000000000a1/db
node bin/idp.js login aws --role-arn arn:aws:iam::${account}:role/aws-project && aws secretsmanager get-secret-value --secret-id database-password
node bin/idp.js login vault --role ona-runner --audience elsewhere

The catalog that was provisioned: ${join(directory, 'catalog', 'access.yaml')}
As an operator: Vault is ${vault.url}, its root token in ${rootToken}; AWS is ${gate.url};
the issuer's admin API is ${issuer.adminUrl}/admin, its token in ${issuer.adminTokenFile}.

Ctrl-C takes everything down.
`;
}
