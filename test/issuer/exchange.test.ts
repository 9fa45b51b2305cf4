import { createHash } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { latestAudit } from '../../src/issuer/audit.ts';
import { jwksDocument } from '../../src/issuer/documents.ts';
import { type ExchangeRefusal, exchange } from '../../src/issuer/exchange.ts';
import { type TokenConfiguration, putOrganization } from '../../src/issuer/organization.ts';
import { type RegistrationRequest, unregister } from '../../src/issuer/registration.ts';
import { type Issuer, type IssuerSettings } from '../../src/issuer/settings.ts';
import {
  CLASSIC,
  ENVIRONMENT,
  GITLAB,
  JOB,
  NOW,
  ONA,
  type TestIssuer,
  WORKSPACE,
  configuration,
  registered,
  testIssuer,
} from './issuer.ts';

const AWS = 'sts.amazonaws.com';

async function tokenFor(issuer: Issuer, credential: string, audiences: readonly string[] = [AWS]): Promise<string> {
  const answer = await exchange(issuer, { subject: { kind: 'credential', credential }, audiences });
  if (!answer.ok) throw new Error(answer.description);
  return answer.token;
}

async function refusalOf(
  issuer: Issuer,
  credential: string,
  audiences: readonly string[] = [AWS],
): Promise<ExchangeRefusal | undefined> {
  const answer = await exchange(issuer, { subject: { kind: 'credential', credential }, audiences });
  return answer.ok ? undefined : answer;
}

/** Verified with the published keys, as a relying party does. */
async function claimsOf(issuer: TestIssuer, token: string) {
  const keys = JSON.parse(jwksDocument(issuer).body) as Parameters<typeof createLocalJWKSet>[0];
  const options = { currentDate: new Date(issuer.now() * 1000) };
  return (await jwtVerify(token, createLocalJWKSet(keys), options)).payload;
}

interface Case {
  readonly settings: IssuerSettings;
  readonly organization: Partial<TokenConfiguration>;
  readonly workload?: Partial<RegistrationRequest>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const CASES: Readonly<Record<string, Case>> = {
  'ona-v3, in a project': {
    settings: ONA,
    organization: {},
    claims: {
      ...ENVIRONMENT,
      iss: 'https://app.gitpod.io',
      sub: 'organization_id:0191e223-1111:project_id:019527e4-2222',
      aud: [AWS],
      iat: NOW,
      exp: NOW + 3600,
    },
  },
  'ona-v3, with a field that the organization chose': {
    settings: ONA,
    organization: { subFields: ['creator_email'] },
    claims: {
      ...ENVIRONMENT,
      iss: 'https://app.gitpod.io',
      sub: 'organization_id:0191e223-1111:project_id:019527e4-2222:creator_email:ada@acme.example',
      aud: [AWS],
      iat: NOW,
      exp: NOW + 3600,
    },
  },
  'ona-v2': {
    settings: ONA,
    organization: { profile: 'ona-v2' },
    claims: {
      org: '0191e223-1111',
      gsub: '0195aaaa-3333',
      iss: 'https://app.gitpod.io',
      sub: 'org:0191e223-1111/prj:019527e4-2222/env:0195aaaa-3333',
      aud: AWS,
      iat: NOW,
      exp: NOW + 3600,
    },
  },
  'gitpod-classic': {
    settings: CLASSIC,
    organization: { profile: 'gitpod-classic' },
    workload: { facts: WORKSPACE },
    claims: {
      ...WORKSPACE,
      iss: 'https://services.acme.gitpod.cloud/idp',
      sub: 'https://github.com/gitpod-io/my-application',
      aud: [AWS],
      azp: AWS,
      iat: NOW,
      exp: NOW + 3600,
    },
  },
  'gitlab-id-token': {
    settings: GITLAB,
    organization: { profile: 'gitlab-id-token' },
    workload: { facts: JOB },
    claims: {
      ...JOB,
      iss: 'https://gitlab.example.com',
      sub: 'project_path:mygroup/myproject:ref_type:branch:ref:auto-deploy-2020-04-01',
      aud: AWS,
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
      nbf: NOW - 5,
      iat: NOW,
      exp: NOW + 300,
    },
  },
  'gitlab-job-jwt, chosen by the registration, to the timeout of the job': {
    settings: GITLAB,
    organization: { profile: 'gitlab-id-token' },
    workload: { profile: 'gitlab-job-jwt', facts: JOB, tokenLifeSeconds: 1800 },
    claims: {
      ...JOB,
      iss: 'gitlab.example.com',
      sub: '22',
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
      nbf: NOW - 5,
      iat: NOW,
      exp: NOW + 1800,
    },
  },
};

describe('the claims of a token', () => {
  it.each(Object.entries(CASES))('%s', async (_name, { settings, organization, workload, claims }) => {
    const issuer = await testIssuer(settings);
    const { credential } = await registered(issuer, organization, workload);
    const token = await tokenFor(issuer, credential);
    expect(await claimsOf(issuer, token)).toEqual(claims);
  });
});

describe('the key', () => {
  it.each([
    [null, 'ES256', 'k0'],
    ['RS256', 'RS256', 'k1'],
  ] as const)('for an organization that chose %s is %s', async (algorithm, alg, kid) => {
    const issuer = await testIssuer(ONA, ['ES256', 'RS256']);
    const { credential } = await registered(issuer, { algorithm });
    expect(decodeProtectedHeader(await tokenFor(issuer, credential))).toEqual({ alg, kid, typ: 'JWT' });
  });

  it('that was replaced verifies nothing any more', async () => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer);
    const before = await tokenFor(issuer, credential);
    await issuer.ring.replace();
    await expect(claimsOf(issuer, before)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    await expect(claimsOf(issuer, await tokenFor(issuer, credential))).resolves.toBeDefined();
  });
});

describe('audiences', () => {
  it('are several where the profile has a list', async () => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer);
    const { aud } = await claimsOf(issuer, await tokenFor(issuer, credential, [AWS, 'vault.hashicorp.com', AWS]));
    expect(aud).toEqual([AWS, 'vault.hashicorp.com']);
  });

  it.each<[string, Partial<TokenConfiguration>, readonly string[], string, RegExp]>([
    ['none', {}, [], 'invalid_request', /no audience was asked for/],
    ['one that the organization does not allow', { audiences: ['a'] }, [AWS], 'invalid_target', /it allows: a/],
    ['two, where the profile has one', { profile: 'ona-v2' }, ['a', 'b'], 'invalid_target', /have one audience/],
    ['eleven', {}, Array.from({ length: 11 }, (_, n) => `a${n}`), 'invalid_target', /at most 10/],
    ['one with a blank', {}, ['a b'], 'invalid_target', /visible ASCII/],
    ['one that is too long', {}, ['a'.repeat(256)], 'invalid_target', /1 to 255/],
  ])('are refused: %s', async (_what, organization, audiences, error, description) => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer, organization);
    const refusal = await refusalOf(issuer, credential, audiences);
    expect(refusal).toMatchObject({ error, description: expect.stringMatching(description) as unknown });
  });
});

describe('the life of a token', () => {
  it.each<[string, Partial<TokenConfiguration>, Partial<RegistrationRequest>, number]>([
    ["is the profile's", {}, {}, 3600],
    ["is the organization's", { tokenLifeSeconds: 600 }, {}, 600],
    ["is the registration's before that", { tokenLifeSeconds: 600 }, { tokenLifeSeconds: 120 }, 120],
    ['ends with the registration', {}, { expiresAt: NOW + 90 }, 90],
  ])('%s', async (_what, organization, workload, seconds) => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer, organization, workload);
    expect(await exchange(issuer, { subject: { kind: 'credential', credential }, audiences: [AWS] })).toMatchObject({
      expiresIn: seconds,
    });
    const { exp } = await claimsOf(issuer, await tokenFor(issuer, credential));
    expect(exp).toBe(NOW + seconds);
  });
});

describe('a credential', () => {
  const UNKNOWN = {
    error: 'invalid_request',
    description: expect.stringMatching(/unknown, expired or revoked/) as unknown,
  };

  it.each([
    ['of nobody', (): string => `idpk_${'0'.repeat(20)}.${'A'.repeat(43)}`, /no such registration/],
    [
      'with another secret',
      (credential: string) => credential.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      /secret/,
    ],
    ['that is none', () => 'hunter2', /no workload credential/],
    ['that is empty', () => '', /no workload credential/],
  ])('%s is refused, and the audit alone says why', async (_what, change, reason) => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer);
    expect(await refusalOf(issuer, change(credential))).toMatchObject(UNKNOWN);
    const [entry] = await latestAudit(issuer.store, 1);
    expect(entry).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(reason) as unknown,
      token_sha256: null,
    });
  });

  it('is refused at another issuer of the same store', async () => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer);
    const other = { ...issuer, settings: { ...ONA, name: 'other', url: 'https://other.example' } };
    expect(await refusalOf(other, credential)).toMatchObject(UNKNOWN);
  });

  it('is refused after its registration has expired, or was removed', async () => {
    const issuer = await testIssuer();
    const expiring = await registered(issuer, {}, { expiresAt: NOW + 10 });
    const removed = await registered(issuer);
    expect(await unregister(issuer, removed.registration)).toBe(true);
    issuer.wait(10);
    expect(await refusalOf(issuer, expiring.credential)).toMatchObject(UNKNOWN);
    expect(await refusalOf(issuer, removed.credential)).toMatchObject(UNKNOWN);
  });
});

describe('an organization that switches', () => {
  it('from V2 to V3 changes the tokens of its workloads', async () => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer, { profile: 'ona-v2' });
    await putOrganization(issuer, 'acme', configuration({ profile: 'ona-v3' }));
    const { sub } = await claimsOf(issuer, await tokenFor(issuer, credential));
    expect(sub).toBe('organization_id:0191e223-1111:project_id:019527e4-2222');
  });

  it('to a profile whose claims a workload lacks gets no token, and is told which', async () => {
    const issuer = await testIssuer();
    const { organization_id, project_id, environment_id } = ENVIRONMENT;
    const facts = { organization_id, project_id, environment_id };
    const { credential } = await registered(issuer, { profile: 'ona-v2' }, { facts });
    await putOrganization(issuer, 'acme', configuration({ profile: 'ona-v3' }));
    const refusal = await refusalOf(issuer, credential);
    expect(refusal?.description).toMatch(/runner_id.*creator_principal.*creator_id/);
  });
});

it('audits what it issued, with a hash in place of the token', async () => {
  const issuer = await testIssuer(GITLAB);
  const { credential, registration } = await registered(issuer, { profile: 'gitlab-id-token' }, { facts: JOB });
  const token = await tokenFor(issuer, credential);
  const { jti, sub } = await claimsOf(issuer, token);
  const entries = await latestAudit(issuer.store, 10);
  expect(entries[0]).toEqual({
    id: 3,
    time: NOW,
    kind: 'issued',
    issuer: 'gitlab',
    actor: null,
    upstream: null,
    organization: 'acme',
    registration: registration.id,
    jti,
    kid: 'k0',
    sub,
    aud: [AWS],
    token_sha256: createHash('sha256').update(token).digest('hex'),
    reason: null,
  });
  expect(JSON.stringify(entries)).not.toContain(credential);
  expect(entries.map(({ kind }) => kind)).toEqual(['issued', 'registered', 'organization-changed']);
});
