import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Algorithm } from '../../src/keys/algorithms.ts';
import {
  type Plan,
  type Publication,
  planPublished,
  planReplace,
  planRotate,
  planSchedule,
  planStart,
  published,
  settle,
} from '../../src/keys/plan.ts';
import { KEY_STATES, type KeyLife } from '../../src/keys/record.ts';

const TIMINGS = { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: null };
const SCHEDULED = { ...TIMINGS, rotateSeconds: 10_000 };

interface Step {
  readonly what: 'rotate' | 'replace' | 'wait' | 'publish';
  readonly seconds: number;
}

const steps = fc.array(
  fc.record({
    what: fc.constantFrom<Step['what']>('rotate', 'rotate', 'rotate', 'replace', 'wait', 'wait', 'publish'),
    seconds: fc.integer({ min: 0, max: 6000 }),
  }),
  { maxLength: 20 },
);
const algorithms = fc.constantFrom<readonly Algorithm[]>(['RS256'], ['ES256', 'RS256']);

interface Moment {
  readonly now: number;
  readonly step: Step['what'];
  readonly records: readonly KeyLife[];
}

/** Carries a plan out as a ring does. */
function carryOut({ records, create }: Plan<KeyLife>, now: number, publication: Publication = 'served'): KeyLife[] {
  const made = create.map(({ algorithm, state }, index): KeyLife => ({
    kid: `k${records.length + index}`,
    algorithm,
    state,
    createdAt: now,
    publishedAt: publication === 'served' ? now : null,
    activeAt: state === 'active' ? now : null,
    retiringAt: null,
    removedAt: null,
  }));
  return [...records, ...made];
}

/** The life of a ring: after each step, its records. */
function live(
  wanted: readonly Algorithm[],
  taken: readonly Step[],
  publication: Publication = 'served',
  timings = TIMINGS as typeof TIMINGS | typeof SCHEDULED,
): Moment[] {
  let now = 1000;
  let records = carryOut(planStart<KeyLife>([], wanted, publication), now, publication);
  const moments: Moment[] = [{ now, step: 'wait', records }];
  for (const { what, seconds } of taken) {
    now += seconds;
    records = settle(records, now, timings);
    records = carryOut(planSchedule(records, wanted, now, timings), now, publication);
    if (what === 'replace') records = carryOut(planReplace(records, wanted, now), now, publication);
    if (what === 'publish')
      records = [
        ...planPublished(
          records,
          records.map(({ kid }) => kid),
          now,
        ).records,
      ];
    if (what === 'rotate') {
      const rotation = planRotate(records, wanted, timings);
      if (rotation.ok) records = carryOut(rotation.plan, now, publication);
    }
    moments.push({ now, step: what, records });
  }
  return moments;
}

const stateOf = (records: readonly KeyLife[], kid: string) => records.find((record) => record.kid === kid)?.state;

describe('at any moment of any life', () => {
  it('one key of each algorithm signs', () => {
    fc.assert(
      fc.property(algorithms, steps, (wanted, taken) => {
        for (const { records } of live(wanted, taken)) {
          for (const algorithm of wanted) {
            expect(records.filter((key) => key.algorithm === algorithm && key.state === 'active')).toHaveLength(1);
          }
        }
      }),
    );
  });

  it('few keys are published', () => {
    fc.assert(
      fc.property(algorithms, steps, (wanted, taken) => {
        // One rotation each 900 s, each old key kept 4200 s: five retiring ones, the active and the pending.
        for (const { records } of live(wanted, taken)) {
          expect(published(records).length).toBeLessThanOrEqual(7 * wanted.length);
        }
      }),
    );
  });

  it('states only go forward', () => {
    fc.assert(
      fc.property(algorithms, steps, (wanted, taken) => {
        const moments = live(wanted, taken);
        for (const [index, { records }] of moments.entries()) {
          for (const { kid, state } of moments[index - 1]?.records ?? []) {
            const later = stateOf(records, kid) ?? 'pending';
            expect(KEY_STATES.indexOf(later)).toBeGreaterThanOrEqual(KEY_STATES.indexOf(state));
          }
        }
      }),
    );
  });

  it('a key that signs has been published long enough, unless it is the first or replaced others', () => {
    fc.assert(
      fc.property(algorithms, steps, (wanted, taken) => {
        const moments = live(wanted, taken);
        const emergencies = moments.filter(({ step }) => step === 'replace').map(({ now }) => now);
        for (const { createdAt, activeAt } of moments.at(-1)?.records ?? []) {
          if (activeAt === null || createdAt === 1000 || emergencies.includes(createdAt)) continue;
          expect(activeAt - createdAt).toBe(TIMINGS.publishSeconds);
        }
      }),
    );
  });

  it('a key that signed stays published as long as its tokens may be shown, unless it was replaced', () => {
    fc.assert(
      fc.property(algorithms, steps, (wanted, taken) => {
        const moments = live(wanted, taken);
        const emergencies = moments.filter(({ step }) => step === 'replace').map(({ now }) => now);
        for (const { retiringAt, removedAt } of moments.at(-1)?.records ?? []) {
          if (removedAt === null || emergencies.includes(removedAt)) continue;
          expect(removedAt - (retiringAt ?? Infinity)).toBe(TIMINGS.keepSeconds);
        }
      }),
    );
  });

  it('settling twice is settling once, at the later time', () => {
    fc.assert(
      fc.property(algorithms, steps, fc.nat(9000), fc.nat(9000), (wanted, taken, first, more) => {
        const { now = 0, records = [] } = live(wanted, taken).at(-1) ?? {};
        const twice = settle(settle(records, now + first, TIMINGS), now + first + more, TIMINGS);
        expect(twice).toEqual(settle(records, now + first + more, TIMINGS));
      }),
    );
  });
});

it('publishes before it signs, and keeps publishing after', () => {
  const [first] = live(['RS256'], []);
  const rotated = live(['RS256'], [{ what: 'rotate', seconds: 100 }]).at(-1)?.records ?? [];
  const states = (at: number) => settle(rotated, at, TIMINGS).map(({ state }) => state);
  expect(first?.records.map(({ state }) => state)).toEqual(['active']);
  expect(states(1999)).toEqual(['active', 'pending']);
  expect(states(2000)).toEqual(['retiring', 'active']);
  expect(states(6199)).toEqual(['retiring', 'active']);
  expect(states(6200)).toEqual(['removed', 'active']);
});

it('refuses a rotation while another is under way', () => {
  const rotated = live(['RS256'], [{ what: 'rotate', seconds: 100 }]).at(-1)?.records ?? [];
  expect(planRotate(rotated, ['RS256'], TIMINGS)).toEqual({
    ok: false,
    reason: 'under-way',
    kid: 'k1',
    activeAt: 2000,
  });
});

it('publishes an algorithm that is added later before it signs', () => {
  const [first] = live(['RS256'], []);
  expect(planStart(first?.records ?? [], ['RS256', 'ES256'], 'served').create).toEqual([
    { algorithm: 'ES256', state: 'pending' },
  ]);
});

it('removes every key in an emergency, retiring and pending ones too', () => {
  const taken: Step[] = [
    { what: 'rotate', seconds: 0 },
    { what: 'rotate', seconds: 900 },
    { what: 'replace', seconds: 10 },
  ];
  const last = live(['RS256'], taken).at(-1)?.records ?? [];
  expect(last.map(({ state }) => state)).toEqual(['removed', 'removed', 'removed', 'active']);
});

describe('a schedule', () => {
  it('keeps the active key younger than it says, whatever else is done, and publishes each key before it signs', () => {
    fc.assert(
      fc.property(algorithms, steps, (wanted, taken) => {
        // As refreshed as a ring is: within every step there are many small ones.
        const fine = taken.flatMap(({ what, seconds }): Step[] => [
          ...Array.from({ length: Math.ceil(seconds / 100) }, (): Step => ({ what: 'wait', seconds: 100 })),
          { what, seconds: 0 },
        ]);
        for (const { now, records } of live(wanted, fine, 'served', SCHEDULED)) {
          for (const { state, activeAt } of records) {
            if (state === 'active') expect(now - (activeAt ?? 0)).toBeLessThanOrEqual(SCHEDULED.rotateSeconds + 100);
          }
        }
      }),
    );
  });

  it.each<[string, number, number]>([
    ['too young', 9_099, 0],
    ['old enough that the next one is published in time', 9_100, 1],
    ['older', 50_000, 1],
  ])('for a key that is %s', (_, age, created) => {
    const [first] = live(['RS256'], []);
    expect(planSchedule(first?.records ?? [], ['RS256'], 1000 + age, SCHEDULED).create).toHaveLength(created);
  });

  it('begins nothing while a key is pending, and nothing at all where there is none', () => {
    const rotated = live(['RS256'], [{ what: 'rotate', seconds: 9_100 }]).at(-1)?.records ?? [];
    expect(planSchedule(rotated, ['RS256'], 10_200, SCHEDULED).create).toEqual([]);
    const [first] = live(['RS256'], []);
    expect(planSchedule(first?.records ?? [], ['RS256'], 1e9, TIMINGS).create).toEqual([]);
  });
});

describe('keys that are published as files', () => {
  it('never sign before they were seen there for long enough, unless they are the first or replaced others', () => {
    fc.assert(
      fc.property(algorithms, steps, (wanted, taken) => {
        const moments = live(wanted, taken, 'static');
        const emergencies = moments.filter(({ step }) => step === 'replace').map(({ now }) => now);
        const records = moments.at(-1)?.records ?? [];
        const first = Math.min(...records.map(({ publishedAt }) => publishedAt ?? Infinity));
        for (const { createdAt, publishedAt, activeAt } of records) {
          if (activeAt === null || emergencies.includes(createdAt)) continue;
          const waits = publishedAt === first ? 0 : TIMINGS.publishSeconds;
          expect(activeAt).toBeGreaterThanOrEqual((publishedAt ?? Infinity) + waits);
        }
      }),
    );
  });

  it('sign as soon as they are published for the first time, and not before', () => {
    const [first] = live(['RS256', 'ES256'], [], 'static');
    expect(first?.records.map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect(settle(first?.records ?? [], 1e9, TIMINGS).map(({ state }) => state)).toEqual(['pending', 'pending']);
    const { records } = planPublished(first?.records ?? [], ['k0', 'k1'], 2_000);
    expect(records.map(({ state, activeAt }) => [state, activeAt])).toEqual([
      ['active', 2_000],
      ['active', 2_000],
    ]);
  });

  it('wait for their publication in a rotation, which says so', () => {
    const taken: Step[] = [
      { what: 'publish', seconds: 0 },
      { what: 'rotate', seconds: 10 },
    ];
    const rotated = live(['RS256'], taken, 'static').at(-1)?.records ?? [];
    expect(planRotate(rotated, ['RS256'], TIMINGS)).toMatchObject({ ok: false, kid: 'k1', activeAt: null });
    expect(settle(rotated, 1e9, TIMINGS).map(({ state }) => state)).toEqual(['active', 'pending']);
    const { records } = planPublished(rotated, ['k1', 'of nobody'], 3_000);
    expect(settle(records, 3_899, TIMINGS).map(({ state }) => state)).toEqual(['active', 'pending']);
    expect(settle(records, 3_900, TIMINGS).map(({ state }) => state)).toEqual(['retiring', 'active']);
  });
});
