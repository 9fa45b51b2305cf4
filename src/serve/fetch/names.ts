/**
 * What can be told of a host by its name where a proxy resolves it, and the address that is connected to is not known here.
 */

import { Resolver } from 'node:dns/promises';
import { type AddressCheck } from './addresses.ts';

/** The addresses of a host as this machine's DNS has them; none where it knows nothing. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** Domains that are no part of the public DNS: RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`, Kubernetes' services. */
const INSIDE = /(?:^|\.)(?:localhost|local|internal|home\.arpa|svc)$/;

/** Somebody waits for a token meanwhile, and behind a proxy there is often no DNS at all. */
const RESOLVE_MILLISECONDS = 1_000;

/** Throws where the name is not public, or leads somewhere that is not. */
export async function demandPublicName(name: string, allowed: AddressCheck, resolve: ResolveHost): Promise<void> {
  const host = name.replace(/\.$/, '').toLowerCase();
  if (!host.includes('.') || INSIDE.test(host)) {
    throw new Error(
      `${host} is no name of the public Internet, and a proxy is not asked for others: add it to NO_PROXY`,
    );
  }
  const refused = (await resolve(host)).find((address) => !allowed(address));
  if (refused === undefined) return;
  throw new Error(
    `${host} is at ${refused}, which is not of the public Internet: add it to NO_PROXY, and its network to allow_addresses`,
  );
}

/** By DNS alone, without the thread pool, which signs. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_MILLISECONDS, tries: 1 });
  const timer = setTimeout(() => {
    resolver.cancel();
  }, RESOLVE_MILLISECONDS);
  const none = (): string[] => [];
  try {
    return (await Promise.all([resolver.resolve4(host).catch(none), resolver.resolve6(host).catch(none)])).flat();
  } finally {
    clearTimeout(timer);
  }
}
