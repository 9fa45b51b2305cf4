// Keys of an issuer as a relying party finds them, by discovery or at their URL.
import { expect, it } from 'vitest';
import { fetchKids } from '../../src/sources/live-keys.ts';
import { createHttp } from '../../src/workload/http.ts';
import { type Answer, json, serve } from '../workload/support/server.ts';

const JWKS = json({ keys: [{ kid: 'a' }, { kid: 'b' }, { kty: 'RSA' }] });

it.each<[string, 'discovery' | 'jwks', string, Readonly<Record<string, Answer>>, unknown]>([
  ['a JWK Set', 'jwks', '/keys', { '/keys': JWKS }, { url: '/keys', kids: ['a', 'b'] }],
  [
    'discovery, of an issuer with a slash at its end',
    'discovery',
    '/idp/',
    { '/idp/.well-known/openid-configuration': json({ jwks_uri: 'BASE/keys' }), '/keys': JWKS },
    { url: '/keys', kids: ['a', 'b'] },
  ],
  ['no document', 'discovery', '', {}, /cannot be seen: .*openid-configuration answers HTTP 404/],
  [
    'a document of something else',
    'discovery',
    '',
    { '/.well-known/openid-configuration': json({}) },
    /no discovery document/,
  ],
  ['what is no JWK Set', 'jwks', '/keys', { '/keys': { body: '<html>' } }, /holds no JWK Set/],
  ['a place that is none', 'jwks', '', { '/': { cut: true } }, /cannot be seen: cannot reach/],
])('of %s', async (_what, kind, path, answers, expected) => {
  await using server = await serve(({ url }) => {
    const answer = answers[url.pathname] ?? { status: 404 };
    return { ...answer, body: answer.body?.replace('BASE', server.url) ?? '' };
  });
  const found = await fetchKids({ kind, url: server.url + path }, createHttp({}));
  if (expected instanceof RegExp) expect(found).toMatch(expected);
  else expect(JSON.parse(JSON.stringify(found).replaceAll(server.url, ''))).toEqual(expected);
});
