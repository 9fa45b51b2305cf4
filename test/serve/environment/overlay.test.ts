/** Settings by variables of the environment: where they lead, what they take the place of, and what is said of wrong ones. */
import { describe, expect, it } from 'vitest';
import { describePlaced, parseConfig } from '../../../src/serve/config.ts';
import { type Environment, variableOf } from '../../../src/serve/environment/variables.ts';
import { CONFIG } from '../running.ts';

/** All that an issuer needs. */
const WHOLE: Environment = {
  IDP_ISSUER__LISTEN__HOST: '::',
  IDP_ISSUER__LISTEN__PORT: '8443',
  IDP_ISSUER__ADMIN__PORT: '8081',
  IDP_ISSUER__ADMIN__TOKEN_FILE: '/run/secrets/admin.token',
  IDP_ISSUER__STORE__POSTGRES__URL_FILE: '/run/secrets/postgres.url',
  IDP_ISSUER__CUSTODY__0__SECRET_FILE: 'sealing.key',
  IDP_ISSUER__ISSUERS__EU_WEST__URL: 'https://tokens.example.com',
  IDP_ISSUER__ISSUERS__EU_WEST__PROFILES: '[{ profile: ona-v3 }, { profile: ona-v2 }]',
};

function read(environment: Environment, text: string | undefined = CONFIG) {
  const config = parseConfig(text, '/etc/idp', environment);
  if (!config.ok) throw new Error(config.problems.map((found) => describePlaced('issuer.yaml', found)).join('\n'));
  return config.value;
}

function problems(environment: Environment, text: string | undefined = CONFIG): string[] {
  const config = parseConfig(text, '/etc/idp', environment);
  return config.ok ? [] : config.problems.map((found) => describePlaced('issuer.yaml', found));
}

/** A configuration without a file. */
const alone = (environment: Environment) => {
  const config = parseConfig(undefined, '/srv/idp', environment);
  return config.ok ? config.value : config.problems.map((found) => describePlaced(undefined, found));
};

it('are all that a configuration needs', () => {
  expect(alone(WHOLE)).toMatchObject({
    listen: { host: '::', port: 8443 },
    admin: { port: 8081, token: { file: '/run/secrets/admin.token' } },
    store: { postgres: { urlFile: '/run/secrets/postgres.url' } },
    custody: [{ kind: 'secret', file: '/srv/idp/sealing.key' }],
    issuers: [{ settings: { name: 'eu-west', url: 'https://tokens.example.com' } }],
  });
});

describe('a variable takes the place of', () => {
  it.each<[string, Environment, object]>([
    ['a number', { IDP_ISSUER__LISTEN__PORT: '8443' }, { listen: { port: 8443, host: '127.0.0.1' } }],
    ['a default', { IDP_ISSUER__LIMITS__TOKENS_PER_MINUTE: '7' }, { limits: { tokensPerMinute: 7 } }],
    ['a list', { IDP_ISSUER__LISTEN__TRUSTED_PROXIES: '[10.0.0.0/8]' }, { listen: { trustedProxies: ['10.0.0.0/8'] } }],
    ['an item', { IDP_ISSUER__CUSTODY__0__SECRET_FILE: '/run/s' }, { custody: [{ file: '/run/s' }] }],
    [
      'nothing, as the next item',
      { IDP_ISSUER__CUSTODY__1__SECRET_FILE: '/run/s' },
      { custody: [{ file: '/etc/idp/sealing.key' }, { file: '/run/s' }] },
    ],
    [
      'a map, as a whole',
      { IDP_ISSUER__STORE: '{ postgres: { url_file: a } }' },
      { store: { postgres: { urlFile: '/etc/idp/a' } } },
    ],
    [
      'a part of what another gives',
      { IDP_ISSUER__METRICS__PORT: '9091', IDP_ISSUER__METRICS: '{ port: 9090, host: 127.0.0.2 }' },
      { metrics: { port: 9091, host: '127.0.0.2' } },
    ],
    ['null for what is null', { IDP_ISSUER__AUDIT__KEEP_DAYS: 'null' }, { auditSeconds: null }],
    ['a string, which is the text itself', { IDP_ISSUER__LISTEN__HOST: '::1' }, { listen: { host: '::1' } }],
    [
      'a hash that as YAML is a number',
      { IDP_ISSUER__ADMIN__TOKEN_SHA256: '1'.repeat(64) },
      { admin: { token: { sha256: '1'.repeat(64) } } },
    ],
    [
      'nothing where it is blank',
      { IDP_ISSUER__LISTEN__PORT: ' ', IDP_ISSUER__LISTEN__HOST: '' },
      { listen: { port: 0 } },
    ],
    [
      'a setting of an issuer',
      { IDP_ISSUER__ISSUERS__ONA__KID: 'x{n}' },
      { issuers: [{ ring: { kid: 'x{n}' } }, {}, {}] },
    ],
    [
      'keys of an issuer',
      {
        IDP_ISSUER__CUSTODY: '[{ kms_signing: { keys: { ona: [alias/a], gitlab: [alias/b], classic: [alias/c] } } }]',
        IDP_ISSUER__CUSTODY__0__KMS_SIGNING__KEYS__ONA: '[alias/z]',
      },
      { custody: [{ kind: 'kms-signing', keys: { ona: ['alias/z'], gitlab: ['alias/b'] } }] },
    ],
  ])('%s', (_what, environment, expected) => {
    expect(read(environment)).toMatchObject(expected);
  });

  it('items in the order of their numbers', () => {
    const items = Array.from({ length: 11 }, (_, index) => [`IDP_ISSUER__CUSTODY__${index}__SECRET_FILE`, `/${index}`]);
    const { custody } = read(Object.fromEntries(items.reverse()) as Environment);
    expect(custody).toMatchObject(Array.from({ length: 11 }, (_, index) => ({ file: `/${index}` })));
  });
});

describe('what is wrong is said with the variable', () => {
  it.each<[string, Environment, readonly RegExp[]]>([
    [
      'of no setting',
      { IDP_ISSUER__LISTN__PORT: '1' },
      [/^IDP_ISSUER__LISTN__PORT: there is no such setting \(did you mean LISTEN\?\)$/],
    ],
    [
      'of no setting further inside',
      { IDP_ISSUER__ISSUERS__ONA__JWK_PATHS: '[/a]' },
      [/^IDP_ISSUER__ISSUERS__ONA__JWK_PATHS: there is no such setting \(did you mean JWKS_PATHS\?\)$/],
    ],
    [
      'in other letters',
      { IDP_ISSUER__listen__port: '1' },
      [/^IDP_ISSUER__listen__port: this is no variable of the issuer \(write IDP_ISSUER__LISTEN__PORT\)$/],
    ],
    [
      'with one line for two',
      { IDP_ISSUER_LISTEN__PORT: '1' },
      [/^IDP_ISSUER_LISTEN__PORT: this is no variable of the issuer \(write IDP_ISSUER__LISTEN__PORT\)$/],
    ],
    [
      'below a setting that has no parts',
      { IDP_ISSUER__LISTEN__PORT__X: '1' },
      [/^IDP_ISSUER__LISTEN__PORT__X: there is nothing below listen.port \(write IDP_ISSUER__LISTEN__PORT\)$/],
    ],
    [
      'for a claim',
      { IDP_ISSUER__ADMIN__OIDC__CI__ADMIT__SUB: 'x' },
      [/^IDP_ISSUER__ADMIN__OIDC__CI__ADMIT__SUB: .*IDP_ISSUER__ADMIN__OIDC__CI__ADMIT='\{ name: value \}'\)$/],
    ],
    [
      'with a name that is none',
      { IDP_ISSUER__ISSUERS__1A__URL: 'https://x.example.com', IDP_ISSUER__ISSUERS____URL: 'https://y.example.com' },
      [/^IDP_ISSUER__ISSUERS____URL: this is no name: /, /^IDP_ISSUER__ISSUERS__1A__URL: this is no name: /],
    ],
    [
      'for an item that leaves some out',
      { IDP_ISSUER__CUSTODY__2__SECRET_FILE: 'x' },
      [/^IDP_ISSUER__CUSTODY__2__SECRET_FILE: the list has no item 1 yet/],
    ],
    [
      'for an item without a number',
      { IDP_ISSUER__CUSTODY__SECRET_FILE: 'x' },
      [/^IDP_ISSUER__CUSTODY__SECRET_FILE: items of a list are counted/],
    ],
    [
      'that is no YAML, without what it is',
      { IDP_ISSUER__LISTEN__TRUSTED_PROXIES: '[hunter2', IDP_ISSUER__LIMITS: '*hunter2' },
      [/^IDP_ISSUER__LIMITS: the value is no YAML/, /^IDP_ISSUER__LISTEN__TRUSTED_PROXIES: the value is no YAML/],
    ],
    [
      'of a kind that the setting is not',
      { IDP_ISSUER__LISTEN__PORT: 'http' },
      [/^IDP_ISSUER__LISTEN__PORT: listen.port: a port is a whole number/],
    ],
    [
      'of a map with a setting that there is not, of which no value is shown',
      { IDP_ISSUER__STORE: '{ postgres: { url: "postgresql://idp:hunter2@db/issuer", url_file: a } }' },
      [/^IDP_ISSUER__STORE: store.postgres.url: there is no such setting \(there are: url_file, ca_file, pool\)$/],
    ],
    [
      'by a rule between it and the file',
      { IDP_ISSUER__LISTEN__PORT: '9000', IDP_ISSUER__ADMIN__PORT: '9000' },
      [/^IDP_ISSUER__ADMIN__PORT: admin.port: `listen` has the port 9000/],
    ],
  ])('%s', (_what, environment, expected) => {
    const found = problems(environment);
    expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern) as unknown));
    expect(found.join('\n')).not.toContain('hunter2');
  });

  it('beside what is wrong with the file, which comes first', () => {
    const text = CONFIG.replace('jwks_paths:', 'jwk_paths:').replace('store: {', 'stor: {');
    const variables = { IDP_ISSUER__ISSUERS__ONA__URL: 'http://x.example.com', IDP_ISSUER__NOPE: '1' };
    expect(problems(variables, text)).toEqual([
      expect.stringMatching(/^issuer.yaml:2:\d+: store: `store` is missing/),
      expect.stringMatching(/^issuer.yaml:4:\d+: stor: there is no such setting/),
      expect.stringMatching(/^issuer.yaml:11:\d+: issuers.gitlab.jwk_paths: there is no such setting/),
      expect.stringMatching(/^IDP_ISSUER__ISSUERS__ONA__URL: issuers.ona.url: /),
      expect.stringMatching(/^IDP_ISSUER__NOPE: there is no such setting/),
    ]);
  });

  it('and where the file is no YAML', () => {
    expect(problems({ IDP_ISSUER__NOPE: '1' }, 'listen: {')).toEqual([
      expect.stringMatching(/^issuer.yaml:1:\d+: /),
      expect.stringMatching(/^IDP_ISSUER__NOPE: /),
    ]);
  });

  it('that would lead to it, where it is missing and there is no file', () => {
    const unset = { IDP_ISSUER__LISTEN__PORT: undefined, IDP_ISSUER__ISSUERS__EU_WEST__URL: undefined };
    expect(alone({ ...WHOLE, ...unset })).toEqual([
      expect.stringMatching(/^IDP_ISSUER__LISTEN__PORT: listen.port: `port` is missing/),
      expect.stringMatching(/^IDP_ISSUER__ISSUERS__EU_WEST__URL: issuers.eu-west.url: `url` is missing/),
    ]);
  });

  it('that gives a part, where the whole is wrong', () => {
    const both = { ...WHOLE, IDP_ISSUER__STORE__SQLITE: 'issuer.db' };
    expect(alone(both)).toEqual([
      expect.stringMatching(/^IDP_ISSUER__STORE__\w+: store: needs either `sqlite` or `postgres`/),
    ]);
    expect(problems({ IDP_ISSUER__STORE__POSTGRES__URL_FILE: 'a' })).toEqual([
      expect.stringMatching(/^issuer.yaml:4:\d+: store: needs either `sqlite` or `postgres`/),
    ]);
  });

  it('and what the file has in its way is the fault of the file', () => {
    expect(problems({ IDP_ISSUER__LISTEN__PORT: '1' }, CONFIG.replace(/listen: .*/, 'listen: 8080'))).toEqual([
      expect.stringMatching(/^issuer.yaml:2:\d+: listen: `listen` must be a map/),
    ]);
  });
});

it('are none of the variables that are something else', () => {
  const others = {
    IDP_ISSUER_CONFIG: 'x',
    IDP_ISSUER_URL: 'y',
    IDP_ISSUER_PORT: 'tcp://10.0.0.1:80',
    IDP_ISSUER_SERVICE_HOST: 'z',
  };
  expect(problems(others)).toEqual([]);
});

it('have the name of the path, in capitals', () => {
  expect(variableOf(['issuers', 'eu-west', 'profiles', 0, 'iss'])).toBe(
    'IDP_ISSUER__ISSUERS__EU_WEST__PROFILES__0__ISS',
  );
});
