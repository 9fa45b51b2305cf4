import { expect, it } from 'vitest';
import { pooledRandom } from '../../src/serve/random.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

it('hands out as many bytes as asked for, and none twice', () => {
  const random = pooledRandom();
  const taken = Array.from({ length: 2_000 }, (_, turn) => random(16 + (turn % 17)));
  expect(taken.every((bytes, turn) => bytes.length === 16 + (turn % 17))).toBe(true);
  expect(new Set(taken.map((bytes) => hex(bytes.subarray(0, 16)))).size).toBe(2_000);
  const zeros = taken.flatMap((bytes) => [...bytes]).filter((byte) => byte === 0).length;
  expect(zeros).toBeLessThan(400);
});

it('hands out more than it keeps', () => {
  const [one, other] = [pooledRandom()(10_000), pooledRandom()(10_000)];
  expect(one).toHaveLength(10_000);
  expect(hex(one)).not.toBe(hex(other));
});

it('does not share what it handed out', () => {
  const random = pooledRandom();
  const first = random(32);
  const copy = hex(first);
  random(32).fill(0);
  random(4_096);
  expect(hex(first)).toBe(copy);
});
