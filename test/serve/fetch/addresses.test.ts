import { expect, it } from 'vitest';
import { allowedAddresses, isNetwork } from '../../../src/serve/fetch/addresses.ts';

it.each<[address: string, allowed: string[], boolean]>([
  ['8.8.8.8', [], true],
  ['2606:4700::1111', [], true],
  ['10.1.2.3', [], false],
  ['127.0.0.1', [], false],
  ['169.254.169.254', [], false],
  ['100.64.0.1', [], false],
  ['172.31.255.255', [], false],
  ['172.32.0.0', [], true],
  ['192.168.1.1', [], false],
  ['0.0.0.0', [], false],
  ['224.0.0.1', [], false],
  ['255.255.255.255', [], false],
  ['::1', [], false],
  ['::', [], false],
  ['::7f00:1', [], false],
  ['::ffff:127.0.0.1', [], false],
  ['::ffff:8.8.8.8', [], true],
  ['64:ff9b::a00:1', [], false],
  ['2002:a00:1::', [], false],
  ['fd00::1', [], false],
  ['fe80::1%eth0', [], false],
  ['ff02::1', [], false],
  ['10.1.2.3', ['10.1.0.0/16'], true],
  ['10.2.2.3', ['10.1.0.0/16'], false],
  ['::ffff:10.1.2.3', ['10.1.0.0/16'], true],
  ['fd00::1', ['fd00::/8'], true],
  ['localhost', [], false],
  ['', [], false],
])('%s, with %j allowed: %j', (address, allowed, expected) => {
  expect(allowedAddresses(allowed)(address)).toBe(expected);
});

it.each<[string, boolean]>([
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0', false],
  ['10.0.0/8', false],
  ['::/129', false],
  ['10.0.0.0/08', false],
  ['x/8', false],
  ['', false],
])('is %s a network: %j', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});
