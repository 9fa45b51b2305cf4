import { describe, expect, it } from 'vitest';
import { readPolicyEvents } from '../../src/sources/policy-events.ts';

// As Pulumi 3.255.0 wrote them, with PULUMI_DEBUG_COMMANDS=1 pulumi preview --json --event-log FILE.
const URN = 'urn:pulumi:dev::p::idp-kit:index:C::one';
const policyEvent = (enforcementLevel: string, message = 'd\nbad\n') => ({
  sequence: 16,
  timestamp: 1795303288,
  policyEvent: {
    resourceUrn: URN,
    message,
    color: 'never',
    policyName: 'no-one',
    policyPackName: 'tiny',
    policyPackVersion: '0.0.3',
    policyPackVersionTag: '0.0.3',
    enforcementLevel,
  },
});
const summaryEvent = (result: string, packs: object = { 'tiny|local|/packs/tiny': '0.0.3' }) => ({
  sequence: 31,
  summaryEvent: { maybeCorrupt: false, resourceChanges: { create: 2 }, PolicyPacks: packs, isPreview: true, result },
});
const OTHERS = [
  { sequence: 0, diagnosticEvent: { prefix: 'debug: ', message: '"policyEvent":', severity: 'debug' } },
  { sequence: 1, policyAnalyzeSummaryEvent: { resourceUrn: URN, policyPackName: 'tiny', failed: ['no-one'] } },
  { sequence: 2, cancelEvent: {} },
];
const log = (...events: object[]) => `${[...OTHERS, ...events].map((event) => JSON.stringify(event)).join('\n')}\n`;

describe('the event log of a preview', () => {
  it('has the violations, and which packs were asked', () => {
    expect(readPolicyEvents(log(policyEvent('advisory'), summaryEvent('succeeded')))).toEqual({
      packs: ['tiny 0.0.3'],
      violations: [{ policy: 'no-one', pack: 'tiny', level: 'advisory', resource: URN, message: 'd; bad' }],
    });
  });

  it('is whole where a mandatory violation is what made the preview fail', () => {
    const found = readPolicyEvents(log(policyEvent('mandatory'), summaryEvent('failed')));
    expect(found).not.toHaveProperty('incomplete');
    expect(found.violations).toMatchObject([{ level: 'mandatory' }]);
  });

  it.each([
    ['failed of something else', log(policyEvent('advisory'), summaryEvent('failed')), 'the preview failed'],
    ['was not finished', log(policyEvent('mandatory')), 'was not finished'],
    ['left nothing', '', 'was not finished'],
    ['was cut', `${log(summaryEvent('succeeded'))}{"sequence":`, 'line 5 of the event log is no event'],
  ])('is incomplete where the preview %s', (_, text, why) => {
    expect(readPolicyEvents(text).incomplete).toContain(why);
  });

  it('takes the colours out of messages', () => {
    const coloured = policyEvent('advisory', '<{%fg 1%}>bad<{%reset%}> <b>');
    expect(readPolicyEvents(log(coloured, summaryEvent('succeeded'))).violations).toMatchObject([
      { message: 'bad <b>' },
    ]);
  });

  it('knows a pack that was given by its name alone, and that there was none', () => {
    expect(readPolicyEvents(log(summaryEvent('succeeded', { acme: '2' }))).packs).toEqual(['acme 2']);
    expect(readPolicyEvents(log(summaryEvent('succeeded', {}))).packs).toEqual([]);
  });
});
