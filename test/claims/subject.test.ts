import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { id, name, when, type ClaimTable } from '../../src/claims/claim.ts';
import { claimValue } from '../../src/claims/claims.ts';
import {
  SUBJECT_LIMIT,
  describeForm,
  encodeValue,
  keyValueParts,
  keyValueTemplates,
  readForm,
  readSubject,
  renderSubject,
  sliceValue,
  template,
  type SubjectGrammar,
  type SubjectTemplate,
} from '../../src/claims/subject.ts';
import { WORLDS, arbitraryFacts, grammarsOf, mint } from './worlds.ts';

const TABLE = {
  org: id('id'),
  project: when('it is in one', id('id')),
  note: name('text'),
} satisfies ClaimTable;

const grammar = (...templates: SubjectTemplate[]): SubjectGrammar => ({ kind: 'templates', templates });

describe('encodeValue', () => {
  it.each([
    ['a:b', '%:', 'a%3Ab'],
    ['a%3Ab', '%:', 'a%253Ab'],
    ['a/b:c@d*e', '/:@*', 'a%2Fb%3Ac%40d%2Ae'],
    ['a:b/c', ':', 'a%3Ab/c'],
    ['a:b', '', 'a:b'],
    ['ä:😀', ':', 'ä%3A😀'],
  ])('%j, of it %j: %s', (value, characters, encoded) => {
    expect(encodeValue(value, characters)).toBe(encoded);
  });
});

it.each([
  ['acme/api', 'before-slash', 'acme'],
  ['acme/api/x', 'after-slash', 'api/x'],
  ['acme', 'before-slash', 'acme'],
  ['acme', 'after-slash', 'acme'],
  ['acme/api', undefined, 'acme/api'],
] as const)('slice of %s %s: %s', (value, slice, part) => {
  expect(sliceValue(value, slice)).toBe(part);
});

describe('keyValueTemplates', () => {
  it('has one form for each way in which optional fields are there', () => {
    const forms = keyValueTemplates(['org'], ['project', 'note', 'unknown', 'org'], TABLE);
    expect(forms.map(describeForm)).toEqual(['org:<org>:project:<project>:note:<note>', 'org:<org>:note:<note>']);
    expect(forms.map(({ present, absent }) => ({ present, absent }))).toEqual([
      { present: ['org', 'project', 'note'], absent: [] },
      { present: ['org', 'note'], absent: ['project'] },
    ]);
  });

  it('knows no choice where the claim is said to be there', () => {
    expect(keyValueTemplates(['org'], ['project'], TABLE, { present: ['project'] })).toHaveLength(1);
  });
});

describe('renderSubject', () => {
  const forms = grammar(...keyValueTemplates(['org'], ['project', 'note'], TABLE));

  it.each([
    [{ org: 'o', project: 'p', note: 'n' }, 'org:o:project:p:note:n'],
    [{ org: 'o', note: 'x:project:p' }, 'org:o:note:x%3Aproject%3Ap'],
    [{ org: 'o', note: '100%' }, 'org:o:note:100%25'],
  ])('%j: %s', (claims, sub) => {
    expect(renderSubject(forms, claims, TABLE)).toEqual({ ok: true, value: sub });
  });

  it('refuses a token that no form is for', () => {
    expect(renderSubject(forms, { org: 'o' }, TABLE)).toMatchObject({ ok: false, problems: [{ path: ['sub'] }] });
  });

  it('never cuts: 255 characters fit, 256 do not', () => {
    const room = SUBJECT_LIMIT - 'org:o:note:'.length;
    expect(renderSubject(forms, { org: 'o', note: 'n'.repeat(room) }, TABLE)).toMatchObject({ ok: true });
    expect(renderSubject(forms, { org: 'o', note: 'n'.repeat(room + 1) }, TABLE)).toMatchObject({
      ok: false,
      problems: [{ message: 'the subject would have 256 characters, and 255 is the limit' }],
    });
    // What counts is what is written, not what was meant.
    expect(renderSubject(forms, { org: 'o', note: ':'.repeat(room) }, TABLE)).toMatchObject({ ok: false });
  });

  it('chooses the form by a fixed value before the general one', () => {
    const events = grammar(
      template([{ literal: 'pull' }], { fixed: { note: 'pull_request' } }),
      template([{ literal: 'ref:' }, { claim: 'org', encode: '' }]),
    );
    expect(renderSubject(events, { org: 'o', note: 'pull_request' }, TABLE)).toMatchObject({ value: 'pull' });
    expect(renderSubject(events, { org: 'o', note: 'push' }, TABLE)).toMatchObject({ value: 'ref:o' });
  });
});

describe('readForm', () => {
  const form = template(keyValueParts(['org', 'project']));
  const owner = template([
    { literal: 'repo:' },
    { claim: 'repository', encode: ':', slice: 'before-slash' },
    { literal: '@' },
    { claim: 'owner_id', encode: ':' },
    { literal: '/' },
    { claim: 'repository', encode: ':', slice: 'after-slash' },
  ]);

  it.each<[SubjectTemplate, string, boolean, Record<string, string> | undefined, string | undefined]>([
    [form, 'org:o:project:p', true, { org: 'o', project: 'p' }, undefined],
    [form, 'org:o%3Ax:project:p%25', true, { org: 'o:x', project: 'p%' }, undefined],
    [form, 'org:o', true, undefined, undefined],
    [form, 'org:o:environment:e', true, undefined, undefined],
    [form, 'ORG:o:project:p', true, undefined, undefined],
    [form, '', false, {}, undefined],
    [form, 'or', false, {}, undefined],
    [form, 'orx', false, undefined, undefined],
    [form, 'org:o', false, {}, 'o'],
    [form, 'org:o:', false, { org: 'o' }, undefined],
    [form, 'org:o:proj', false, { org: 'o' }, undefined],
    [form, 'org:o:project:', false, { org: 'o' }, ''],
    [form, 'org:o:project:p', false, { org: 'o' }, 'p'],
    [owner, 'repo:acme@1/api', true, { owner_id: '1' }, undefined],
    [owner, 'repo:acme@1/', false, { owner_id: '1' }, undefined],
    [owner, 'repo:acme', false, {}, undefined],
    [owner, 'repo:acme/', false, undefined, undefined],
    [owner, 'repo:acme/api@1/x', true, undefined, undefined],
  ])('%#: %j', (given, text, complete, values, open) => {
    const reading = readForm(given, text, complete);
    expect(reading && Object.fromEntries(reading.values)).toEqual(values);
    expect(reading?.open?.text).toBe(open);
    expect(readSubject(given, text, complete)).toEqual(reading?.values);
  });
});

describe.each(WORLDS)('$name', ({ issuer }) => {
  it('reads back every value of a subject that it rendered', () => {
    for (const variant of Object.values(issuer.variants)) {
      const table: ClaimTable = { ...variant.facts, ...variant.claims };
      for (const forms of grammarsOf(variant)) {
        const templates = forms.kind === 'unknown' ? forms.minted : forms.templates;
        fc.assert(
          fc.property(arbitraryFacts(variant), (facts) => {
            const claims = mint(variant, forms, facts);
            fc.pre(claims !== undefined);
            const { sub } = claims;
            const known = { ...facts, ...claims };
            const readings = templates.flatMap((one) => readSubject(one, sub, true) ?? []);
            const right = readings.filter((values) =>
              [...values].every(([claim, value]) => claimValue(known, claim, table) === value),
            );
            expect(right.length).toBeGreaterThan(0);
          }),
          { numRuns: 150, seed: 11 },
        );
      }
    }
  });

  it('gives two workloads one subject only where they agree in everything that it is made of', () => {
    for (const variant of Object.values(issuer.variants)) {
      const table: ClaimTable = { ...variant.facts, ...variant.claims };
      for (const forms of grammarsOf(variant)) {
        const templates = forms.kind === 'unknown' ? forms.minted : forms.templates;
        const made = new Map<string, string>();
        for (const facts of fc.sample(arbitraryFacts(variant), { numRuns: 400, seed: 12 })) {
          const claims = mint(variant, forms, facts);
          if (claims === undefined) continue;
          const { sub } = claims;
          const form = templates.find((given) => readSubject(given, sub, true) !== undefined);
          const known = { ...facts, ...claims };
          const parts = form?.parts.map((part) => 'claim' in part && claimValue(known, part.claim, table));
          const values = JSON.stringify(parts);
          expect(made.get(sub) ?? values).toBe(values);
          made.set(sub, values);
        }
        expect(made.size).toBeGreaterThan(2);
      }
    }
  });
});
