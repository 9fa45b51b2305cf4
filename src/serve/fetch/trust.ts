/** Issuers whose tokens are taken, with the means to fetch their keys. */

import { upstreamKeys } from '../../issuer/upstream/keys.ts';
import { type TrustedIssuer } from '../../issuer/upstream/upstream.ts';
import { type TrustedUpstream } from '../../issuer/upstream/verify.ts';
import { type UpstreamEntry } from '../settings.ts';
import { readCa } from '../store/open.ts';
import { documentFetcher } from './documents.ts';
import { type Proxy } from './proxy.ts';

export interface Trusted<U extends TrustedIssuer> {
  readonly upstreams: readonly TrustedUpstream<U>[];
  readonly close: () => Promise<void>;
}

/** Fetches nothing yet. Throws `IssuerFault` where an authority cannot be read. */
export async function trustUpstreams<U extends TrustedIssuer>(
  entries: readonly UpstreamEntry<U>[],
  now: () => number,
  proxy?: Proxy,
): Promise<Trusted<U>> {
  const authorities = await Promise.all(entries.map(({ caFile }) => readCa(caFile)));
  const opened = entries.map(({ upstream, allowAddresses }, index) => {
    const ca = authorities[index];
    const { fetchDocument, close } = documentFetcher({ allowAddresses, proxy, ...(ca === undefined ? {} : { ca }) });
    const { issuer, jwksUrl } = upstream;
    const place = jwksUrl === undefined ? { issuer } : { issuer, jwksUrl };
    return { trusted: { upstream, keyOf: upstreamKeys({ ...place, fetchDocument, now }) }, close };
  });
  return {
    upstreams: opened.map(({ trusted }) => trusted),
    close: async () => {
      await Promise.all(opened.map(({ close }) => close()));
    },
  };
}
