import { describe, expect, test } from 'vitest';
import { compareVersions, findVersion, satisfies } from '../../tools/lib/versions.mjs';

describe('findVersion', () => {
  test.each([
    ['v3.255.0\n', '3.255.0'],
    ['Vault v1.21.0, built 2025-11-21T10:57:27Z (cgo)', '1.21.0'],
    ['Vault v1.21.0+ent (abc)', '1.21.0'],
    ['aws-cli/1.45.11 Python/3.11.7 Linux/6.18', '1.45.11'],
    ['go1.26', '1.26'],
  ])('%j is %s', (text, version) => {
    expect(findVersion(text)).toBe(version);
  });

  test('nothing where there is none', () => {
    expect(findVersion('command not found')).toBeUndefined();
  });
});

test('versions are compared by number, part by part', () => {
  expect(compareVersions('1.10.0', '1.9.9')).toBeGreaterThan(0);
  expect(compareVersions('1.19', '1.19.0')).toBe(0);
  expect(compareVersions('2.9', '10.0')).toBeLessThan(0);
});

describe('satisfies', () => {
  test.each([
    ['1.19.0', '>=1.19 <3', true],
    ['1.18.9', '>=1.19 <3', false],
    ['3.0.0', '>=1.19 <3', false],
    ['22.18.0', '>=22.18 <23 || >=24', true],
    ['23.1.0', '>=22.18 <23 || >=24', false],
    ['24.0.0', '>=22.18 <23 || >=24', true],
  ])('%s in %s: %s', (version, range, expected) => {
    expect(satisfies(version, range)).toBe(expected);
  });

  test('a mistake in the table is a fault, not an answer', () => {
    expect(() => satisfies('1.0.0', '~1.0')).toThrow(TypeError);
  });
});
