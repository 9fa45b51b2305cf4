// Documents of upstreams through a real CONNECT proxy, which resolves their names: what is still refused here.
import { onTestFinished, beforeAll, describe, expect, it } from 'vitest';
import { documentFetcher } from '../../../src/serve/fetch/documents.ts';
import { resolveHost } from '../../../src/serve/fetch/names.ts';
import { type Proxy, isExcepted, readProxy, shownProxy } from '../../../src/serve/fetch/proxy.ts';
import { type Authority, createAuthority } from '../../sandbox/net/authority.ts';
import { type ConnectProxy, startConnectProxy } from '../../sandbox/net/connect-proxy.ts';
import { type Answer, json, serve } from '../../workload/support/server.ts';

const HOST = 'issuer.example.com';
let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority({ now: () => new Date() });
});

/** The proxy leads the name to a server on loopback. */
async function world(answer: Answer = json({ a: 1 }), name = HOST): Promise<ConnectProxy> {
  const { certPem: cert, keyPem: key } = await authority.issue([name]);
  const server = await serve(() => answer, { cert, key });
  const port = Number(new URL(server.url).port);
  const proxy = await startConnectProxy({ routes: { [HOST]: { host: '127.0.0.1', port } } });
  onTestFinished(async () => {
    await proxy.stop();
    await server[Symbol.asyncDispose]();
  });
  return proxy;
}

interface How {
  readonly url?: string;
  readonly except?: string;
  readonly addresses?: readonly string[];
  readonly allowAddresses?: readonly string[];
  readonly ca?: boolean;
}

/** The document, or why there is none. */
async function fetched(proxy: ConnectProxy, how: How = {}): Promise<unknown> {
  const { url = `https://${HOST}/keys`, except = '', addresses = [], allowAddresses = [], ca = true } = how;
  const fetcher = documentFetcher({
    allowAddresses,
    proxy: { url: proxy.url, except },
    resolve: () => Promise.resolve(addresses),
    ...(ca ? { ca: authority.caPem } : {}),
  });
  try {
    return await fetcher.fetchDocument(url);
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  } finally {
    await fetcher.close();
  }
}

describe('through a proxy', () => {
  it('a document is fetched by a tunnel, whether or not this machine knows the name', async () => {
    const proxy = await world();
    expect(await fetched(proxy)).toEqual({ a: 1 });
    expect(await fetched(proxy, { addresses: ['8.8.8.8', '2606:4700::1111'] })).toEqual({ a: 1 });
    expect(proxy.events).toEqual(Array(2).fill({ target: `${HOST}:443`, outcome: 'connected' }));
  });

  it.each<[string, How, RegExp]>([
    ['at a private address', { url: 'https://10.0.0.1/keys' }, /^10\.0\.0\.1 is at .*not of the public Internet/],
    ['at the address of credentials', { url: 'https://169.254.169.254/' }, /not of the public Internet/],
    ['at loopback in disguise', { url: 'https://[::ffff:127.0.0.1]/' }, /not of the public Internet/],
    ['at a number that is an address', { url: 'https://2130706433/' }, /127\.0\.0\.1, which is not of the public/],
    ['of localhost', { url: 'https://localhost/keys' }, /^localhost is no name of the public Internet/],
    ['of a host without a domain', { url: 'https://vault/keys' }, /^vault is no name of the public/],
    ['of a domain inside', { url: 'https://metadata.google.internal./' }, /^metadata\.google\.internal is no name/],
    ['of a service', { url: 'https://kubernetes.default.svc/openid/v1/jwks' }, /add it to NO_PROXY/],
    ['of a name that leads inside', { addresses: ['8.8.8.8', '10.1.2.3'] }, /is at 10\.1\.2\.3, which is not of/],
    ['in the clear', { url: `http://${HOST}/keys` }, /is not https/],
  ])('none is asked for %s', async (_what, how, message) => {
    const proxy = await world();
    expect(await fetched(proxy, how)).toMatch(message);
    expect(proxy.events).toEqual([]);
  });

  it('a name that leads to a network that is allowed is fetched', async () => {
    const proxy = await world();
    expect(await fetched(proxy, { addresses: ['10.1.2.3'], allowAddresses: ['10.0.0.0/8'] })).toEqual({ a: 1 });
  });

  it('the certificate is verified here', async () => {
    expect(await fetched(await world(), { ca: false })).toMatch(/certificate/);
    expect(await fetched(await world(json({}), 'other.example.com'))).toMatch(/altnames/);
  });

  it.each<[string, Answer, RegExp]>([
    ['a redirect', { status: 302, headers: { location: 'https://10.0.0.1/' } }, /answered HTTP 302/],
    ['too much', json({ a: 'x'.repeat(600 * 1024) }), /maxResponseSize|exceeded/i],
  ])('%s is refused', async (_what, answer, message) => {
    expect(await fetched(await world(answer))).toMatch(message);
  });

  it('what the proxy refuses is said', async () => {
    expect(await fetched(await world(), { url: 'https://other.example.com/keys' })).toMatch(/Proxy response \(403\)/);
  });

  it('what NO_PROXY has goes past it, under the checks of before', async () => {
    const proxy = await world();
    const except = { except: 'localhost', url: 'https://localhost/keys' };
    expect(await fetched(proxy, except)).toMatch(/localhost is at .*not of the public/);
    expect(proxy.events).toEqual([]);
  });
});

describe('the variables', () => {
  const except = (list: string, url: string) => isExcepted({ url: 'http://proxy', except: list }, new URL(url));

  it.each<[string, string, boolean]>([
    ['', 'https://a.example', false],
    ['*', 'https://a.example', true],
    ['a.example', 'https://a.example', true],
    ['A.Example.', 'https://a.example', true],
    ['example', 'https://a.example', true],
    ['.example', 'https://a.example', true],
    ['*.example', 'https://a.example', true],
    ['xample', 'https://a.example', false],
    ['b.example, a.example', 'https://a.example', true],
    ['b.example a.example', 'https://a.example.', true],
    ['a.example:443', 'https://a.example', true],
    ['a.example:8443', 'https://a.example', false],
    ['a.example:8443', 'https://a.example:8443', true],
    ['10.0.0.1', 'https://10.0.0.1', true],
    ['0.0.1', 'https://10.0.0.1', false],
  ])('NO_PROXY=%s: is %s reached without it? %s', (list, url, expected) => {
    expect(except(list, url)).toBe(expected);
  });

  it.each<[string, Record<string, string>, Proxy | undefined]>([
    ['none', { NO_PROXY: 'x', HTTP_PROXY: 'http://p:1' }, undefined],
    ['blank ones', { HTTPS_PROXY: ' ', https_proxy: '' }, undefined],
    ['both', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x' }, { url: 'http://p:1', except: 'x' }],
    ['small letters first', { HTTPS_PROXY: 'http://a', https_proxy: 'https://b' }, { url: 'https://b', except: '' }],
  ])('%s are read', (_what, environment, expected) => {
    expect(readProxy(environment)).toEqual(expected);
  });

  it.each(['proxy:3128', 'socks5://proxy', 'user:hunter2@proxy'])('%s is refused, and not quoted', (HTTPS_PROXY) => {
    expect(() => readProxy({ HTTPS_PROXY })).toThrow(/^the proxy of the environment is no URL of http or https$/);
  });

  it('are shown without a password', () => {
    expect(shownProxy({ url: 'http://user:hunter2@proxy.example:3128', except: '' })).toBe('proxy.example:3128');
  });
});

it('knows no addresses of a name that there is not', async () => {
  expect(await resolveHost('name.invalid')).toEqual([]);
});
