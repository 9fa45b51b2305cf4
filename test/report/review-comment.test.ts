import { describe, expect, it } from 'vitest';
import { type DiffReport } from '../../src/report/diff.ts';
import { failedComment, markerOf, reviewComment } from '../../src/report/review-comment.ts';
import { type PolicyResults, type ReviewReport, findingsDiff, isBlocked, verdictOf } from '../../src/report/review.ts';
import { type Witness } from '../../src/trust/tokens/solve.ts';
import { EMPTY, finding } from './findings.ts';
import { rendered } from './rendered.ts';

const witness = (claims: Record<string, unknown>, given: readonly string[] = []): Witness => ({
  variant: 'job',
  values: new Map(),
  facts: {},
  claims,
  given,
});

const DIFF: DiffReport = {
  verdict: 'widens',
  targets: [
    {
      target: { kind: 'vault', mount: 'jwt', role: 'api' },
      verdict: 'widens',
      gained: [witness({ sub: 'new' })],
      lost: [witness({ sub: 'old' })],
      changed: [
        { what: 'policies', before: ['a'], after: ['a', 'b'], effect: 'widens' },
        { what: 'inline', before: undefined, after: { Statement: 'x'.repeat(400) }, effect: 'widens' },
      ],
      undecided: ['the audience is computed'],
      valid: { kind: 'seconds', seconds: 3600 },
    },
  ],
  undecided: ['nobody knows'],
  notes: ['a note'],
};

const POLICIES: PolicyResults = {
  packs: ['tiny 1.0'],
  violations: [
    { policy: 'p', pack: 'tiny', level: 'advisory', resource: 'urn:a', message: 'first' },
    { policy: 'q', pack: 'tiny', level: 'mandatory', resource: 'urn:b', message: 'second' },
  ],
};

const review = (more: Partial<ReviewReport> = {}): ReviewReport => ({
  catalog: 'stacks/access.yaml',
  base: 'a'.repeat(40),
  head: 'b'.repeat(40),
  comparisons: [{ where: 'stacks/access.yaml', diff: DIFF }],
  findings: { added: [], kept: [], mended: 0, accepted: [] },
  notes: [],
  ...more,
});

describe('findings of a change', () => {
  const place = { file: 'a.yaml', resource: 'ci', line: 3 };
  const [moved, other] = [
    { ...place, line: 9 },
    { ...place, resource: 'cd' },
  ];

  it('are new, were there before, are mended, or are accepted by it', () => {
    const before = { ...EMPTY, findings: [finding({ place }), finding({ place, path: 'gone' })], suppressed: [] };
    const after = {
      ...EMPTY,
      findings: [finding({ place: moved }), finding({ place: other })],
      suppressed: [finding({ place: other, rule: 'aws-session' })],
    };
    expect(findingsDiff(before, after)).toMatchObject({
      added: [{ place: other }],
      kept: [{ place: moved }],
      mended: 1,
      accepted: [{ rule: 'aws-session' }],
    });
  });

  it('are new where they say something else of the same place', () => {
    const [before, after] = [finding({ message: 'a*' }), finding({ message: '*' })];
    expect(findingsDiff({ ...EMPTY, findings: [before] }, { ...EMPTY, findings: [after] }).added).toEqual([after]);
  });

  it('are not mended by being accepted', () => {
    const before = { ...EMPTY, findings: [finding()] };
    expect(findingsDiff(before, { ...EMPTY, suppressed: [finding()] })).toMatchObject({ mended: 0, accepted: [{}] });
    expect(findingsDiff({ ...EMPTY, suppressed: [finding()] }, { ...EMPTY, suppressed: [finding()] }).accepted).toEqual(
      [],
    );
  });
});

describe('what is decided', () => {
  it('is not, where policies were not asked of everything', () => {
    const equal = [{ where: 'x', diff: { ...DIFF, verdict: 'equal' as const } }];
    expect(verdictOf(review({ comparisons: equal, policies: POLICIES }))).toBe('equal');
    expect(verdictOf(review({ comparisons: equal, policies: { ...POLICIES, incomplete: 'no' } }))).toBe('unknown');
  });

  it('is blocked by new findings and by mandatory policies alone', () => {
    const [advisory, mandatory] = POLICIES.violations.map((one) => ({ ...POLICIES, violations: [one] }));
    expect(isBlocked(review())).toBe(false);
    expect(isBlocked(review({ findings: { added: [], kept: [finding()], mended: 1, accepted: [finding()] } }))).toBe(
      false,
    );
    expect(isBlocked(review({ findings: { added: [finding()], kept: [], mended: 0, accepted: [] } }))).toBe(true);
    expect(isBlocked(review({ policies: advisory as PolicyResults }))).toBe(false);
    expect(isBlocked(review({ policies: mandatory as PolicyResults }))).toBe(true);
  });
});

describe('the comment', () => {
  it('has all of it, the verdict first', () => {
    const report = review({
      policies: POLICIES,
      findings: {
        added: [finding()],
        kept: [finding({ rule: 'old-one' })],
        mended: 2,
        accepted: [finding({ rule: 'ok' })],
      },
      notes: ['no preview'],
    });
    const text = reviewComment('stacks/access.yaml', report, { map: 'https://example.com/map' });
    expect(text.replaceAll(/```json\n[^]*?\n```/g, '(json)')).toBe(`<!-- idp review: stacks%2Faccess.yaml -->
## Access is gained

\`stacks/access.yaml\` from \`aaaaaaaaaaaa\` to \`bbbbbbbbbbbb\`

| | |
| --- | --- |
| verdict | **widens** |
| who gains access | at 1 place |
| who loses access | at 1 place |
| the same tokens get something else | at 1 place |
| findings | 1 new, 1 that were there before, 2 no longer there |
| policies | 1 mandatory and 1 advisory violations (\`tiny 1.0\`) |
| who can reach what | [the map](<https://example.com/map>) |

### Who gains access

**\`Vault role api at auth/jwt\`** in \`stacks/access.yaml\`

This token is let in, and was not before:

(json)

### What the same tokens get

**\`Vault role api at auth/jwt\`** in \`stacks/access.yaml\`

- \`policies: ["a"] becomes ["a","b"] (widens)\`

**\`Vault role api at auth/jwt\`** in \`stacks/access.yaml\`

\`inline\` (widens), before:

nothing

after:

(json)

### What is not decided

- \`Vault role api at auth/jwt\` in \`stacks/access.yaml\`: \`the audience is computed\`
- \`nobody knows\`

### Policy violations

- **mandatory** \`tiny/q\` at \`urn:b\`: \`second\`
- \`advisory\` \`tiny/p\` at \`urn:a\`: \`first\`

### New findings

<details><summary><code>critical aws-no-subject: plan.json: aws_iam_role.ci: Statement[0]</code></summary>

\`Statement[0] has no condition\`

any tenant takes it

Fix: add one

A token that is let in:

(json)

</details>

### Findings that this change accepts

- critical \`ok\` \`plan.json: aws_iam_role.ci: Statement[0]\`

### Who loses access

**\`Vault role api at auth/jwt\`** in \`stacks/access.yaml\`

This token was let in, and is not any more:

(json)

Vault tokens that were issued before stay valid, as they are, until 1h after the change at the latest.

### Findings that were there before

- critical \`old-one\` \`plan.json: aws_iam_role.ci: Statement[0]\`

### Notes

- \`no preview\`
- \`a note\`
`);
  });

  const EVIL =
    '</code></summary><img src=x>\n\n<!-- idp review: b -->\n/close\n@team #1 https://evil.example [x](https://evil.example) `code` | ```';
  const hostile = review({
    catalog: EVIL,
    comparisons: [
      {
        where: EVIL,
        diff: {
          verdict: 'widens',
          targets: [
            {
              target: { kind: 'aws', role: EVIL },
              verdict: 'widens',
              gained: [witness({ sub: EVIL, [EVIL]: [EVIL] }, [EVIL])],
              lost: [witness({ sub: EVIL })],
              changed: [
                { what: EVIL, before: EVIL, after: EVIL, effect: 'widens' },
                { what: EVIL, before: EVIL.repeat(5), after: EVIL.repeat(5), effect: 'widens' },
              ],
              undecided: [EVIL],
            },
          ],
          undecided: [EVIL],
          notes: [EVIL],
        },
      },
    ],
    findings: {
      added: [
        finding({
          message: EVIL,
          path: EVIL,
          place: { file: EVIL, resource: EVIL },
          witness: { claims: { sub: EVIL }, admitted: true, given: [EVIL] },
        }),
      ],
      kept: [finding({ place: { file: EVIL, resource: EVIL } })],
      mended: 0,
      accepted: [finding({ path: EVIL })],
    },
    policies: {
      packs: [EVIL],
      violations: [{ policy: EVIL, pack: EVIL, level: EVIL, resource: EVIL, message: EVIL }],
      incomplete: EVIL,
    },
    notes: [EVIL],
  });

  it.each([
    ['a review', (name: string) => reviewComment(name, hostile, { map: EVIL })],
    [
      'what cannot be reviewed',
      (name: string) => failedComment(name, `${EVIL}\n${EVIL}`, 'Mend it first: nothing was compared.'),
    ],
  ])('of %s lets no text of a change become markup, a link, a mention, a command or a marker', async (_, comment) => {
    const text = comment(EVIL);
    const { html, links, text: plain } = await rendered(text);
    expect(links).toEqual([]);
    const [first, ...rest] = html;
    expect(first).toMatch(/^<!-- idp review: [\w%.!'()*~]+ -->$/);
    expect(
      rest.filter((one) => !/^(?:<details><summary><code>[^<>]*<\/code><\/summary>|<\/details>)$/.test(one)),
    ).toEqual([]);
    expect(plain).not.toMatch(/@team|#1|evil\.example|idp review/);
    const outside = text.replaceAll(/^(`{3,})[^\n]*\n[^]*?\n\1$/gm, '');
    expect(outside).not.toMatch(/^\s*\/\w/m);
    expect(text.startsWith(markerOf(EVIL))).toBe(true);
  });

  const many = review({
    findings: {
      added: Array.from({ length: 400 }, (_, index) => finding({ path: `Statement[${index}]` })),
      kept: [],
      mended: 0,
      accepted: [],
    },
  });

  it('is cut to what a host takes, says so, and leaves nothing open', async () => {
    const text = reviewComment('a', many, { limit: 65_536, job: 'https://ci.example/jobs/1' });
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.length).toBeGreaterThan(64_000);
    expect(text).toMatch(
      /\n\*\*\d+ more parts are left out here:\*\* .* \[with the job\]\(<https:\/\/ci\.example\/jobs\/1>\)\.\n$/,
    );
    expect(text).toContain('| findings | 400 new, 0 that were there before |');
    const { html, links, text: plain } = await rendered(text);
    expect(html.filter((one) => one.startsWith('<details>'))).toHaveLength(
      html.filter((one) => one === '</details>').length,
    );
    expect(links).toEqual(['https://ci.example/jobs/1']);
    expect(plain).toContain('more parts are left out here');
    expect(reviewComment('a', many).length).toBeGreaterThan(100_000);
  });

  it('still says who gains access where the token has no room', () => {
    const [comparison] = review().comparisons;
    const [target] = DIFF.targets;
    if (comparison === undefined || target === undefined) throw new Error('there is one');
    const diff = { ...DIFF, targets: [{ ...target, gained: [witness({ sub: 'x'.repeat(70_000) })] }] };
    const text = reviewComment('a', review({ comparisons: [{ ...comparison, diff }] }), { limit: 65_536 });
    expect(text).toContain('| who gains access | at 1 place |');
    expect(text).toContain('**1 more part is left out here:**');
    expect(text).toContain('### Who loses access');
  });

  it('has an address for the map only where it is one', () => {
    const at = (map: string) => /who can reach what \| (.*) \|/.exec(reviewComment('a', review(), { map }))?.[1];
    expect(at('access-map')).toBe('the artifact `access-map`');
    expect(at('javascript:alert(1)')).toBe('the artifact `javascript:alert(1)`');
    expect(at('https://x.example/a>) [b](c|d')).toBe('[the map](<https://x.example/a%3E)%20%5Bb%5D(c%7Cd>)');
  });

  it('has a marker that tells reviews apart', () => {
    expect(markerOf('a--> b')).toBe('<!-- idp review: a%2D%2D%3E%20b -->');
    expect(markerOf('a')).not.toBe(markerOf('b'));
  });
});
