import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkConfigFile } from '../../src/serve/check.ts';
import { describePlaced, parseConfig } from '../../src/serve/config.ts';
import { startConnectProxy } from '../sandbox/net/connect-proxy.ts';
import { createAuthority } from '../workload/support/certificates.ts';
import { json, serve } from '../workload/support/server.ts';
import { POD, signingKey } from '../issuer/upstream/upstream.ts';
import { temporaryDirectory } from './directory.ts';
import { CONFIG, HOSTS, exchangeForm, runIssuer } from './running.ts';

const UPSTREAM = {
  issuer: 'https://oidc.cluster.example',
  admit: { '/kubernetes.io/namespace': 'ci', sub: { like: 'system:serviceaccount:ci:*' } },
  organization: 'acme',
  profile: 'ona-v3',
  facts: {
    organization_id: 'acme',
    project_id: { claim: '/kubernetes.io/serviceaccount/uid' },
    environment_id: { claim: '/kubernetes.io/pod/uid' },
    runner_id: 'cluster',
    runner_name: 'cluster',
    creator_principal: 'PRINCIPAL_SERVICE_ACCOUNT',
    creator_id: { claim: '/kubernetes.io/serviceaccount/name' },
    creator_name: { claim: 'sub' },
  },
};

/** The configuration of the tests, with one upstream of `ona`. */
function configWith(changes: object = {}, name = 'cluster'): string {
  const upstreams = JSON.stringify({ [name]: { ...UPSTREAM, ...changes } });
  return CONFIG.replace('kid: "k{n}" }', `kid: "k{n}", upstreams: ${upstreams} }`);
}

function problems(text: string): string[] {
  const read = parseConfig(text, '/etc/idp');
  return read.ok ? [] : read.problems.map((found) => describePlaced('issuer.yaml', found).replace(/^[^ ]+ /, ''));
}

describe('an upstream in the configuration', () => {
  it('is meant for the issuer itself where it says no audience', () => {
    const read = parseConfig(configWith(), '/etc/idp');
    expect(read.ok && read.value.issuers[0]?.upstreams).toMatchObject([
      {
        allowAddresses: [],
        upstream: {
          name: 'cluster',
          audiences: ['https://app.gitpod.io'],
          algorithms: ['RS256', 'ES256'],
          admit: [
            { claim: '/kubernetes.io/namespace', anyOf: [{ equals: 'ci' }] },
            { claim: 'sub', anyOf: [{ like: 'system:serviceaccount:ci:*' }] },
          ],
          facts: { runner_id: { value: 'cluster' }, creator_name: { claim: 'sub' } },
        },
      },
    ]);
  });

  const facts = (changes: object) => ({ facts: { ...UPSTREAM.facts, ...changes } });

  it.each<[string, object, RegExp]>([
    ['in the clear', { issuer: 'http://x.example' }, /cluster\.issuer: .*no https URL/],
    ['without claims', { admit: {} }, /cluster\.admit: without claims every tenant/],
    [
      'with a pattern that says it is none',
      { admit: { sub: 'a*' } },
      /cluster\.admit\.sub: `a\*` would be compared literally/,
    ],
    [
      'with a value that says it is a pattern',
      { admit: { sub: { like: 'a' } } },
      /cluster\.admit\.sub\.like: `a` has no `\*`/,
    ],
    ['with a number', { admit: { sub: 1 } }, /cluster\.admit\.sub: a value, a list of values, or \{ like: pattern \}/],
    ['with a shared secret', { algorithms: ['HS256'] }, /cluster\.algorithms\.0: /],
    ['of a profile that is not offered', { profile: 'github' }, /cluster\.profile: the issuer does not offer github/],
    ['of a variant that is none', { variant: 'robot' }, /cluster\.variant: ona-v3 has no variant robot/],
    ['with a fact that is none', facts({ project: 'x' }), /cluster\.facts\.project: such tokens have no `project`/],
    [
      'with a fact that cannot be',
      facts({ project_id: 'a b' }),
      /cluster\.facts\.project_id: .*characters that it cannot have/,
    ],
    ['without a fact', facts({ creator_id: undefined }), /cluster\.facts\.creator_id: `creator_id` is missing/],
    ['at no network', { allow_addresses: ['10.0.0.0'] }, /cluster\.allow_addresses\.0: 10\.0\.0\.0 is no network/],
    ['misspelt', { organisation: 'acme' }, /cluster\.organisation: there is no such setting/],
  ])('%s is refused', (_, changes, message) => {
    expect(problems(configWith(changes))).toEqual([expect.stringMatching(message)]);
  });

  it('has a name as issuers have', () => {
    expect(problems(configWith({}, 'The Cluster'))).toEqual([expect.stringMatching(/no name of an upstream/)]);
  });

  it('has its authority checked before it is needed', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'issuer.yaml');
    await writeFile(file, configWith({ ca_file: 'none.pem' }));
    const checked = await checkConfigFile(file);
    expect(checked.ok ? [] : checked.problems.map(({ path }) => path.join('.'))).toEqual([
      'issuers.ona.upstreams.cluster.ca_file',
    ]);
  });
});

it('exchanges the token of an upstream that it reaches by https', async () => {
  const directory = await temporaryDirectory();
  const [authority, key] = await Promise.all([createAuthority(), signingKey('one')]);
  const server = await serve(({ url }) => {
    if (url.pathname === '/keys') return json({ keys: [key.jwk] });
    return json({ issuer: server.url, jwks_uri: `${server.url}/keys` });
  }, authority.server);
  await writeFile(join(directory, 'ca.pem'), authority.caPem);
  const changes = { issuer: server.url, ca_file: 'ca.pem', allow_addresses: ['127.0.0.0/8'] };
  const running = await runIssuer({ directory, config: configWith(changes) });
  await running.admin('PUT', '/admin/issuers/ona/organizations/acme', { profile: 'ona-v3' });
  const now = Math.floor(Date.now() / 1000);
  const jwt = await key.sign({ ...POD, iss: server.url, iat: now, nbf: now, exp: now + 600 });
  const form = exchangeForm(jwt, 'a').map(([name, value]) =>
    name === 'subject_token_type'
      ? ([name, 'urn:ietf:params:oauth:token-type:jwt'] as const)
      : ([name, value] as const),
  );
  const reply = await running.post(HOSTS.ona, '/token', form);
  expect(reply).toMatchObject({ status: 200 });
  const { access_token: token } = reply.json as { access_token: string };
  expect(decodeJwt(token)).toMatchObject({ project_id: '5c1f9d0e-0001', creator_id: 'deployer', exp: now + 600 });
  const bearer = { authorization: `Bearer ${jwt}` };
  expect(await running.get(HOSTS.ona, '/id-token?audience=a', bearer)).toMatchObject({ status: 200 });
  const { json: audit } = await running.admin('GET', '/admin/audit?limit=1');
  expect(audit).toMatchObject({ entries: [{ kind: 'issued', upstream: 'cluster', organization: 'acme' }] });
  expect(running.log()).not.toContain(jwt);
  await server[Symbol.asyncDispose]();
});

it('reaches an upstream by a proxy, and warns that it resolves the names', async () => {
  const directory = await temporaryDirectory();
  const [authority, key] = await Promise.all([createAuthority(), signingKey('one')]);
  const issuer = 'https://issuer.example';
  const server = await serve(({ url }) => {
    if (url.pathname === '/keys') return json({ keys: [key.jwk] });
    return json({ issuer, jwks_uri: `${issuer}/keys` });
  }, authority.server);
  const port = Number(new URL(server.url).port);
  const proxy = await startConnectProxy({ routes: { 'issuer.example': { host: '127.0.0.1', port } } });
  onTestFinished(async () => {
    await Promise.all([proxy.stop(), server[Symbol.asyncDispose]()]);
  });
  await writeFile(join(directory, 'ca.pem'), authority.caPem);
  const { host } = new URL(proxy.url);
  const config = configWith({ issuer, ca_file: 'ca.pem' });
  const running = await runIssuer({ directory, config, proxy: { url: `http://idp:hunter2@${host}`, except: '' } });
  await running.admin('PUT', '/admin/issuers/ona/organizations/acme', { profile: 'ona-v3' });
  const now = Math.floor(Date.now() / 1000);
  const jwt = await key.sign({ ...POD, iss: issuer, iat: now, nbf: now, exp: now + 600 });
  const bearer = { authorization: `Bearer ${jwt}` };
  expect(await running.get(HOSTS.ona, '/id-token?audience=a', bearer)).toMatchObject({ status: 200 });
  expect(proxy.events.map(({ target }) => target)).toContain('issuer.example:443');
  const [warning = ''] = running.log().split('\n');
  expect(JSON.parse(warning)).toMatchObject({ level: 40, proxy: host, upstreams: 1 });
  expect(running.log()).not.toContain('hunter2');
});
