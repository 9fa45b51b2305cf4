/**
 * What an admission admits by definition is what the gate of the sandbox and the real Vault let in: neither is the kit's evaluation, nor
 * its algebra.
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Claims } from '../../src/claims/claims.ts';
import { type IssuerProfile, conditionPrefix } from '../../src/claims/profile.ts';
import type { Admission } from '../../src/trust/admission.ts';
import { type AwsTrust, compileTrusts, providerArn, splitTrusts } from '../../src/trust/aws/compile.ts';
import type { SessionDemands } from '../../src/trust/aws/session-demands.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { asVaultRole, compileVaultAccess } from '../../src/trust/vault/compile.ts';
import { VAULT_AUDIENCE } from '../../src/trust/vault/grant.ts';
import { WORLDS, type Minted } from '../claims/worlds.ts';
import { casesOf } from '../random.ts';
import { directory } from '../workload/support/files.ts';
import { startVault, type TestVault } from '../workload/vault/server.ts';
import { arbitraryCase, isMember } from './admissions.ts';
import { NOW, gateAdmits } from './aws/gate.ts';

interface Checked {
  readonly admission: Admission;
  readonly tokens: readonly Minted[];
}

function casesFor(issuer: IssuerProfile, count: number, seed: number): Checked[] {
  return fc.sample(arbitraryCase(issuer), { numRuns: casesOf(count), seed }).flatMap(({ args, tokens }) => {
    const read = readAdmission(issuer, args);
    return read.ok ? [{ admission: read.value, tokens }] : [];
  });
}

const TAGS = 'https://aws.amazon.com/tags';
const IDENTITY = 'https://aws.amazon.com/source_identity';

const SESSION: SessionDemands = {
  tags: [{ key: 'team', anyOf: [{ equals: 'a*' }, { like: 'data-*' }] }],
  sourceIdentity: [{ like: '*@acme.com' }],
};

/** What a token may carry for the session, and whether that is what is demanded above. */
const SESSIONS: readonly { readonly claims: Claims; readonly fits: boolean }[] = [
  { claims: { [TAGS]: tagged({ team: 'data-x' }), [IDENTITY]: 'ann@acme.com' }, fits: true },
  { claims: { [TAGS]: tagged({ team: 'a*' }), [IDENTITY]: 'ann@acme.com' }, fits: true },
  { claims: {}, fits: false },
  { claims: { [TAGS]: tagged({ team: 'data-x' }) }, fits: false },
  { claims: { [IDENTITY]: 'ann@acme.com' }, fits: false },
  { claims: { [TAGS]: tagged({ team: 'ab' }), [IDENTITY]: 'ann@acme.com' }, fits: false },
  { claims: { [TAGS]: tagged({ team: 'data-x', admin: 'yes' }), [IDENTITY]: 'ann@acme.com' }, fits: false },
  { claims: { [TAGS]: tagged({ team: 'data-x' }), [IDENTITY]: 'ann@evil.com' }, fits: false },
];

function tagged(tags: Readonly<Record<string, string>>) {
  return { principal_tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, [value]])) };
}

describe.each(WORLDS.filter(({ issuer }) => conditionPrefix(issuer) !== undefined))(
  'the gate, for $name',
  ({ issuer }) => {
    const arn = providerArn('aws', '123456789012', conditionPrefix(issuer) ?? '');
    const cases = casesFor(issuer, 400, 23);
    const registered: Claims = { iss: issuer.issuer, aud: 'sts.amazonaws.com', iat: NOW, exp: NOW + 300 };
    const admits = (policies: readonly object[], claims: Claims) =>
      policies.some((policy) => gateAdmits(JSON.stringify(policy), arn, claims));

    /** As it is, packed, and in several roles. */
    function policiesOf(trust: AwsTrust): object[][] {
      const plain = compileTrusts([trust], { quota: 1e6 });
      if (!plain.ok) return [];
      const quota = JSON.stringify(plain.value).length - 1;
      const [packed, split] = [compileTrusts([trust], { quota }), splitTrusts([trust], { quota })];
      return [[plain.value], ...(packed.ok ? [[packed.value]] : []), ...(split.ok ? [[...split.value]] : [])];
    }

    it('admits exactly the tokens that the admission admits', () => {
      const counts = { policies: 0, admitted: 0, refused: 0 };
      for (const { admission, tokens } of cases) {
        for (const policies of policiesOf({ admission, providerArn: arn })) {
          counts.policies++;
          for (const token of tokens) {
            const member = isMember(admission, token);
            const admitted = admits(policies, { ...registered, ...token.claims });
            if (admitted !== member)
              expect({ token, policies, admitted }).toEqual({ token, policies, admitted: member });
            counts[member ? 'admitted' : 'refused']++;
          }
        }
      }
      expect(Math.min(counts.policies, counts.admitted, counts.refused)).toBeGreaterThan(10);
    });

    it('admits with session tags and a source identity exactly those that carry what is demanded', () => {
      let admitted = 0;
      for (const { admission, tokens } of cases.slice(0, 100)) {
        for (const policies of policiesOf({ admission, providerArn: arn, session: SESSION }).slice(0, 1)) {
          for (const [at, token] of tokens.entries()) {
            const { claims, fits } = SESSIONS[at % SESSIONS.length] ?? { claims: {}, fits: false };
            const wanted = fits && isMember(admission, token);
            const said = admits(policies, { ...registered, ...token.claims, ...claims });
            if (said !== wanted)
              expect({ token, claims, policies, said }).toEqual({ token, claims, policies, said: wanted });
            if (said) admitted++;
          }
        }
      }
      expect(admitted).toBeGreaterThan(0);
    });
  },
);

describe('the real Vault', () => {
  let home: Awaited<ReturnType<typeof directory>>;
  let vault: TestVault;
  let key: KeyObject;

  beforeAll(async () => {
    home = await directory();
    vault = await startVault(home.path);
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    key = pair.privateKey;
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
    for (const [at, { issuer }] of WORLDS.entries()) {
      await vault.call('POST', `sys/auth/world${at}`, { type: 'jwt' });
      const config = { jwt_validation_pubkeys: [pem], bound_issuer: issuer.issuer, jwt_supported_algs: ['RS256'] };
      await vault.call('POST', `auth/world${at}/config`, config);
    }
  }, 60_000);

  afterAll(async () => {
    await vault[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });

  function signed(claims: Claims): string {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  }

  async function logIn(mount: string, role: string, claims: Claims): Promise<boolean> {
    const body = JSON.stringify({ role, jwt: signed(claims) });
    const reply = await fetch(`${vault.address}/v1/auth/${mount}/login`, { method: 'POST', body });
    const answer = (await reply.json()) as { errors?: string[] };
    // A refusal says why; anything else would be a fault of the test.
    if (!reply.ok) expect(answer.errors?.join()).toMatch(/invalid subject|error validating claims|not found in token/);
    return reply.ok;
  }

  it.each(WORLDS.map(({ name, issuer }, at) => ({ name, issuer, mount: `world${at}` })))(
    'admits exactly the tokens that the admission admits, of $name',
    async ({ issuer, mount }) => {
      const now = Math.floor(Date.now() / 1000);
      const audience = issuer.audience === 'none' ? {} : { aud: VAULT_AUDIENCE };
      const registered: Claims = { iss: issuer.issuer, iat: now, exp: now + 300, ...audience };
      const counts = { admitted: 0, refused: 0 };
      for (const [at, { admission, tokens }] of casesFor(issuer, 45, 29).entries()) {
        const access = compileVaultAccess(admission, {
          policies: ['x'],
          ...(at % 3 === 0 ? { tokenType: 'batch' } : {}),
        });
        if (!access.ok) continue;
        await vault.call('POST', `auth/${mount}/role/r${at}`, asVaultRole(access.value.role));
        for (const token of tokens.slice(0, 8)) {
          const member = isMember(admission, token);
          const admitted = await logIn(mount, `r${at}`, { ...registered, ...token.claims });
          if (admitted !== member)
            expect({ token, role: access.value.role, admitted }).toMatchObject({ admitted: member });
          counts[member ? 'admitted' : 'refused']++;
        }
      }
      expect(Math.min(counts.admitted, counts.refused)).toBeGreaterThan(3);
    },
    120_000,
  );
});
