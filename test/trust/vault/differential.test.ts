// The evaluation against the real Vault: the same verdict for every role and token, for the same reason.
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Claims } from '../../../src/claims/claims.ts';
import type { Check, Decision } from '../../../src/trust/decision.ts';
import { evaluateVaultLogin, evaluateVaultRole } from '../../../src/trust/vault/evaluate.ts';
import type { VaultJwtConfig } from '../../../src/trust/vault/role.ts';
import { directory } from '../../workload/support/files.ts';
import { startVault, type TestVault } from '../../workload/vault/server.ts';
import { casesOf } from '../../random.ts';
import { ISSUER, loginCases, moved, type LoginCase, type MountName } from './cases.ts';

const CASES = casesOf(8_000);
/** Logins at once. */
const LANES = 6;
const SEED = 20260715;

/** Configurations of mounts; `default_role` is written once its role is there. */
const CONFIGS: Readonly<Record<MountName, VaultJwtConfig>> = {
  strict: { bound_issuer: ISSUER, jwt_supported_algs: ['RS256'] },
  open: {},
  several: { bound_issuer: ISSUER, jwt_supported_algs: ['RS256', 'PS256'] },
  elsewhere: { bound_issuer: `${ISSUER}/` },
};

let home: Awaited<ReturnType<typeof directory>>;
let vault: TestVault;
let key: KeyObject;
let pem: string | Buffer;

beforeAll(async () => {
  home = await directory();
  vault = await startVault(home.path);
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  key = pair.privateKey;
  pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
  for (const [mount, config] of Object.entries(CONFIGS)) {
    await vault.call('POST', `sys/auth/${mount}`, { type: 'jwt' });
    await vault.call('POST', `auth/${mount}/config`, { jwt_validation_pubkeys: [pem], ...config });
  }
}, 30_000);

afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenOf(claims: Claims, alg: string): string {
  const input = `${base64({ alg, typ: 'JWT' })}.${base64(claims)}`;
  const padding = alg.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const options = { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return `${input}.${sign(`sha${alg.slice(2)}`, Buffer.from(input), options).toString('base64url')}`;
}

/** Of these a case of its own is made. */
const RARE = ['role_type', 'missing role', 'no such role'];

/** What Vault says, as a word for the check that failed. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^\{"errors":\["missing role"\]\}/, 'missing role'],
  [/role \\"\w+\\" could not be found/, 'no such role'],
  [/role with oidc role_type/, 'role_type'],
  [/unexpected algorithm/, 'alg'],
  [/unmarshal|json:|go-jose\/jwt/, 'type'],
  [/invalid issuer/, 'iss'],
  [/invalid subject/, 'sub'],
  [/invalid audience|audience claim found/, 'aud'],
  [/no issued at/, 'times'],
  [/not yet valid/, 'nbf'],
  [/token is expired/, 'exp'],
  [/issued in the future/, 'iat'],
  [/error validating claims/, 'bound_claims'],
  [/error converting claim/, 'claim_mappings'],
  [/failed to fetch groups|string list|in groups claim/, 'groups_claim'],
  [/not found in token|could not be converted to string/, 'user_claim'],
  [/alias/, 'identity'],
];

async function login(mount: string, role: string, jwt: string): Promise<string> {
  const reply = await fetch(`${vault.address}/v1/auth/${mount}/login`, {
    method: 'POST',
    body: JSON.stringify({ ...(role === '' ? {} : { role }), jwt }),
  });
  const text = await reply.text();
  if (reply.ok) return 'admitted';
  return REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}

const ROLE_CHECKS = ['role_type', 'type', 'claim_mappings', 'groups_claim', 'user_claim', 'identity'];

function reasonOf(check: Check): string {
  if (check.claim === 'role' && check.operator !== 'role_type') {
    return check.operator === 'exists' ? 'no such role' : 'missing role';
  }
  if (ROLE_CHECKS.includes(check.operator)) return check.operator;
  if (check.operator === 'required') return 'times';
  return check.place.startsWith('role.bound_claims') ? 'bound_claims' : check.claim;
}

function reason({ admitted, checks }: Decision): string {
  const failed = checks.find(({ verdict }) => verdict === false);
  return failed === undefined ? (admitted === true ? 'admitted' : 'unknown') : reasonOf(failed);
}

it(`says what the real Vault says, for the same reason, in ${CASES} cases`, { timeout: 300_000 }, async () => {
  const started = Math.floor(Date.now() / 1000);
  const cases = loginCases(started, CASES, SEED);
  const seen = new Map<string, number>();
  const differences: string[] = [];
  const queue = cases.entries();
  const lane = async () => {
    for (const [index, one] of queue) {
      const said = await tried(one, `r${index}`);
      seen.set(said.vault, (seen.get(said.vault) ?? 0) + 1);
      if (!said.agrees) differences.push(JSON.stringify({ ...said, ...one }));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  expect(differences.slice(0, 5)).toEqual([]);
  // Each reason has come up, so that agreement means something.
  const reasons = ['admitted', ...REASONS.map(([, word]) => word)].filter((word) => !RARE.includes(word));
  expect(reasons.filter((word) => (seen.get(word) ?? 0) < 10)).toEqual([]);
  expect(seen.get('admitted')).toBeGreaterThan(CASES / 15);
});

async function tried(one: LoginCase, name: string) {
  // A role must have some constraint; the address of this machine constrains nothing here.
  const isOpen = one.role.bound_audiences === undefined && one.role.bound_subject === undefined;
  const constraint = isOpen ? { token_bound_cidrs: ['127.0.0.1/32'] } : {};
  await vault.call('POST', `auth/${one.mount}/role/${name}`, { ...one.role, ...constraint });
  const now = Math.floor(Date.now() / 1000);
  const claims = moved(one.claims, now - one.now);
  const said = await login(one.mount, name, tokenOf(claims, one.alg));
  const request = { claims, header: { alg: one.alg }, now };
  const decision = evaluateVaultRole(one.role, CONFIGS[one.mount], request);
  // Whether Vault minds long metadata depends on whether it has seen the entity before.
  const agrees = decision.admitted === 'unknown' ? ['admitted', 'identity'].includes(said) : reason(decision) === said;
  return { vault: said, evaluated: reason(decision), agrees };
}

it('refuses a role that a later write turned into an OIDC role', async () => {
  const role = { user_claim: 'sub', bound_subject: 'subject', allowed_redirect_uris: ['http://localhost'] };
  await vault.call('POST', 'auth/open/role/turned', { ...role, role_type: 'jwt' });
  await vault.call('POST', 'auth/open/role/turned', role);
  const claims = { sub: 'subject', exp: Math.floor(Date.now() / 1000) + 300 };
  expect(await login('open', 'turned', tokenOf(claims, 'RS256'))).toBe('role_type');
  expect(reason(evaluateVaultRole(role, {}, { claims }))).toBe('role_type');
});

it.each<[what: string, defaultRole: string, named: string]>([
  ['no role, where there is no default', '', ''],
  ['no role, where there is a default', 'usual', ''],
  ['a role that is not there', 'usual', 'other'],
  ['a role in other letters', '', 'USUAL'],
  ['a default that is not there', 'gone', ''],
])('chooses the role as Vault does: %s', async (_, default_role, named) => {
  const role = { role_type: 'jwt', user_claim: 'sub', bound_subject: 'subject' };
  await vault.call('POST', 'sys/auth/roles', { type: 'jwt' }).catch(() => undefined);
  await vault.call('POST', 'auth/roles/config', { jwt_validation_pubkeys: [pem], default_role });
  await vault.call('POST', 'auth/roles/role/Usual', role);
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: 'subject', iat: now, exp: now + 300 };
  const said = await login('roles', named, tokenOf(claims, 'RS256'));
  const mount = { config: { default_role }, roles: new Map([['usual', role]]) };
  expect(reason(evaluateVaultLogin(mount, named, { claims, now }))).toBe(said);
});
