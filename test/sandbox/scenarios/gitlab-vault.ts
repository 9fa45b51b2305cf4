/** Documents 003 and 004: GitLab to Vault. */
import { decodeJwt } from 'jose';
import { loginToVault, readSecret } from '../attempt.ts';
import { forge } from '../forge.ts';
import { type Principal } from '../principals.ts';
import { type Line } from '../scenario.ts';
import { VAULT_AUDIENCE, type VaultRow, line, vaultLine, vaultRow } from './lines.ts';

const STAGING = 'secret/myproject/staging/db';
const PRODUCTION = 'secret/myproject/production/db';

const JOBS: readonly VaultRow[] = [
  ['staging: branch main', 'job on main', 'myproject-staging', 'admitted', '60 s', STAGING],
  ['staging: not the secrets of production', 'job on main', 'myproject-staging', 'refused', '403', PRODUCTION],
  ['staging: branch main', 'job on a feature branch', 'myproject-staging', 'refused', 'ref (equals)'],
  ['staging: one project', 'job of another project', 'myproject-staging', 'refused', 'project_id'],
  ['production: protected auto-deploy-*', 'job of seed 003', 'myproject-production', 'admitted', '60 s', PRODUCTION],
  [
    'production: protected auto-deploy-*',
    'job on an unprotected branch',
    'myproject-production',
    'refused',
    'ref_protected',
  ],
  ['production: protected auto-deploy-*', 'job on main', 'myproject-production', 'refused', 'ref (glob)'],
  ['protected tag', 'job on a protected tag', 'myproject-release', 'admitted', undefined, PRODUCTION],
  ['protected tag', 'job on a tag', 'myproject-release', 'refused', 'ref_protected'],
  ['protected environment', 'deployment to production', 'myproject-deploy', 'admitted', undefined, PRODUCTION],
  [
    'protected environment',
    'deployment to an unprotected environment',
    'myproject-deploy',
    'refused',
    'environment_protected',
  ],
  ['protected environment', 'job on main', 'myproject-deploy', 'refused', 'is absent'],
  ['by user_login', 'job on main', 'myproject-admin', 'admitted', undefined, STAGING],
  ['by user_login', 'job of another user', 'myproject-admin', 'refused', 'user_login'],
  ['by user_email', 'job on main', 'myproject-owner', 'admitted', undefined, STAGING],
  ['by user_email', 'job of another user', 'myproject-owner', 'refused', 'user_email'],
  [
    'templated policy by project_path',
    'job on main',
    'per-project',
    'admitted',
    undefined,
    'secret/mygroup/myproject/staging/db',
  ],
  [
    'templated policy by project_path',
    'job of a project that shares the path',
    'per-project',
    'admitted',
    undefined,
    'secret/mygroup/web/staging/db',
  ],
  [
    'templated policy: path of another project',
    'job on main',
    'per-project',
    'refused',
    '403',
    'secret/mygroup/web/staging/db',
  ],
  ['templated policy: a common prefix', 'job of another project', 'per-project', 'refused', 'project_path'],
];

const ID_TOKENS: readonly VaultRow[] = [
  ['id token, groups: an external group', 'id token', 'with-groups', 'admitted', undefined, 'secret/platform/db'],
  [
    'id token, groups: not a member',
    'id token without the group',
    'with-groups',
    'refused',
    '403',
    'secret/platform/db',
  ],
  [
    'another instance: same project id',
    'id token of another tenant',
    'with-groups',
    'refused',
    'https://gitlab.example.com',
  ],
];

/** The payload printed in seed 003, byte for byte in its times: `nbf` is a day after `exp`. */
const literal = line(
  {
    seed: '003',
    scenario: 'the literal payload: nbf after exp',
    token: 'job of seed 003',
    expected: 'refused',
    because: 'nbf',
  },
  async (sandbox) => {
    const claims = {
      ...decodeJwt(await sandbox.issuer.token('job of seed 003')),
      iat: 1585710286,
      nbf: 1585798372,
      exp: 1585713886,
    };
    const token = await forge(sandbox, 'gitlab', { claims });
    const { admitted, detail } = await loginToVault(sandbox, {
      mount: 'jwt-gitlab',
      role: 'myproject-production',
      token,
    });
    return { admitted, detail: `${detail} (nbf 1585798372 is after exp 1585713886: no time is right for it)` };
  },
);

const lifeLine = (scenario: string, token: Principal, seconds: number) =>
  line({ seed: '004', scenario, token, expected: 'admitted' }, async (sandbox) => {
    const { exp = 0, iat = 0, aud, iss, sub } = decodeJwt(await sandbox.issuer.token(token));
    const right = exp - iat === seconds && aud === undefined && iss === 'gitlab.example.com' && sub === '22';
    return { admitted: right, detail: `exp - iat = ${exp - iat} s, iss ${String(iss)}, sub ${String(sub)}, no aud` };
  });

const boundIssuer = line(
  {
    seed: '004',
    scenario: 'bound_issuer: iss as a URL',
    token: 'job on main',
    expected: 'refused',
    because: 'iss (equals)',
  },
  async (sandbox) => {
    const claims = { ...decodeJwt(await sandbox.issuer.token('job on main')), iss: 'https://gitlab.example.com' };
    const token = await forge(sandbox, 'gitlab', { claims });
    return loginToVault(sandbox, { mount: 'jwt-gitlab', role: 'myproject-staging', token });
  },
);

const withAudience = line(
  {
    seed: '003',
    scenario: 'a token with an audience at a role without',
    token: 'id token',
    expected: 'refused',
    because: 'aud',
  },
  async (sandbox) => {
    const claims = { ...decodeJwt(await sandbox.issuer.token('job on main')), aud: VAULT_AUDIENCE };
    const token = await forge(sandbox, 'gitlab', { claims });
    return loginToVault(sandbox, { mount: 'jwt-gitlab', role: 'myproject-staging', token });
  },
);

/** Documented: the key may change without any notice, and then retrying the job helps. */
const replacedKey = line(
  {
    seed: '004',
    scenario: 'the signing key is replaced: the old token fails, a retried job succeeds',
    token: 'job on main',
    expected: 'admitted',
    because: 'old token: refused',
  },
  async (sandbox) => {
    const login = (token: string) => ({ mount: 'jwt-gitlab', role: 'myproject-staging', token });
    const old = await sandbox.issuer.token('job on main');
    await sandbox.issuer.replaceKeys('gitlab');
    const retried = await readSecret(sandbox, login(await sandbox.issuer.token('job on main')), STAGING);
    const again = await loginToVault(sandbox, { ...login(old), forged: 'signature' });
    return {
      admitted: retried.admitted && !again.admitted,
      detail: `retried: ${retried.detail}; old token: ${again.admitted ? 'admitted' : 'refused'}`,
    };
  },
);

/** Vault keeps groups for an entity: a colleague's login in the same project must not hand them to this token. */
const othersGroup = line(
  {
    seed: '004',
    scenario: "id token, groups: not by a colleague's login",
    token: 'id token without the group',
    expected: 'refused',
    because: '403',
  },
  async (sandbox) => {
    const login = async (token: Principal) =>
      loginToVault(sandbox, {
        mount: 'jwt-gitlab-id',
        role: 'with-groups',
        token: await sandbox.issuer.token(token, [VAULT_AUDIENCE]),
      });
    const own = await login('id token without the group');
    await login('id token');
    const { status } = await sandbox.vault.call('GET', 'secret/platform/db', undefined, own.clientToken);
    return { admitted: status === 200, detail: `secret/platform/db: ${status}` };
  },
);

export const gitlabVault: readonly Line[] = [
  literal,
  withAudience,
  ...JOBS.map(vaultRow('004', 'jwt-gitlab', [])),
  lifeLine('exp: 5 minutes without a timeout', 'job on main', 300),
  lifeLine("exp: the job's timeout", 'job with a timeout of 30 minutes', 1800),
  boundIssuer,
  ...ID_TOKENS.map(vaultRow('004', 'jwt-gitlab-id')),
  othersGroup,
  vaultLine({
    seed: '004',
    scenario: 'a multi-tenant instance beside it',
    token: 'id token of gitlab.com',
    mount: 'jwt-gitlab-com',
    role: 'saas-project',
    expected: 'admitted',
    reads: 'secret/saas/db',
  }),
  vaultLine({
    seed: '004',
    scenario: 'a multi-tenant instance: another tenant',
    token: 'id token of another tenant',
    mount: 'jwt-gitlab-com',
    role: 'saas-project',
    expected: 'refused',
    because: 'namespace_id',
  }),
  replacedKey,
];
