import { decodeJwt } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { type Form, HOSTS, exchangeForm, registerOver, runIssuer } from '../serve/running.ts';

const running = await runIssuer({ cleanup: afterAll });
const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);

it('answers as RFC 8693, section 2.2.1, says', async () => {
  const reply = await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a', 'b'));
  expect(reply).toMatchObject({
    status: 200,
    json: { issued_token_type: 'urn:ietf:params:oauth:token-type:id_token', token_type: 'N_A', expires_in: 3600 },
  });
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(decodeJwt((reply.json as { access_token: string }).access_token).aud).toEqual(['a', 'b']);
});

const set = (name: string, value: string) => (form: Form) => [
  ...form.filter(([key]) => key !== name),
  [name, value] as const,
];
const drop = (name: string) => (form: Form) => form.filter(([key]) => key !== name);
const add = (name: string, value: string) => (form: Form) => [...form, [name, value] as const];

describe('a bad request', () => {
  it.each<[string, (form: Form) => Form, string, RegExp]>([
    ['without grant_type', drop('grant_type'), 'invalid_request', /grant_type is missing/],
    ['with another grant', set('grant_type', 'client_credentials'), 'unsupported_grant_type', /must be urn:ietf/],
    ['without subject_token', drop('subject_token'), 'invalid_request', /subject_token is missing/],
    ['without subject_token_type', drop('subject_token_type'), 'invalid_request', /subject_token_type is missing/],
    [
      'with a subject of another kind',
      set('subject_token_type', 'urn:ietf:params:oauth:token-type:saml2'),
      'invalid_request',
      /workload-credential or urn:ietf:params:oauth:token-type:jwt/,
    ],
    [
      'with a subject of nobody',
      set('subject_token_type', 'urn:ietf:params:oauth:token-type:jwt'),
      'invalid_request',
      /of no upstream/,
    ],
    [
      'for an access token',
      set('requested_token_type', 'urn:ietf:params:oauth:token-type:access_token'),
      'invalid_request',
      /requested_token_type/,
    ],
    ['with two credentials', add('subject_token', 'x'), 'invalid_request', /subject_token is there more than once/],
    ['with a scope', add('scope', 'admin'), 'invalid_scope', /no scope/],
    ['with a resource', add('resource', 'https://x'), 'invalid_target', /use audience/],
    ['with an actor', add('actor_token', 'x'), 'invalid_request', /actor_token/],
    ['without an audience', drop('audience'), 'invalid_request', /no audience was asked for/],
    ['with an empty audience', set('audience', ''), 'invalid_request', /no audience was asked for/],
    ['for an audience that is none', set('audience', 'a "quoted" one'), 'invalid_target', /visible ASCII/],
  ])('%s is refused, and audited', async (_what, change, error, description) => {
    const reply = await running.post(HOSTS.ona, '/token', change(exchangeForm(credential, 'a')));
    expect(reply).toMatchObject({
      status: 400,
      json: { error, error_description: expect.stringMatching(description) as unknown },
    });
    // RFC 6749, section 5.2
    expect((reply.json as { error_description: string }).error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(reply.headers['cache-control']).toBe('no-store');
    const { json } = await running.admin('GET', '/admin/audit?limit=1');
    expect(json).toMatchObject({
      entries: [{ kind: 'refused', issuer: 'ona', reason: expect.stringMatching(error) as unknown }],
    });
  });

  it.each([
    ['JSON', '{"grant_type":"x"}', { 'content-type': 'application/json' }, 415],
    ['an empty body', '', {}, 400],
    ['a body that is too large', `subject_token=${'x'.repeat(20_000)}`, {}, 413],
  ])('with %s is refused in the words of OAuth', async (_what, body, headers, status) => {
    const reply = await running.post(HOSTS.ona, '/token', body, headers);
    expect(reply).toMatchObject({ status, json: { error: 'invalid_request' } });
  });
});
