import { expect, it } from 'vitest';
import { isInNetwork } from '../../../src/trust/aws/address.ts';

it.each<[string, string, boolean]>([
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.4', false],
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  // The address may have bits set behind the prefix.
  ['10.1.2.3', '10.9.9.9/8', true],
  ['203.0.113.127', '203.0.113.0/25', true],
  ['203.0.113.128', '203.0.113.0/25', false],
  ['255.255.255.255', '0.0.0.0/0', true],
  ['10.1.2.3', '10.1.2.3/32', true],
  ['10.1.2.2', '10.1.2.3/32', false],
  ['10.1.2.3', '10.1.2.3/33', false],
  ['10.1.2.3', '10.1.2.3/', false],
  ['10.1.2.3', '10.1.2.3/-1', false],
  ['10.1.2.3', '10.1.2.3/x', false],
  ['10.1.2.3', '10.1.2.3/8x', false],
  ['10.1.2.3', '10.1.2.3/x8', false],
  ['10.1.2.3', '10.0.0.0/8/8', false],
  ['10.1.2.3', '10.1.2.3/255.0.0.0', false],
  ['1.2.3', '1.2.3', false],
  ['1.2.3.4.5', '1.2.3.4.5', false],
  ['1.2.3.x', '1.2.3.x', false],
  ['1.2.3.256', '1.2.3.256', false],
  ['1.2.3.255', '1.2.3.255', true],
  ['1.2.3.0', '1.2.3.0', true],
  // Some read a leading zero as octal.
  ['1.2.3.010', '1.2.3.010', false],
  ['1.2.3.010', '1.2.3.10', false],
  ['', '', false],
  ['', '0.0.0.0/0', false],
  ['10.1.2.3', 'x', false],
  ['x', '10.1.2.3', false],
])('%j in the network %j: %s', (address, network, isIn) => {
  expect(isInNetwork(address, network)).toBe(isIn);
});

// RFC 4291, section 2.2.
it.each<[string, string, boolean]>([
  ['2001:db8:0:0:8:800:200c:417a', '2001:DB8::8:800:200C:417A', true],
  ['2001:db8:0:0:8:800:200c:417a', '2001:db8::8:800:200c:417b', false],
  ['2001:db8::1', '2001:db8::/32', true],
  ['2001:db9::1', '2001:db8::/32', false],
  ['2001:db8::1', '2001:db8::/128', false],
  ['2001:db8::1', '2001:db8::1/128', true],
  ['2001:db8::1', '2001:db8::1/129', false],
  ['::', '0:0:0:0:0:0:0:0', true],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['1::', '1:0:0:0:0:0:0:0', true],
  ['1::', '::1', false],
  ['ffff::1', '::/0', true],
  // One group of zeros may be left out too, but not none.
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', true],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8', true],
  ['1:2:3:4::5:6:7:8', '1:2:3:4:5:6:7:8', false],
  ['1:2:3:4:5:6:7:8::', '1:2:3:4:5:6:7:8', false],
  ['1:2:3:4:5:6:7', '1:2:3:4:5:6:7', false],
  ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8:9', false],
  ['1::2::3', '1::2::3', false],
  ['1::2::3', '1::2', false],
  [':::', ':::', false],
  [':1::', ':1::', false],
  ['12345::', '12345::', false],
  ['abcd::', 'ABCD::', true],
  ['g::', 'g::', false],
  ['fe80::1%eth0', 'fe80::1%eth0', false],
  ['[::1]', '::1', false],
  // The last two groups as four bytes, and nowhere else.
  ['::ffff:129.144.52.38', '::ffff:8190:3426', true],
  ['0:0:0:0:0:0:13.1.68.3', '::d01:4403', true],
  ['::13.1.68.3:5', '::d01:4403:5', false],
  ['::13.1.68', '::13.1.68', false],
  // Two families never meet.
  ['::ffff:10.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '::ffff:10.1.2.3', false],
  ['::1', '0.0.0.1', false],
])('%j in the network %j: %s', (address, network, isIn) => {
  expect(isInNetwork(address, network)).toBe(isIn);
});
