/** Document 000: Ona to Vault. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import vaultSdk from 'node-vault';
import { loginToVault } from '../attempt.ts';
import { type Principal } from '../principals.ts';
import { SECRETS } from '../sandbox.ts';
import { type Line } from '../scenario.ts';
import { createWorkload } from '../workload.ts';
import { VAULT_AUDIENCE, type VaultRow, line, oneLine, vaultLine, vaultRow } from './lines.ts';

const seed = '000';

const PROJECT = '019527e4-0000-7000-8000-0000000000a1';

const V3: readonly VaultRow[] = [
  [
    'organization-scoped role',
    'environment outside a project',
    'ona-organization',
    'admitted',
    '3600 s',
    'kv/data/shared/db',
  ],
  ['organization-scoped role', 'environment of another organization', 'ona-organization', 'refused', 'organization_id'],
  ['organization-scoped role', 'user', 'ona-organization', 'refused', 'environment_id'],
  ['project-scoped role', 'environment', 'ona-project', 'admitted', 'data-read', `kv/data/projects/${PROJECT}/db`],
  ['project-scoped role', 'environment in another project', 'ona-project', 'refused', 'project_id'],
  ['project-scoped role', 'environment outside a project', 'ona-project', 'refused', 'is absent'],
  [
    'project-scoped role, path of another project',
    'environment',
    'ona-project',
    'refused',
    '403',
    'kv/data/projects/019527e4-0000-7000-8000-0000000000a2/db',
  ],
  [
    'user-scoped role by email',
    'user',
    'ona-user',
    'admitted',
    undefined,
    'kv/data/people/019527e4-0000-7000-8000-0000000000d1/db',
  ],
  ['user-scoped role by email', 'another user', 'ona-user', 'refused', 'email'],
  ['user-scoped role by email', 'same address elsewhere', 'ona-user', 'refused', 'organization_id'],
  ['user-scoped role by creator_email', 'environment', 'ona-creator', 'admitted', undefined, 'kv/data/shared/db'],
  ['user-scoped role by creator_email', 'environment in another project', 'ona-creator', 'refused', 'creator_email'],
  ['service account', 'service account', 'ona-service-account', 'admitted', undefined, 'kv/data/shared/db'],
  ['service account', 'user', 'ona-service-account', 'refused', 'service_account_id'],
  ['runner', 'environment', 'ona-runner', 'admitted', undefined, 'kv/data/shared/db'],
  ['runner', 'environment in another project', 'ona-runner', 'refused', 'runner_id'],
  [
    'one environment',
    'environment',
    'ona-environment',
    'admitted',
    undefined,
    'kv/data/environments/019527e4-0000-7000-8000-0000000000c1/db',
  ],
  ['one environment', 'environment in another project', 'ona-environment', 'refused', 'environment_id'],
  ['V2 token at a role for V3', 'V2 environment', 'ona-organization', 'refused', 'environment_id'],
];

const V2: readonly VaultRow[] = [
  ['V2 by org', 'V2 environment', 'ona-v2-organization', 'admitted', undefined, 'kv/data/shared/db'],
  ['V2 by org', 'V2 environment of another organization', 'ona-v2-organization', 'refused', 'org'],
  ['V2 by sub', 'V2 environment', 'ona-v2-project', 'admitted', undefined, 'kv/data/shared/db'],
  ['V2 by sub', 'V2 environment in another project', 'ona-v2-project', 'refused', 'sub'],
  ['V3 token at a role for V2', 'environment', 'ona-v2-organization', 'refused', 'org'],
];

const parameters = line(
  { seed, scenario: 'role parameters hold for the Vault token', token: 'environment', expected: 'admitted' },
  async (sandbox) => {
    const token = await sandbox.issuer.token('environment', [VAULT_AUDIENCE]);
    const session = await loginToVault(sandbox, { mount: 'jwt', role: 'ona-organization', token });
    const role = await sandbox.vault.call('GET', 'auth/jwt/role/ona-organization');
    const life = await sandbox.vault.call('GET', 'auth/token/lookup-self', undefined, session.clientToken);
    const { user_claim, bound_audiences, token_ttl, token_max_ttl } = role.data;
    const { ttl, explicit_max_ttl } = life.data;
    const seen = { user_claim, bound_audiences, token_ttl, token_max_ttl, explicit_max_ttl };
    const wanted = {
      user_claim: 'environment_id',
      bound_audiences: [VAULT_AUDIENCE],
      token_ttl: 3600,
      token_max_ttl: 14400,
      explicit_max_ttl: 14400,
    };
    const holds =
      JSON.stringify(seen) === JSON.stringify(wanted) && typeof ttl === 'number' && ttl > 3500 && ttl <= 3600;
    return { admitted: session.admitted && holds, detail: JSON.stringify(seen) };
  },
);

const byCli = line(
  { seed, scenario: 'login by idp login vault, then vault kv get', token: 'environment', expected: 'admitted' },
  async (sandbox) => {
    const workload = await createWorkload(sandbox, 'environment');
    const login = await workload.idp(['login', 'vault'], { IDP_VAULT_ROLE: 'ona-organization' });
    if (login.status !== 0) return { admitted: false, detail: oneLine(login.stderr) };
    const { mode } = await stat(join(workload.home, '.vault-token'));
    const read = await workload.command('vault', ['kv', 'get', '-field=password', 'kv/shared/db']);
    const right = read.stdout.trim() === SECRETS.shared && (mode & 0o777) === 0o600;
    return {
      admitted: right,
      detail: right ? 'the vault binary reads with ~/.vault-token (0600)' : oneLine(read.stderr),
    };
  },
);

const byHand = line(
  { seed, scenario: 'login by hand: vault write auth/jwt/login', token: 'environment', expected: 'admitted' },
  async (sandbox) => {
    const workload = await createWorkload(sandbox, 'environment');
    const token = await workload.idp(['token', '--audience', VAULT_AUDIENCE]);
    await writeFile(join(workload.home, 'jwt'), token.stdout.trim(), { mode: 0o600 });
    const args = [
      'write',
      '-field=token',
      'auth/jwt/login',
      'role=ona-organization',
      `jwt=@${join(workload.home, 'jwt')}`,
    ];
    const login = await workload.command('vault', args);
    const read = await workload.command('vault', ['kv', 'get', '-field=password', 'kv/shared/db'], {
      VAULT_TOKEN: login.stdout.trim(),
    });
    return {
      admitted: read.stdout.trim() === SECRETS.shared,
      detail: read.status === 0 ? 'reads kv/shared/db' : oneLine(login.stderr + read.stderr),
    };
  },
);

const bySdk = line(
  { seed, scenario: 'login through an SDK (node-vault)', token: 'environment', expected: 'admitted' },
  async (sandbox) => {
    const client = vaultSdk({ endpoint: sandbox.vault.url });
    const jwt = await sandbox.issuer.token('environment', [VAULT_AUDIENCE]);
    const login = (await client.write('auth/jwt/login', { role: 'ona-organization', jwt })) as {
      auth: { client_token: string };
    };
    client.token = login.auth.client_token;
    const read = (await client.read('kv/data/shared/db')) as { data: { data: { password: string } } };
    return { admitted: read.data.data.password === SECRETS.shared, detail: 'reads kv/shared/db' };
  },
);

/** What an environment's automation runs when it starts. */
const START_UP = `
set -eu
idp login vault --role ona-organization
vault kv get -field=password kv/shared/db > "$HOME/db-password"
`;

const onStartUp = line(
  { seed, scenario: 'login on start-up, by a script', token: 'environment', expected: 'admitted' },
  async (sandbox) => {
    const workload = await createWorkload(sandbox, 'environment');
    const idp = `idp() { "${process.execPath}" "${join(import.meta.dirname, '..', '..', '..', 'bin', 'idp.js')}" "$@"; }\n`;
    const ran = await workload.command('sh', ['-s'], {}, idp + START_UP);
    const password = await readFile(join(workload.home, 'db-password'), 'utf8').catch(() => '');
    return {
      admitted: password.trim() === SECRETS.shared,
      detail: ran.status === 0 ? 'the script has its secret' : oneLine(ran.stderr),
    };
  },
);

/** What `idp login vault` tells the developer whose login is refused. */
function troubleshooting(what: string, token: Principal, because: string, ...flags: string[]): Line {
  const text = { seed, scenario: `troubleshooting: ${what}`, token, expected: 'refused', because } as const;
  return line(text, async (sandbox) => {
    const workload = await createWorkload(sandbox, token);
    const login = await workload.idp(['login', 'vault', '--role', 'ona-organization', ...flags]);
    return { admitted: login.status === 0, detail: oneLine(login.stderr) };
  });
}

const unreachable = line(
  {
    seed,
    scenario: 'troubleshooting: Vault cannot reach the issuer',
    token: 'environment',
    expected: 'refused',
    because: 'error checking oidc discovery URL',
  },
  async (sandbox) => {
    sandbox.proxy.cut('app.gitpod.io');
    try {
      await sandbox.vault.call('POST', 'sys/auth/jwt-unreachable', { type: 'jwt' });
      const config = {
        oidc_discovery_url: 'https://app.gitpod.io',
        bound_issuer: 'https://app.gitpod.io',
        oidc_discovery_ca_pem: sandbox.caPem,
      };
      const answer = await sandbox.vault.call('POST', 'auth/jwt-unreachable/config', config);
      return {
        admitted: answer.status < 300,
        detail: `Vault: ${answer.errors.join('; ')}: check the network from Vault to app.gitpod.io`,
      };
    } finally {
      sandbox.proxy.restore('app.gitpod.io');
      await sandbox.vault.call('DELETE', 'sys/auth/jwt-unreachable');
    }
  },
);

const noPolicy: Line = vaultLine({
  seed,
  scenario: 'troubleshooting: logged in, but no policy for the path',
  token: 'environment',
  expected: 'refused',
  because: '403',
  mount: 'jwt',
  role: 'ona-organization',
  reads: 'secret/platform/db',
});

export const onaVault: readonly Line[] = [
  ...V3.map(vaultRow(seed, 'jwt')),
  ...V2.map(vaultRow(seed, 'jwt-v2')),
  parameters,
  byCli,
  byHand,
  bySdk,
  onStartUp,
  troubleshooting('invalid audience claim', 'environment', '--audience', '--audience', 'elsewhere'),
  troubleshooting('bound claims do not match', 'environment of another organization', 'organization_id'),
  unreachable,
  noPolicy,
];
