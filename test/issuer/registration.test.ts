import { describe, expect, it } from 'vitest';
import { type Claims } from '../../src/claims/claims.ts';
import { latestAudit } from '../../src/issuer/audit.ts';
import { putOrganization } from '../../src/issuer/organization.ts';
import { previewSubjects } from '../../src/issuer/preview.ts';
import { type RegistrationRequest, findRegistration, register } from '../../src/issuer/registration.ts';
import { type IssuerSettings } from '../../src/issuer/settings.ts';
import { ENVIRONMENT, GITLAB, JOB, NOW, ONA, configuration, registered, request, testIssuer } from './issuer.ts';

async function problemsOf(changes: Partial<RegistrationRequest>, settings: IssuerSettings = ONA): Promise<string[]> {
  const issuer = await testIssuer(settings);
  const profile = settings.profiles[0].profile;
  await putOrganization(issuer, 'acme', configuration({ profile }));
  const done = await register(issuer, request(changes));
  return done.ok ? [] : done.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const environment = (changes: Claims) => ({ facts: { ...ENVIRONMENT, ...changes } });
const job = (changes: Claims) => ({ facts: { ...JOB, ...changes } });

describe('a registration is refused', () => {
  it.each<[string, Partial<RegistrationRequest>, RegExp]>([
    ['in no organization', { organization: 'nobody' }, /^organization: .*no organization nobody/],
    ['of a profile that is not offered', { profile: 'github' }, /^profile: .*does not offer the profile github/],
    ['of no variant', { variant: 'enviroment' }, /^variant: ona-v3 has no variant enviroment/],
    ['of a variant that has no known subject', { variant: 'user' }, /^facts.*user_id/],
    ['with an unknown fact', environment({ enviroment_id: 'x' }), /^facts.enviroment_id: such tokens have no/],
    ['with `sub` as a fact', environment({ sub: 'admin' }), /^facts.sub: such tokens have no/],
    ['with `iss` as a fact', environment({ iss: 'https://evil' }), /^facts.iss: such tokens have no/],
    ['with a number', environment({ runner_id: 7 }), /^facts.runner_id: .* is a string/],
    ['with null', environment({ runner_id: null }), /^facts.runner_id: .* is a string/],
    ['with an empty string', environment({ runner_name: '' }), /^facts.runner_name: .* is a string/],
    ['with a separator in an id', environment({ project_id: 'a:b' }), /^facts.project_id: .*characters/],
    ['with a list for an object', environment({ creator_idp_claims: [] }), /^facts.creator_idp_claims: .* object/],
    [
      'with a wrong list',
      environment({ environment_initializers: ['x'] }),
      /environment_initializers: .* list of objects/,
    ],
    [
      'with a part as a fact',
      environment({ 'environment_initializers.context_url': 'https://x' }),
      /such tokens have no/,
    ],
    ['that is over', { expiresAt: NOW }, /^expires_at: this time is past/],
    ['with a life beyond the profile', { tokenLifeSeconds: 3601 }, /^token_life_seconds: .*at most 3600/],
    ['with facts beyond any token', environment({ runner_name: 'x'.repeat(9000) }), /^facts: .*8192 are the limit/],
  ])('%s', async (_what, changes, expected) => {
    const problems = await problemsOf(changes);
    expect(problems.some((found) => expected.test(found))).toBe(true);
  });

  it.each<[string, Claims, RegExp]>([
    ['an id that is a number', { project_id: 22 }, /project_id` is a string/],
    ['a flag that is a boolean', { ref_protected: true }, /ref_protected` is a string/],
    ['a flag that is neither', { ref_protected: 'yes' }, /"true" or "false", as a string/],
    ['a ref that git does not allow', { ref: 'a b' }, /what git allows/],
    ['a path with a wildcard', { project_path: 'mygroup/*' }, /segments of letters/],
    ['groups that are no list', { groups_direct: 'admins' }, /list of strings/],
  ])('of GitLab with %s', async (_what, facts, expected) => {
    const problems = await problemsOf(job(facts), GITLAB);
    expect(problems).toEqual([expect.stringMatching(expected)]);
  });

  it('with every problem at once', async () => {
    const rest = Object.entries(ENVIRONMENT).filter(([name]) => name !== 'runner_id');
    const facts = { ...Object.fromEntries(rest), project_id: 'a/b', nonsense: '1' };
    const problems = await problemsOf({ facts, expiresAt: 1, tokenLifeSeconds: 9999 });
    expect(problems.map((found) => found.split(':')[0]).sort()).toEqual([
      'expires_at',
      'facts.nonsense',
      'facts.project_id',
      'facts.runner_id',
      'token_life_seconds',
    ]);
  });

  it('where its `sub` would not fit, and is never cut', async () => {
    const issuer = await testIssuer();
    await putOrganization(issuer, 'acme', configuration({ subFields: ['creator_name'] }));
    const done = await register(issuer, request(environment({ creator_name: 'x'.repeat(250) })));
    expect(done).toMatchObject({ ok: false, problems: [{ path: ['sub'] }] });
  });
});

it('is kept without its credential', async () => {
  const issuer = await testIssuer();
  const { registration, credential, subject } = await registered(issuer);
  expect(credential).toMatch(/^idpk_[0-9a-f]{20}\.[A-Za-z0-9_-]{43}$/);
  expect(subject).toBe('organization_id:0191e223-1111:project_id:019527e4-2222');
  const kept = await issuer.store.registrations.find(registration.id);
  expect(JSON.stringify(kept)).not.toContain(credential.split('.')[1]);
  expect(await findRegistration(issuer.store, registration.id)).toEqual(registration);
});

it('escapes a separator in a value, so that no value makes up the next key of `sub`', async () => {
  const issuer = await testIssuer();
  const facts = { ...ENVIRONMENT, creator_name: 'x:environment_id:of-somebody-else' };
  const { subject } = await registered(issuer, { subFields: ['creator_name'] }, { facts });
  expect(subject).toMatch(/:creator_name:x%3Aenvironment_id%3Aof-somebody-else$/);
});

describe('an organization is refused', () => {
  it.each([
    [{ profile: 'github' as const }, /does not offer the profile github/],
    [{ profile: 'ona-v2' as const, subFields: ['creator_email'] }, /has no setting `sub_fields`/],
    [{ subFields: ['creater_email'] }, /cannot put `creater_email` into `sub`/],
    [{ tokenLifeSeconds: 7200 }, /at most 3600/],
    [{ audiences: ['a b'] }, /visible ASCII/],
  ])('with %j', async (changes, expected) => {
    const done = await putOrganization(await testIssuer(), 'acme', configuration(changes));
    expect(done.ok ? 'accepted' : done.problems[0]?.message).toMatch(expected);
  });

  it('where somebody else changed it meanwhile', async () => {
    const issuer = await testIssuer();
    await putOrganization(issuer, 'acme', configuration());
    const change = (life: number) => putOrganization(issuer, 'acme', configuration({ tokenLifeSeconds: life }), 1);
    const changes = await Promise.all([600, 900].map(change));
    expect(changes.map((done) => (done.ok ? done.value.version : done.kind))).toEqual([2, 'outdated']);
    expect(await putOrganization(issuer, 'acme', configuration(), 1)).toMatchObject({ ok: false, kind: 'outdated' });
    expect(await putOrganization(issuer, 'other', configuration(), 1)).toMatchObject({ ok: false, kind: 'outdated' });
  });
});

it('leaves an organization that is so already as it is', async () => {
  const issuer = await testIssuer();
  const changes = { subFields: ['creator_email'], audiences: ['a'] };
  const first = await putOrganization(issuer, 'acme', configuration(changes));
  issuer.wait(5);
  expect(await putOrganization(issuer, 'acme', configuration(changes))).toEqual(first);
  expect(await putOrganization(issuer, 'acme', configuration(changes), 1)).toEqual(first);
  expect(await putOrganization(issuer, 'acme', configuration(changes), 2)).toMatchObject({ kind: 'outdated' });
  expect(await latestAudit(issuer.store, 9)).toHaveLength(1);
  const other = await putOrganization(issuer, 'acme', configuration({ ...changes, audiences: null }));
  expect(other.ok && other.value.version).toBe(2);
});

it('previews what becomes of `sub`', async () => {
  const issuer = await testIssuer();
  const { registration } = await registered(issuer);
  const preview = await previewSubjects(issuer, 'acme', configuration({ profile: 'ona-v2' }));
  const [iss, lifeSeconds] = ['https://app.gitpod.io', 3600];
  expect(preview).toEqual({
    ok: true,
    value: [
      {
        registration: registration.id,
        before: {
          ok: true,
          value: { iss, sub: 'organization_id:0191e223-1111:project_id:019527e4-2222', lifeSeconds },
        },
        after: { ok: true, value: { iss, sub: 'org:0191e223-1111/prj:019527e4-2222/env:0195aaaa-3333', lifeSeconds } },
      },
    ],
  });
});
