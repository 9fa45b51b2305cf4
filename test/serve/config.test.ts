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
    custody: [{ kind: 'secret', file: '/etc/idp/sealing.key' }],
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
    keepSeconds: 3600 + 300 + 300 + 60,
    rotateSeconds: 90 * 86_400,
  });
});

it('takes JSON', () => {
  const config = {
    listen: { port: 8443 },
    admin: { port: 8444, token_file: 'admin.token' },
    store: { sqlite: 'issuer.db' },
    custody: [{ secret_file: 'sealing.key' }],
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
      /^issuer.yaml:11:\d+: issuers.gitlab.jwks_paths.1: gitlab.example.com\/token is the token endpoint of this issuer/,
    ],
    [
      'a path of keys that is there twice',
      replaced('/-/jwks', '/oauth/discovery/keys'),
      /jwks_paths.1: gitlab.example.com\/oauth\/discovery\/keys is a path of the keys of this issuer already/,
    ],
    [
      'a path that is a health check',
      replaced('/-/jwks', '/healthz'),
      /jwks_paths.1: \/healthz is a health check, at every host/,
    ],
    [
      'two issuers at one URL',
      replaced('https://services.acme.gitpod.cloud/idp', 'https://app.gitpod.io'),
      /^issuer.yaml:13:\d+: issuers.classic.url: https:\/\/app.gitpod.io is the URL of the issuer ona/,
    ],
    [
      'a path of another issuer',
      replaced('https://services.acme.gitpod.cloud/idp', 'https://gitlab.example.com/idp').replace(
        '/-/jwks',
        '/idp/token',
      ),
      /^issuer.yaml:13:\d+: issuers.classic.url: gitlab.example.com\/idp\/token is a path of the keys of the issuer gitlab/,
    ],
    [
      'a profile that is there twice',
      replaced('{ profile: ona-v2 }', '{ profile: ona-v3 }'),
      /^issuer.yaml:7:\d+: issuers.ona.profiles.1.profile: the issuer offers `ona-v3` already/,
    ],
    [
      'a URL with a host that is no address',
      replaced('https://app.gitpod.io', 'https://1.2.3.999'),
      /issuers.ona.url: this is no URL/,
    ],
    [
      'a name with a capital',
      replaced('  ona:', '  Ona:'),
      /^issuer.yaml:7:3: issuers.Ona: this is no name of an issuer: it has small letters, digits and `-`, begins with a letter/,
    ],
    ['a pattern for a path', replaced('/-/jwks', '/:any'), /a path on the host/],
    [
      'an issuer that an organization of another could have',
      replaced('kid: "k{n}"', 'per_organization: true').replace('services.acme.gitpod.cloud/idp', 'app.gitpod.io/idp'),
      /^issuer.yaml:13:\d+: issuers.classic.url: https:\/\/app.gitpod.io\/idp would be the URL of an organization of the issuer ona/,
    ],
    [
      'keys where those of an organization of another issuer could be',
      replaced(
        'https://services.acme.gitpod.cloud/idp',
        'https://gitlab.example.com/a\n    per_organization: true',
      ).replace('/-/jwks', '/a/b/.well-known/jwks.json'),
      /^issuer.yaml:11:\d+: issuers.gitlab.jwks_paths.1: \/a\/b\/.well-known\/jwks.json would be of an organization of the issuer classic/,
    ],
    [
      'paths of keys beside those of each organization',
      replaced('    jwks_paths:', '    per_organization: true\n    jwks_paths:').replace(
        ', { profile: gitlab-job-jwt, iss: gitlab.example.com }',
        '',
      ),
      /^issuer.yaml:12:\d+: issuers.gitlab.jwks_paths: with `per_organization` the keys are below the URL of each organization/,
    ],
    [
      'a profile whose `iss` cannot tell organizations apart',
      replaced('    jwks_paths: [/oauth/discovery/keys, /-/jwks]', '    per_organization: true'),
      /^issuer.yaml:10:\d+: issuers.gitlab.profiles.1.profile: `iss` of gitlab-job-jwt is a domain, which would be the same/,
    ],
    ['a kid that does not count', replaced('k{n}', 'k'), /kid is `thumbprint`, or has {n}/],
    [
      'no token',
      replaced(/, token_sha256: \S+/.exec(CONFIG)?.[0] ?? '', ''),
      /^issuer.yaml:3:\d+: admin: needs `token_file`, `token_sha256` or `oidc`: nobody could use it/,
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
    ['no issuers', CONFIG.slice(0, CONFIG.indexOf('issuers:')), /^issuer.yaml:2:1: issuers: `issuers` is missing \(/],
    [
      'issuers without any',
      CONFIG.slice(0, CONFIG.indexOf('issuers:')) + 'issuers: {}',
      /^issuer.yaml:6:1: issuers: there is no issuer/,
    ],
    [
      'a setting without a value',
      replaced('https://gitlab.example.com', ''),
      /^issuer.yaml:9:5: issuers.gitlab.url: `url` is empty \(/,
    ],
    ['a list for a map', replaced('{ sqlite: issuer.db }', '[issuer.db]'), /store: `store` must be a map \(.*sqlite/],
    [
      'a port that is a word',
      replaced('port: 0', 'port: http'),
      /listen.port: a port is a whole number from 0 to 65535/,
    ],
    ['a port that is too high', replaced('port: 0', 'port: 70000'), /a port is a whole number from 0 to 65535/],
    ['no port', replaced(', port: 0', ''), /^issuer.yaml:2:1: listen.port: `port` is missing/],
    [
      'a cache time below nothing',
      `${CONFIG}keys: { cache_seconds: -1 }`,
      /^issuer.yaml:17:\d+: keys.cache_seconds: a whole number of seconds, 0 or more/,
    ],
    ['an algorithm that there is not', replaced('[RS256]', '[HS256]'), /there is no `HS256` here \(did you mean RS256/],
    [
      'one port for both listeners',
      CONFIG.replaceAll('port: 0', 'port: 8080'),
      /^issuer.yaml:3:\d+: admin.port: `listen` has the port 8080 at 127.0.0.1 already/,
    ],
    [
      'one port for a listener at every address and another',
      CONFIG.replaceAll('port: 0', 'port: 8080').replace('listen: { host: 127.0.0.1', 'listen: { host: "::"'),
      /^issuer.yaml:3:\d+: admin.port: /,
    ],
    ['an alias of nothing', replaced('port: 0', 'port: *nothing'), /^issuer.yaml/],
    ['two documents', `${CONFIG}---\n${CONFIG}`, /there is more than one document/],
    ['a key that is there twice', `${CONFIG}issuers: {}`, /^issuer.yaml:17:1: Map keys must be unique/],
    ['what is no YAML', 'listen: [', /^issuer.yaml:1:\d+: /],
    ['nothing', '', /^issuer.yaml:1:1: the configuration is empty \(it has: listen, admin, store, /],
    ['a comment alone', '# nothing\n', /^issuer.yaml:1:1: the configuration is empty/],
    ['a list', '- listen', /^issuer.yaml:1:1: the configuration must be a map/],
  ])('%s is found, with its place', (_what, text, expected) => {
    const found = problems(text);
    expect(found[0]).toMatch(expected);
    expect(found).toHaveLength(1);
    expect(found[0]).not.toMatch(/Invalid|Too |expected |received|Unrecognized/);
  });

  it.each([
    ['Acme', ['issuers.ona.upstreams.ci.organization']],
    ['acme', []],
  ])('is one with `per_organization` whose upstream is for the organization %s', (organization, paths) => {
    const upstream = {
      issuer: 'https://ci.example',
      admit: { team: 'a' },
      organization,
      facts: {
        organization_id: 'o',
        runner_id: 'r',
        runner_name: 'r',
        environment_id: 'e',
        creator_principal: 'PRINCIPAL_USER',
        creator_id: 'c',
        creator_name: 'c',
      },
    };
    const more = `per_organization: true, upstreams: { ci: ${JSON.stringify(upstream)} }`;
    const text = replaced('kid: "k{n}"', more).replace('{ profile: ona-v3 }, ', '').replace('ona-v2', 'ona-v3');
    expect(problems(text).map((line) => line.split(': ')[1])).toEqual(paths);
    const read = parseConfig(text, '/etc/idp');
    const audiences = read.ok ? read.value.issuers[0]?.upstreams.map((entry) => entry.upstream.audiences) : undefined;
    expect(audiences).toEqual(paths.length === 0 ? [['https://app.gitpod.io/acme']] : undefined);
  });

  it('has all its problems said at once', () => {
    const text = replaced('port: 0', 'port: 99999').replace('ona-v2', 'ona-v9').replace('RS256', 'HS256');
    expect(problems(text).map((line) => line.split(': ')[1])).toEqual([
      'listen.port',
      'issuers.ona.profiles.1.profile',
      'issuers.classic.algorithms.0',
    ]);
  });

  const SHAPE = /sha256: [0-9a-f]{64}/;

  it.each<[string, string, readonly string[]]>([
    [
      'a bad hash hides no issuer',
      CONFIG.replace(SHAPE, 'sha256: abc')
        .replace('https://app.gitpod.io', 'http://app.gitpod.io')
        .replace('iss: gitlab.example.com', 'iss: "https://gitlab.example.com"')
        .replace('gitpod.cloud/idp', 'gitpod.cloud/idp/'),
      ['admin.token_sha256', 'issuers.ona.url', 'issuers.gitlab.profiles.1.iss', 'issuers.classic.url'],
    ],
    [
      'a bad URL hides neither a wrong `iss` nor what is there twice',
      CONFIG.replace('https://gitlab.example.com', 'http://gitlab.example.com')
        .replace('iss: gitlab.example.com', 'iss: "https://x"')
        .replace('https://services.acme.gitpod.cloud/idp', 'https://app.gitpod.io')
        .replace('ona-v2', 'ona-v3'),
      ['issuers.ona.profiles.1.profile', 'issuers.gitlab.url', 'issuers.gitlab.profiles.1.iss', 'issuers.classic.url'],
    ],
    [
      'a bad name hides nothing inside',
      CONFIG.replace('  ona:', '  Ona:').replace('ona-v2', 'ona-v9').replace('https://app', 'http://app'),
      ['issuers.Ona', 'issuers.Ona.url', 'issuers.Ona.profiles.1.profile'],
    ],
    [
      'a bad port hides nothing of the same listener',
      CONFIG.replace('admin: { host: 127.0.0.1, port: 0', 'admin: { host: 0.0.0.0, port: x').replace(
        'token_sha',
        'token_sh',
      ),
      ['admin', 'admin.host', 'admin.port', 'admin.token_sh256'],
    ],
    [
      'a bad profile hides nothing of its neighbours',
      CONFIG.replace('profile: gitlab-id-token', 'profile: gitlab').replace(
        'iss: gitlab',
        'iss: "https://x.y", x: gitlab',
      ),
      ['issuers.gitlab.profiles.0.profile', 'issuers.gitlab.profiles.1.iss', 'issuers.gitlab.profiles.1.x'],
    ],
    [
      'a bad path of keys hides no other one',
      CONFIG.replace('/oauth/discovery/keys', 'keys').replace('/-/jwks', '/healthz'),
      ['issuers.gitlab.jwks_paths.0', 'issuers.gitlab.jwks_paths.1'],
    ],
    [
      'an issuer at the URL of another has its own paths checked',
      CONFIG.replace('https://gitlab.example.com', 'https://app.gitpod.io').replace('/-/jwks', '/token'),
      ['issuers.gitlab.url', 'issuers.gitlab.jwks_paths.1'],
    ],
    [
      'an unknown setting hides no time',
      `${CONFIG}keys: { publish_seconds: 60, cash_seconds: 1 }`,
      ['keys.publish_seconds', 'keys.cash_seconds'],
    ],
  ])('%s', (_what, text, paths) => {
    expect(problems(text).map((line) => line.split(': ')[1])).toEqual(paths);
  });
});
