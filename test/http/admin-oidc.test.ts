import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { signingKey } from '../issuer/upstream/upstream.ts';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { HOSTS, exchangeForm, registerOver, tokenOver } from '../serve/running.ts';
import { AUDIENCE, GITHUB, NOW, bearer, runAdministered } from './administrators.ts';

const ACME = '/admin/issuers/ona/organizations/acme';
const { running, key, claims } = await runAdministered(afterAll);
const { admin } = running;

const JOB = { iss: GITHUB, sub: 'repo:acme/api:ref:refs/heads/main', repository_id: '42', ref: 'refs/heads/main' };

describe('an OIDC token', () => {
  it.each<[string, object]>([
    ['of an admitted claim', {}],
    ['of an issuer with a profile', { ...JOB, team: undefined }],
    ['with several audiences', { aud: ['x', AUDIENCE] }],
  ])('%s administrates', async (_what, changes) => {
    const headers = bearer(await key.sign(claims(changes)));
    expect(await admin('PUT', ACME, { profile: 'ona-v3' }, headers)).toMatchObject({ status: 200 });
  });

  it.each<[string, object, RegExp]>([
    ['for another audience', { aud: 'https://elsewhere.example' }, /unexpected \\"aud\\" claim value/],
    ['of another team', { team: 'sales' }, /ops: team: expected platform or both, and it is/],
    ['of a team in another case', { team: 'Platform' }, /expected platform or both/],
    ['without the claim', { team: undefined }, /it is absent/],
    ['that has expired', { exp: NOW - 61 }, /\\"exp\\" claim timestamp check failed/],
    ['that has no end', { exp: undefined }, /missing required \\"exp\\" claim/],
    ['that begins later', { nbf: NOW + 61 }, /\\"nbf\\" claim timestamp check failed/],
    ['of another issuer', { iss: 'https://elsewhere.example' }, /no upstream is the issuer/],
    ['of nobody', { sub: undefined }, /no `sub` to put on record/],
    ['of another repository', { ...JOB, repository_id: '43' }, /ci: repository_id: expected 42/],
    ['of a branch', { ...JOB, ref: 'refs/heads/x' }, /ci: ref: expected refs\/heads\/main/],
  ])('%s does not, and the log alone says why', async (_what, changes, reason) => {
    const token = await key.sign(claims(changes));
    const reply = await admin('GET', '/admin/audit', undefined, bearer(token));
    expect(reply).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(reply.text).not.toMatch(/team|platform|42/);
    expect(running.log().trim().split('\n').slice(-2)[0]).toMatch(reason);
    expect(running.log()).not.toContain(token);
  });

  it.each<[string, () => Promise<string>]>([
    ['another key', async () => (await signingKey('one')).sign(claims())],
    ['a key that nobody has', async () => (await signingKey('two')).sign(claims())],
    ['an algorithm that is not taken', async () => (await signingKey('one', 'ES384')).sign(claims())],
    ['no signature', async () => `${(await key.sign(claims())).split('.').slice(0, 2).join('.')}.`],
  ])('with %s does not', async (_what, sign) => {
    expect(await admin('GET', '/admin/audit', undefined, bearer(await sign()))).toMatchObject({ status: 401 });
  });
});

describe('a reader', () => {
  it('may read everything and change nothing', async () => {
    const headers = bearer(await key.sign(claims({ team: 'audit' })));
    await admin('PUT', ACME, { profile: 'ona-v3' });
    const preview = { organization: 'acme', profile: 'ona-v2' };
    for (const [method, path, body] of [
      ['GET', ACME, undefined],
      ['GET', '/admin/issuers/ona/organizations', undefined],
      ['GET', `${ACME}/registrations`, undefined],
      ['GET', '/admin/issuers/ona/keys', undefined],
      ['GET', '/admin/audit', undefined],
      ['GET', '/admin/openapi.json', undefined],
      ['POST', '/admin/issuers/ona/subject-preview', preview],
    ] as const) {
      expect(await admin(method, path, body, headers)).toMatchObject({ status: 200 });
    }
    const before = (await admin('GET', '/admin/audit?limit=1')).text;
    for (const [method, path, body] of [
      ['PUT', ACME, { profile: 'ona-v2' }],
      ['POST', '/admin/issuers/ona/registrations', { organization: 'acme', facts: ENVIRONMENT }],
      ['DELETE', '/admin/registrations/x', undefined],
      ['POST', '/admin/issuers/ona/keys/rotate', undefined],
      ['POST', '/admin/issuers/ona/keys/replace', undefined],
      ['POST', '/admin/issuers/ona/keys/reseal', undefined],
    ] as const) {
      const expected = { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } };
      expect(await admin(method, path, body, headers)).toMatchObject(expected);
    }
    expect((await admin('GET', '/admin/audit?limit=1')).text).toBe(before);
  });

  it('who is an administrator as well is one', async () => {
    const headers = bearer(await key.sign(claims({ team: 'both' })));
    expect(await admin('POST', '/admin/issuers/gitlab/keys/rotate', undefined, headers)).toMatchObject({ status: 200 });
  });
});

it('puts on record who changed something', async () => {
  const { running, key, claims } = await runAdministered(onTestFinished);
  const { admin } = running;
  const ada = bearer(await key.sign(claims()));
  const job = bearer(await key.sign(claims(JOB)));
  await admin('PUT', ACME, { profile: 'ona-v3' }, ada);
  const made = await admin(
    'POST',
    '/admin/issuers/ona/registrations',
    { organization: 'acme', facts: ENVIRONMENT },
    job,
  );
  await admin('DELETE', `/admin/registrations/${(made.json as { id: string }).id}`);
  await admin('POST', '/admin/issuers/ona/keys/rotate', undefined, ada);
  await admin('POST', '/admin/issuers/ona/keys/replace', undefined, ada);
  const { entries } = (await admin('GET', '/admin/audit')).json as { entries: { kind: string; actor: string }[] };
  expect(entries.map(({ kind, actor }) => [kind, actor])).toEqual([
    ['keys-replaced', 'ops ada'],
    ['keys-rotated', 'ops ada'],
    ['unregistered', 'token'],
    ['registered', `ci ${JOB.sub}`],
    ['organization-changed', 'ops ada'],
  ]);
});

describe('while the issuer of administrators is away', () => {
  it('its tokens are told to come back, and the static token works', async () => {
    let time = NOW;
    const { running, key, state, claims } = await runAdministered(onTestFinished, { now: () => time });
    state.away = true;
    const ask = async () => running.admin('GET', '/admin/audit', undefined, bearer(await key.sign(claims())));
    expect(await ask()).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
    expect(await running.admin('PUT', ACME, { profile: 'ona-v3' })).toMatchObject({ status: 200 });
    state.away = false;
    time += 30;
    expect(await ask()).toMatchObject({ status: 200 });
  });
});

it('needs no static token', async () => {
  const { running, key, claims } = await runAdministered(onTestFinished, { token: false });
  expect(await running.admin('GET', '/admin/audit')).toMatchObject({ status: 401 });
  const headers = bearer(await key.sign(claims()));
  expect(await running.admin('GET', '/admin/audit', undefined, headers)).toMatchObject({ status: 200 });
});

describe('takes', () => {
  it('no token that it has issued itself', async () => {
    const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
    const token = await tokenOver(running, HOSTS.ona, '/token', exchangeForm(credential, AUDIENCE));
    expect(await admin('GET', '/admin/audit', undefined, bearer(token))).toMatchObject({ status: 401 });
  });

  it.each(['a.b', 'a.b.c', 'e30.e30.', `${'x'.repeat(12_001)}.x.x`])('no bearer such as %.20s', async (text) => {
    expect(await admin('GET', '/admin/audit', undefined, bearer(text))).toMatchObject({ status: 401 });
  });

  it('no token in which a claim is there twice, or in two cases', async () => {
    const twice = (name: string) => {
      const text = JSON.stringify(claims()).replace(/\}$/, `,"${name}":"platform"}`);
      return ['{"alg":"ES256"}', text, 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
    };
    for (const name of ['team', 'Team']) {
      expect(await admin('GET', '/admin/audit', undefined, bearer(twice(name)))).toMatchObject({ status: 401 });
      expect(running.log().trim().split('\n').slice(-2)[0]).toMatch(/the subject token is malformed: `team`/);
    }
  });
});
