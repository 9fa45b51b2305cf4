/** Which addresses an upstream's keys may be fetched from: a document that somebody else writes must not lead inside. */

import { BlockList, isIP } from 'node:net';

/** Addresses that are not of the public Internet (RFC 6890 and its registries; RFC 4291 for what wraps IPv4). */
const SPECIAL: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
];

export type AddressCheck = (address: string) => boolean;

/**
 * May this address be connected to?
 * @param allowed networks as `address/prefix`, beside the public Internet
 */
export function allowedAddresses(allowed: readonly string[]): AddressCheck {
  const inside = listOf(allowed.map(splitNetwork));
  return (address) => {
    const plain = unmapped(address);
    const family = familyOf(plain);
    if (family === undefined) return false;
    return inside.check(plain, family) || !PRIVATE.check(plain, family);
  };
}

/** Is the text a network as `address/prefix`? */
export function isNetwork(text: string): boolean {
  const [address, prefix] = splitNetwork(text);
  const bits = { ipv4: 32, ipv6: 128 }[familyOf(address) ?? 'ipv4'];
  return /^[^/]+\/(?:0|[1-9][0-9]{0,2})$/.test(text) && familyOf(address) !== undefined && prefix <= bits;
}

function splitNetwork(text: string): readonly [string, number] {
  const [address = '', prefix = ''] = text.split('/');
  return [address, Number(prefix)];
}

function listOf(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, familyOf(address) ?? 'ipv4');
  return list;
}

const PRIVATE = listOf(SPECIAL);

/** `::ffff:10.0.0.1` is an address of IPv4 (RFC 4291, section 2.5.5.2). */
function unmapped(address: string): string {
  const bare = address.replace(/%.*$/, '');
  return /^::ffff:([0-9.]+)$/i.exec(bare)?.[1] ?? bare;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}
