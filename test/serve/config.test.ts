import { describe, expect, it } from 'vitest';
import { describePlaced, parseConfig } from '../../src/serve/config.ts';
import { CONFIG } from './running.ts';

function problems(text: string): string[] {
  const read = parseConfig(text, '/etc/idp');
  return read.ok ? [] : read.problems.map((found) => describePlaced('issuer.yaml', found));
}

it('resolves files beside the configuration, and fills in the defaults', () => {
  const read = parseConfig(CONFIG, '/etc/idp');
  if (!read.ok) throw new Error('refused');
  const [ona, gitlab, classic] = read.value.issuers;
  expect(read.value).toMatchObject({
    store: { sqlite: '/etc/idp/issuer.db' },
    sealingSecretFile: '/etc/idp/sealing.key',
  });
  expect(ona?.settings.jwksPaths).toEqual(['/.well-known/jwks.json']);
  expect(classic?.settings.jwksPaths).toEqual(['/idp/.well-known/jwks.json']);
  expect(gitlab?.ring).toMatchObject({ algorithms: ['RS256'], kid: 'thumbprint' });
  expect(classic?.ring.algorithms).toEqual(['ES256', 'RS256']);
});

it('keeps keys for the longest token, the leeway of AWS and the caches', () => {
  const read = parseConfig(CONFIG, '/etc/idp');
  expect(read.ok && read.value.issuers[0]?.ring.timings).toEqual({
    publishSeconds: 900,
    keepSeconds: 3600 + 300 + 300,
  });
});

it('takes JSON', () => {
  const config = {
    listen: { port: 8443 },
    admin: { port: 8444, token_file: 'admin.token' },
    store: { sqlite: 'issuer.db' },
    sealing_secret_file: 'sealing.key',
    issuers: { ona: { url: 'https://app.gitpod.io', profiles: [{ profile: 'ona-v3' }] } },
  };
  expect(problems(JSON.stringify(config))).toEqual([]);
});

describe('a bad configuration', () => {
  const replaced = (from: string, to: string) => CONFIG.replace(from, to);

  it.each([
    [
      'an unknown setting',
      replaced('jwks_paths:', 'jwk_paths:'),
      /^issuer.yaml:11:\d+: issuers.gitlab.jwk_paths: there is no such setting \(did you mean jwks_paths\?\)/,
    ],
    ['an unknown profile', replaced('ona-v2', 'ona-v9'), /^issuer.yaml:7:\d+: issuers.ona.profiles.1.profile: /],
    [
      'a URL with a port',
      replaced('https://gitlab.example.com', 'https://gitlab.example.com:8443'),
      /^issuer.yaml:9:\d+: issuers.gitlab.url: an issuer URL has no port/,
    ],
    [
      'a URL with a slash at its end',
      replaced('pod.cloud/idp', 'pod.cloud/idp/'),
      /issuers.classic.url: the issuer URL ends with a slash/,
    ],
    [
      'a URL for a domain',
      replaced('iss: gitlab.example.com', 'iss: "https://gitlab.example.com"'),
      /issuers.gitlab.profiles.1.iss: the `iss` of gitlab-job-jwt is the domain/,
    ],
    [
      'a setting of another profile',
      replaced('{ profile: ona-v2 }', '{ profile: ona-v2, iss: x }'),
      /issuers.ona.profiles.1.iss: the profile ona-v2 has no setting/,
    ],
    [
      'a path that leads to two things',
      replaced('/-/jwks', '/token'),
      /issuers.gitlab: gitlab.example.com\/token is already served for the issuer gitlab/,
    ],
    ['a path that is a health check', replaced('/-/jwks', '/healthz'), /already served for the health checks/],
    [
      'two issuers at one URL',
      replaced('https://services.acme.gitpod.cloud/idp', 'https://app.gitpod.io'),
      /issuers.classic: app.gitpod.io.* for the issuer ona/,
    ],
    ['a pattern for a path', replaced('/-/jwks', '/:any'), /a path on the host/],
    ['a kid that does not count', replaced('k{n}', 'k'), /kid is `thumbprint`, or has {n}/],
    [
      'no token',
      replaced(/, token_sha256: \S+/.exec(CONFIG)?.[0] ?? '', ''),
      /^issuer.yaml:3:\d+: admin: needs either/,
    ],
    [
      'an admin API in the clear beyond loopback',
      replaced('admin: { host: 127.0.0.1', 'admin: { host: 0.0.0.0'),
      /admin.host: beyond loopback/,
    ],
    [
      'a key that signs before caches have it',
      `${CONFIG}keys: { publish_seconds: 60 }`,
      /^issuer.yaml:17:\d+: keys.publish_seconds: .*60 s is less than 360 s/,
    ],
    ['no issuers', CONFIG.slice(0, CONFIG.indexOf('issuers:')), /^issuer.yaml:2:1: issuers: /],
    ['a key that is there twice', `${CONFIG}issuers: {}`, /^issuer.yaml:17:1: Map keys must be unique/],
    ['what is no YAML', 'listen: [', /^issuer.yaml:1:\d+: /],
    ['nothing', '', /^issuer.yaml/],
  ])('%s is found, with its place', (_what, text, expected) => {
    expect(problems(text)[0]).toMatch(expected);
  });

  it('has all its problems said at once', () => {
    const text = replaced('port: 0', 'port: 99999').replace('ona-v2', 'ona-v9').replace('RS256', 'HS256');
    expect(problems(text).map((line) => line.split(': ')[1])).toEqual([
      'listen.port',
      'issuers.ona.profiles.1.profile',
      'issuers.classic.algorithms.0',
    ]);
  });
});
