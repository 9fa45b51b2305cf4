/** What the admin API says of bodies that are wrong: everything at once, in plain words. */
import { afterAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { runIssuer } from '../serve/running.ts';

/** Refusals change nothing. */
const { admin } = await runIssuer({ cleanup: afterAll });

const ACME = '/admin/issuers/ona/organizations/acme';
await admin('PUT', ACME, { profile: 'ona-v3' });

describe('a refusal has every problem and its place', () => {
  const REGISTRATIONS = '/admin/issuers/ona/registrations';
  const PREVIEW = '/admin/issuers/ona/subject-preview';
  const GITLAB = '/admin/issuers/gitlab/organizations/acme';

  it.each<[string, 'PUT' | 'POST', string, unknown, readonly string[]]>([
    [
      'of an organization',
      'PUT',
      ACME,
      { profile: 'ona', sub_fields: 'creator_email', typo: 1 },
      ['#/profile', '#/sub_fields', '#/typo'],
    ],
    [
      'of an organization with shapes and rules that are broken',
      'PUT',
      ACME,
      {
        profile: 'github',
        sub_fields: ['nope', 'creator_email'],
        audiences: ['ok', 'a b', 7],
        token_life_seconds: 5,
        algorithm: 'HS256',
        audience: 'x',
      },
      [
        '#/profile',
        '#/audiences/1',
        '#/audiences/2',
        '#/token_life_seconds',
        '#/algorithm',
        '#/audience',
        '#/sub_fields/0',
      ],
    ],
    [
      'of an organization with a life that no profile has',
      'PUT',
      ACME,
      { profile: 7, token_life_seconds: 999_999, sub_fields: ['nope'] },
      ['#/profile', '#/sub_fields/0', '#/token_life_seconds'],
    ],
    [
      'of an organization with a good profile, a bad field and too long a life',
      'PUT',
      ACME,
      { profile: 'ona-v3', token_life_seconds: 999_999, sub_fields: ['nope'], typo: 1 },
      ['#/typo', '#/sub_fields/0', '#/token_life_seconds'],
    ],
    [
      'of an organization of GitLab',
      'PUT',
      GITLAB,
      { profile: 'gitlab-id-token', algorithm: 'ES256', sub_fields: ['project_id', 'nope'], token_life_seconds: 59 },
      ['#/token_life_seconds', '#/algorithm', '#/sub_fields/1'],
    ],
    [
      'of a preview',
      'POST',
      PREVIEW,
      { organization: 'a b', profile: 'ona', sub_fields: ['nope'] },
      ['#/organization', '#/profile', '#/sub_fields/0'],
    ],
    [
      'of a registration',
      'POST',
      REGISTRATIONS,
      { organization: 'acme', facts: { ...ENVIRONMENT, runner_id: 7, 'a/b': 'x' } },
      ['#/facts/runner_id', '#/facts/a~1b'],
    ],
    [
      'of a registration in which everything is wrong',
      'POST',
      REGISTRATIONS,
      {
        organization: 'acme',
        variant: 'enviroment',
        facts: { ...ENVIRONMENT, runner_id: 7, nonsense: 'x' },
        expires_at: 1,
        token_life_seconds: 999_999,
        typo: 1,
      },
      ['#/typo', '#/variant', '#/facts/runner_id', '#/facts/nonsense', '#/token_life_seconds', '#/expires_at'],
    ],
    [
      'of a registration with a good variant and an unknown member',
      'POST',
      REGISTRATIONS,
      { organization: 'acme', facts: { project_id: 'a:b' }, expires_at: 1, typo: 1 },
      [
        '#/typo',
        '#/facts/organization_id',
        '#/facts/environment_id',
        '#/facts/project_id',
        '#/facts/runner_id',
        '#/facts/runner_name',
        '#/facts/creator_principal',
        '#/facts/creator_id',
        '#/facts/creator_name',
        '#/expires_at',
      ],
    ],
    [
      'of a registration in no organization, of no profile',
      'POST',
      REGISTRATIONS,
      { organization: 'nobody', profile: 'github', facts: { runner_id: 7 }, expires_at: 'soon' },
      ['#/profile', '#/expires_at', '#/organization', '#/facts/runner_id'],
    ],
  ])('%s', async (_what, method, path, body, pointers) => {
    const reply = await admin(method, path, body);
    expect(reply).toMatchObject({
      status: 422,
      headers: { 'content-type': expect.stringMatching('problem') as unknown },
    });
    const { errors } = reply.json as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it.each<[string, 'PUT' | 'POST', string, string, string]>([
    [
      'a member twice',
      'PUT',
      ACME,
      '{"profile":"ona-v2","profile":"ona-v3"}',
      '`profile` is there twice in one object',
    ],
    [
      'a member twice by an escape',
      'PUT',
      ACME,
      '{"profile":"ona-v2","pr\\u006ffile":"ona-v3"}',
      '`profile` is there twice in one object',
    ],
    [
      'a member in two cases',
      'PUT',
      ACME,
      '{"profile":"ona-v2","Profile":"ona-v3"}',
      '`profile` and `Profile` differ in their case alone',
    ],
    [
      'a fact twice',
      'POST',
      REGISTRATIONS,
      `{"organization":"acme","facts":{"project_id":"1",${JSON.stringify(ENVIRONMENT).slice(1)}}`,
      '`project_id` is there twice in one object',
    ],
    ['what is no JSON', 'POST', PREVIEW, '{"organization":', 'this is no JSON'],
    ['a comment', 'PUT', ACME, '{"profile":"ona-v3"} // so', 'this is no JSON'],
    ['a prototype', 'PUT', ACME, '{"profile":"ona-v3","__proto__":{"profile":"ona-v2"}}', 'the body cannot be parsed'],
  ])('in a body that cannot be parsed: %s', async (_what, method, path, body, detail) => {
    const before = (await admin('GET', '/admin/audit?limit=1')).text;
    expect(await admin(method, path, body)).toMatchObject({ status: 400, json: { detail } });
    expect((await admin('GET', '/admin/audit?limit=1')).text).toBe(before);
  });

  it.each<[string, 'PUT' | 'POST' | 'GET', string, unknown, string, string | undefined]>([
    ['no body', 'PUT', ACME, undefined, 'the body is missing', 'it has: profile, sub_fields, audiences, '],
    ['a list', 'PUT', ACME, [], 'the body must be an object', 'it has: profile'],
    ['no profile', 'PUT', ACME, {}, '`profile` is missing', 'ona-v3, ona-v2'],
    ['another profile', 'PUT', ACME, { profile: 'ona-v4' }, 'does not offer the profile ona-v4', 'did you mean ona-v'],
    ['no kind of profile', 'PUT', ACME, { profile: 'x' }, 'does not offer the profile x', 'there are: ona-v3, ona-v2'],
    ['a number', 'PUT', ACME, { profile: 7 }, '`profile` must be a string', undefined],
    [
      'a member that is none',
      'PUT',
      ACME,
      { profile: 'ona-v3', audience: ['a'] },
      'there is no such member',
      'did you mean audiences?',
    ],
    [
      'an algorithm without keys',
      'PUT',
      ACME,
      { profile: 'ona-v3', algorithm: 'ES256' },
      'the issuer has no ES256 keys',
      'it has: RS256; add it to `algorithms` of the issuer',
    ],
    [
      'a life that is too short',
      'PUT',
      ACME,
      { profile: 'ona-v3', token_life_seconds: 1 },
      'a token lives a whole number of seconds, 60 or more',
      undefined,
    ],
    [
      'no audience',
      'PUT',
      ACME,
      { profile: 'ona-v3', audiences: [] },
      'a list without audiences allows none',
      'null allows any',
    ],
    [
      'facts that are none',
      'POST',
      REGISTRATIONS,
      { organization: 'acme', facts: [] },
      '`facts` must be an object',
      'claim',
    ],
    ['no facts', 'POST', REGISTRATIONS, { organization: 'acme' }, '`facts` is missing', 'claim'],
    ['no number', 'GET', '/admin/audit?limit=abc', undefined, '`limit` is a whole number from 1 to 1000', undefined],
    ['too many', 'GET', '/admin/audit?limit=1001', undefined, '`limit` is a whole number from 1 to 1000', undefined],
    ['a limit twice', 'GET', '/admin/audit?limit=1&limit=2', undefined, '`limit` is a whole number', undefined],
    [
      'another parameter',
      'GET',
      '/admin/audit?limits=1',
      undefined,
      'there is no such parameter',
      'did you mean limit?',
    ],
  ])('in plain words: %s', async (_what, method, path, body, message, hint) => {
    const reply = await admin(method, path, body);
    expect(reply.status).toBe(422);
    const { errors } = reply.json as { errors: { detail: string; hint?: string }[] };
    expect(errors).toHaveLength(1);
    expect(errors[0]?.detail).toContain(message);
    if (hint !== undefined) expect(errors[0]?.hint).toContain(hint);
  });
});
