import { output } from '@pulumi/pulumi';
import { expect, it } from 'vitest';
import { type Meaning, inputsOf } from '../../components/told.ts';

const claims = { organization_id: { equals: ['acme'] } };

const CASES: readonly [what: string, meant: Meaning, isTold: boolean][] = [
  ['claims alone, which the children have', { admissions: [{ claims }] }, false],
  ['policies by their names', { admissions: [{ claims }], grant: {} }, false],
  ['a whole organization', { admissions: [{ claims, scope: 'organization' }] }, true],
  [
    'a whole organization in a further admission',
    { admissions: [{ claims }, { claims, scope: 'organization' }] },
    true,
  ],
  ['an admission that is known later', { admissions: [output({ claims })] }, true],
  ['a session of its own length', { admissions: [{ claims }], sessionSeconds: 7200 }, true],
  ['paths to read', { admissions: [{ claims }], grant: { read: ['kv/*'] } }, true],
  ['paths to write', { admissions: [{ claims }], grant: { write: ['kv/*'] } }, true],
  ['an admission that is missing, which is refused later', { admissions: [undefined] }, false],
];

it.each(CASES)('tells the state of %s: %#', (_, meant, isTold) => {
  const args = { name: 'all of it' };
  expect(inputsOf(args, meant)).toEqual(isTold ? args : {});
});
