/** What policy packs said of a preview, in the engine's event log: `pulumi preview --json` leaves it out. */

import { jsonOrUndefined } from '../workload/json.ts';
import { isObject, memberAt, objectAt, textAt } from './review/json.ts';

export interface PolicyEvents {
  /** Names with versions. */
  readonly packs: readonly string[];
  readonly violations: readonly {
    readonly policy: string;
    readonly pack: string;
    readonly level: string;
    readonly resource: string;
    readonly message: string;
  }[];
  /** Why they may not be all; absent where they are. */
  readonly incomplete?: string;
}

/** @param text one event on a line, as `pulumi preview --event-log` writes them (apitype.EngineEvent) */
export function readPolicyEvents(text: string): PolicyEvents {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const events = lines.map(jsonOrUndefined);
  const broken = events.findIndex((event) => !isObject(event));
  const summary = events
    .map((event) => objectAt(event, 'summaryEvent'))
    .findLast((event) => Object.keys(event).length > 0);
  const violations = events.flatMap(violationIn);
  const incomplete =
    broken >= 0 ? `line ${broken + 1} of the event log is no event` : whyIncomplete(summary, violations);
  return {
    packs: [...new Set(Object.entries(objectAt(summary, 'PolicyPacks')).map(nameOfPack))],
    violations,
    ...(incomplete === undefined ? {} : { incomplete }),
  };
}

function violationIn(event: unknown): PolicyEvents['violations'] {
  if (memberAt(event, 'policyEvent') === undefined) return [];
  const found = objectAt(event, 'policyEvent');
  const text = (name: string) => textAt(found, name) ?? '';
  return [
    {
      policy: text('policyName'),
      pack: text('policyPackName'),
      level: text('enforcementLevel'),
      resource: text('resourceUrn'),
      message: plain(text('message')),
    },
  ];
}

/** Without the marks of colours, which the engine writes where the log is raw (colors.go), on one line. */
const plain = (message: string): string =>
  message
    .replaceAll(/<\{%[^%]*%\}>/g, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ');

/** A preview fails where a mandatory policy is violated, and of any other fault before the policies were asked of everything. */
function whyIncomplete(summary: unknown, violations: PolicyEvents['violations']): string | undefined {
  if (summary === undefined) return 'the preview was not finished, so policies were not asked of everything';
  const isExplained = violations.some(({ level }) => level === 'mandatory');
  if (textAt(summary, 'result') === 'failed' && !isExplained)
    return 'the preview failed, so policies were not asked of everything';
  return undefined;
}

/** `name|local|/its/folder`, or `name`, with the version. */
const nameOfPack = ([key, version]: [string, unknown]): string =>
  [key.split('|')[0], ...(typeof version === 'string' ? [version] : [])].join(' ');
