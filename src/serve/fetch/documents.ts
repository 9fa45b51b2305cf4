/** Fetches what upstream issuers publish: https alone, small, in time, without redirects, and not from just anywhere. */

import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { type FetchDocument } from '../../issuer/upstream/keys.ts';
import { type AddressCheck, allowedAddresses } from './addresses.ts';
import { type ResolveHost, demandPublicName, resolveHost } from './names.ts';
import { type Proxy, isExcepted } from './proxy.ts';

export interface FetchOptions {
  /** Networks beside the public Internet, as `address/prefix`. */
  readonly allowAddresses: readonly string[];
  /** Certificate authorities instead of the system's, PEM. */
  readonly ca?: string;
  /** @default none */
  readonly proxy?: Proxy | undefined;
  /** Of hosts that the proxy resolves. @default the DNS of this machine */
  readonly resolve?: ResolveHost;
}

const CONNECT_MILLISECONDS = 3_000;
/** For everything together: somebody waits for a token meanwhile. */
const TOTAL_MILLISECONDS = 5_000;
/** A hundred RSA keys with their certificate chains. */
const BYTES_LIMIT = 512 * 1024;

export interface DocumentFetcher {
  readonly fetchDocument: FetchDocument;
  readonly close: () => Promise<void>;
}

export function documentFetcher({ allowAddresses, ca, proxy, resolve }: FetchOptions): DocumentFetcher {
  const allowed = allowedAddresses(allowAddresses);
  const trust = ca === undefined ? {} : { ca: [ca] };
  const direct = new Agent({
    ...LIMITS,
    connect: { timeout: CONNECT_MILLISECONDS, lookup: guardedLookup(allowed), ...trust },
  });
  const proxied = proxy === undefined ? undefined : { proxy, agent: proxyAgent(proxy, trust) };
  const agentFor = async (url: URL): Promise<Dispatcher> => {
    if (proxied === undefined || isExcepted(proxied.proxy, url)) return direct;
    if (addressIn(url) === undefined) await demandPublicName(url.hostname, allowed, resolve ?? resolveHost);
    return proxied.agent;
  };
  return {
    fetchDocument: async (address) => {
      const url = demandUrl(address, allowed);
      const reply = await request(url, {
        dispatcher: await agentFor(url),
        headers: { accept: 'application/json', 'user-agent': 'idp-kit' },
        signal: AbortSignal.timeout(TOTAL_MILLISECONDS),
      });
      const text = await reply.body.text();
      // Redirects are not followed: they would lead past the checks, and no issuer needs them.
      if (reply.statusCode !== 200) throw new Error(`${url.href} answered HTTP ${reply.statusCode}`);
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new Error(`${url.href} holds no JSON`);
      }
    },
    close: async () => {
      await Promise.all([direct.close(), proxied?.agent.close()]);
    },
  };
}

const LIMITS = {
  headersTimeout: TOTAL_MILLISECONDS,
  bodyTimeout: TOTAL_MILLISECONDS,
  maxResponseSize: BYTES_LIMIT,
};

/** A tunnel, through which the certificate of the upstream is verified here. The proxy's own is one of the system's. */
function proxyAgent({ url }: Proxy, trust: { readonly ca?: string[] }): ProxyAgent {
  const timeout = CONNECT_MILLISECONDS;
  return new ProxyAgent({ ...LIMITS, uri: url, proxyTls: { timeout }, requestTls: { timeout, ...trust } });
}

function demandUrl(address: string, allowed: AddressCheck): URL {
  const url = new URL(address);
  if (url.protocol !== 'https:') throw new Error(`${url.href} is not https`);
  // An address needs no look-up, so it would pass the guard there.
  const literal = addressIn(url);
  if (literal !== undefined && !allowed(literal)) throw notAllowed(literal, literal);
  return url;
}

/** The host, where it is an address and no name. */
function addressIn({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}

/** Checks the addresses that are connected to, so that a name cannot change its meaning after the check. */
function guardedLookup(allowed: AddressCheck): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const found: readonly LookupAddress[] = error === null ? addresses : [];
      const refused = found.find(({ address }) => !allowed(address));
      const [first] = found;
      const fault = error ?? (refused === undefined ? null : notAllowed(hostname, refused.address));
      if (options.all === true) callback(fault, fault === null ? [...found] : []);
      else callback(fault, fault === null ? (first?.address ?? '') : '', first?.family);
    });
  };
}

function notAllowed(host: string, address: string): Error {
  return new Error(
    `${host} is at ${address}, which is not of the public Internet: name its network in allow_addresses`,
  );
}
