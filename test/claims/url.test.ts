import { expect, it } from 'vitest';
import { checkIssuerUrl, checkKeysUrl } from '../../src/claims/url.ts';

const messageOf = (url: string) => checkIssuerUrl(url, ['url'])[0]?.message;

it.each([
  'https://app.gitpod.io',
  'https://services.acme.gitpod.cloud/idp',
  'https://ghes.example.com/_services/token',
  'https://Issuer.Example.com/Tenant',
  `https://h/${'a'.repeat(245)}`,
])('takes %s', (url) => {
  expect(checkIssuerUrl(url, ['url'])).toEqual([]);
});

it.each([
  ['http://app.gitpod.io', /begins with https/],
  ['app.gitpod.io', /begins with https/],
  ['HTTPS://app.gitpod.io', /begins with https/],
  ['', /begins with https/],
  ['https://h?x=1', /no query/],
  ['https://h/#f', /no query and no fragment/],
  ['https://h:8443', /no port/],
  ['https://h:443/idp', /no port/],
  ['https://h/', /ends with a slash/],
  ['https://h/idp/', /ends with a slash/],
  [`https://h/${'a'.repeat(246)}`, /at most 255/],
  ['https://', /slash|no URL/],
  ['https://us er@h', /no URL/],
  ['https://user@h', /no URL/],
  ['https://h/a b', /no URL/],
])('refuses %s', (url, message) => {
  expect(messageOf(url)).toMatch(message);
});

it('says one thing at a time, where it is and what to do', () => {
  expect(checkIssuerUrl('http://h:80/?x', ['jwks_url'])).toEqual([
    {
      path: ['jwks_url'],
      message: 'an issuer URL begins with https://: http://h:80/?x',
      hint: 'keys that are fetched without TLS can be replaced on the way',
    },
  ]);
});

it('lets the URL of keys be what that of an issuer may not', () => {
  const fine = ['https://h/-/jwks', 'https://h:8443/jwks', 'https://h/keys?tenant=1', 'https://h'];
  expect(fine.flatMap((url) => checkKeysUrl(url, []))).toEqual([]);
  const wrong = ['http://h/jwks', 'h/jwks', 'https://h/jwks#x', 'https://h/a b', 'https://'];
  expect(wrong.filter((url) => checkKeysUrl(url, ['jwks_url']).length === 0)).toEqual([]);
});
