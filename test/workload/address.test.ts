import { expect, it } from 'vitest';
import { secureAddress } from '../../src/workload/address.ts';
import { failureOf } from './support/failures.ts';

it.each([
  'https://issuer.example/idp',
  'http://localhost:8200',
  'http://127.0.0.1:1',
  'http://127.1.2.3',
  'http://[::1]:9',
])('accepts %s', (address) => {
  expect(secureAddress(address, 'X').href).toContain(address);
});

it.each([
  'http://issuer.example',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'ftp://issuer.example',
  'issuer.example',
  'https://user:hunter2@issuer.example',
  '',
])('refuses %s', async (address) => {
  const failure = await failureOf(() => secureAddress(address, 'IDP_ISSUER_URL'));
  expect(failure.code).toBe('bad-input');
  expect(failure.message).toContain('IDP_ISSUER_URL');
  expect(failure.message + failure.hint).not.toContain('hunter2');
});
