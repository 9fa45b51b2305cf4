/** An issuer in memory, with a clock that stands still until it is moved. */
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type Claims } from '../../src/claims/claims.ts';
import { type TokenConfiguration, putOrganization } from '../../src/issuer/organization.ts';
import { type NewRegistration, type RegistrationRequest, register } from '../../src/issuer/registration.ts';
import { type Issuer, type IssuerSettings } from '../../src/issuer/settings.ts';
import { type RingSettings, openRing } from '../../src/keys/ring.ts';
import { memoryCustody } from '../../src/keys/rings/memory.ts';
import { storedRecords } from '../../src/keys/rings/stored.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

export const NOW = 1_800_000_000;

export const ONA: IssuerSettings = {
  name: 'ona',
  url: 'https://app.gitpod.io',
  profiles: [{ profile: 'ona-v3' }, { profile: 'ona-v2' }],
  jwksPaths: ['/.well-known/jwks.json'],
  cacheSeconds: 300,
};

export const GITLAB: IssuerSettings = {
  name: 'gitlab',
  url: 'https://gitlab.example.com',
  profiles: [{ profile: 'gitlab-id-token' }, { profile: 'gitlab-job-jwt' }],
  jwksPaths: ['/oauth/discovery/keys', '/-/jwks'],
  cacheSeconds: 300,
};

export const CLASSIC: IssuerSettings = {
  name: 'classic',
  url: 'https://services.acme.gitpod.cloud/idp',
  profiles: [{ profile: 'gitpod-classic' }],
  jwksPaths: ['/idp/.well-known/jwks.json'],
  cacheSeconds: 300,
};

/** What an environment of Ona is registered with: enough for V3 tokens, and for V2. */
export const ENVIRONMENT = {
  organization_id: '0191e223-1111',
  project_id: '019527e4-2222',
  environment_id: '0195aaaa-3333',
  runner_id: 'runner-1',
  runner_name: 'the runner',
  creator_principal: 'PRINCIPAL_USER',
  creator_id: 'user-1',
  creator_email: 'ada@acme.example',
  creator_name: 'Ada',
} as const satisfies Claims;

export const JOB = {
  namespace_id: '1',
  namespace_path: 'mygroup',
  project_id: '22',
  project_path: 'mygroup/myproject',
  user_id: '42',
  user_login: 'myuser',
  user_email: 'myuser@example.com',
  pipeline_id: '1212',
  pipeline_source: 'push',
  job_id: '1213',
  ref: 'auto-deploy-2020-04-01',
  ref_type: 'branch',
  ref_path: 'refs/heads/auto-deploy-2020-04-01',
  ref_protected: 'true',
  runner_id: '7',
  runner_environment: 'self-hosted',
} as const satisfies Claims;

export const WORKSPACE = {
  user_id: 'u1',
  org_id: 'o1',
  workspace_id: 'w1',
  name: 'Ada',
  email: 'ada@acme.example',
  email_verified: true,
  context: 'https://github.com/gitpod-io/my-application',
  repository: 'https://github.com/gitpod-io/my-application.git',
} as const satisfies Claims;

export interface TestIssuer extends Issuer {
  readonly wait: (seconds: number) => void;
}

export async function testIssuer(
  settings: IssuerSettings = ONA,
  algorithms: RingSettings['algorithms'] = ['ES256'],
): Promise<TestIssuer> {
  let time = NOW;
  const now = () => time;
  const store = await openSqliteStore(':memory:');
  onTestFinished(() => store.close());
  const timings = { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: null };
  const ring = await openRing(
    { issuer: settings.name, algorithms, kid: 'k{n}', timings, publication: 'served' },
    { records: storedRecords(store.keys), custody: memoryCustody(), now },
  );
  const wait = (seconds: number) => {
    time += seconds;
  };
  const takeToken = () => Promise.resolve(undefined);
  const audited = () => undefined;
  return { settings, ring, store, upstreams: [], now, random: randomBytes, takeToken, audited, wait };
}

export function configuration(changes: Partial<TokenConfiguration> = {}): TokenConfiguration {
  return {
    profile: 'ona-v3',
    subFields: [],
    audiences: null,
    tokenLifeSeconds: null,
    maxTokenLifeSeconds: null,
    algorithm: null,
    facts: {},
    awsSession: null,
    ...changes,
  };
}

export function request(changes: Partial<RegistrationRequest> = {}): RegistrationRequest {
  const facts = ENVIRONMENT;
  return {
    organization: 'acme',
    profile: null,
    variant: null,
    facts,
    tokenLifeSeconds: null,
    expiresAt: null,
    ...changes,
  };
}

/** Puts the organization `acme` and registers one workload in it. */
export async function registered(
  issuer: Issuer,
  organization: Partial<TokenConfiguration> = {},
  workload: Partial<RegistrationRequest> = {},
): Promise<NewRegistration> {
  await putOrganization(issuer, 'acme', configuration(organization));
  const done = await register(issuer, request(workload));
  if (!done.ok) throw new Error(JSON.stringify(done.problems));
  return done.value;
}
