/** Fetches what upstream issuers publish: https alone, small, in time, without redirects, and not from just anywhere. */

import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { type FetchDocument } from '../../issuer/upstream/keys.ts';
import { type AddressCheck, allowedAddresses } from './addresses.ts';

export interface FetchOptions {
  /** Networks beside the public Internet, as `address/prefix`. */
  readonly allowAddresses: readonly string[];
  /** Certificate authorities instead of the system's, PEM. */
  readonly ca?: string;
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

export function documentFetcher({ allowAddresses, ca }: FetchOptions): DocumentFetcher {
  const allowed = allowedAddresses(allowAddresses);
  const agent = new Agent({
    connect: {
      timeout: CONNECT_MILLISECONDS,
      lookup: guardedLookup(allowed),
      ...(ca === undefined ? {} : { ca: [ca] }),
    },
    headersTimeout: TOTAL_MILLISECONDS,
    bodyTimeout: TOTAL_MILLISECONDS,
    maxResponseSize: BYTES_LIMIT,
  });
  return {
    fetchDocument: async (address) => {
      const url = demandUrl(address, allowed);
      const reply = await request(url, {
        dispatcher: agent,
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
    close: () => agent.close(),
  };
}

function demandUrl(address: string, allowed: AddressCheck): URL {
  const url = new URL(address);
  if (url.protocol !== 'https:') throw new Error(`${url.href} is not https`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // An address needs no look-up, so it would pass the guard there.
  if (isIP(host) !== 0 && !allowed(host)) throw notAllowed(host, host);
  return url;
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
