import { expect, it } from 'vitest';
import { identityOf } from '../../src/issuer/identity.ts';
import { ENVIRONMENT, ONA, configuration } from './issuer.ts';

const CHOICE = { id: 'acme', ...configuration({ profile: 'ona-v3' }) };
const known = (facts = { ...ENVIRONMENT }) => ({ profile: null, variant: null, facts });

/** What is kept must be what would be computed. */
it.each<[string, () => readonly [Parameters<typeof identityOf>, Parameters<typeof identityOf>], boolean]>([
  [
    'nothing',
    () => {
      const workload = known();
      return [
        [ONA, CHOICE, workload],
        [ONA, CHOICE, { ...workload }],
      ];
    },
    true,
  ],
  [
    'the facts, to others that are equal',
    () => [
      [ONA, CHOICE, known()],
      [ONA, CHOICE, known()],
    ],
    false,
  ],
  [
    'the profile of the organization',
    () => {
      const workload = known();
      return [
        [ONA, CHOICE, workload],
        [ONA, { ...CHOICE, profile: 'ona-v2' }, workload],
      ];
    },
    false,
  ],
  [
    'the profile of the workload',
    () => {
      const workload = known();
      return [
        [ONA, CHOICE, workload],
        [ONA, CHOICE, { ...workload, profile: 'ona-v2' }],
      ];
    },
    false,
  ],
  [
    'the issuer URL',
    () => {
      const workload = known();
      return [
        [ONA, CHOICE, workload],
        [{ ...ONA, url: 'https://tokens.example.com' }, CHOICE, workload],
      ];
    },
    false,
  ],
])('is computed anew where what changes is %s', (_, make, kept) => {
  const [first, second] = make();
  const before = identityOf(...first);
  const after = identityOf(...second);
  expect(before).toMatchObject({ ok: true });
  expect(before === after).toBe(kept);
  const [settings, choice, { profile, variant, facts }] = second;
  expect(after).toEqual(identityOf(settings, choice, { profile, variant, facts: { ...facts } }));
});
