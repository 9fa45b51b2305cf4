/** Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines. */

import { type Finding, type RuleText, type Severity } from '../lint/rule.ts';
import { type LintReport, placeOf } from './findings.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/** What GitHub sorts by: 9 and more is critical, 7 high, 4 medium. */
const SCORES: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' };

export function findingsSarif({ findings, suppressed }: LintReport, rules: readonly RuleText[]): unknown {
  const driver = { name: 'idp lint', rules: rules.map(describeRule) };
  const results = [
    ...findings.map((finding) => resultOf(finding, rules)),
    ...suppressed.map((finding) => ({
      ...resultOf(finding, rules),
      suppressions: [{ kind: 'external', status: 'accepted' }],
    })),
  ];
  return { $schema: SCHEMA, version: '2.1.0', runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }] };
}

function describeRule({ id, severity, title, reason, fix }: RuleText) {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: `${reason}.` },
    help: { text: fix },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SCORES[severity], tags: ['security'] },
  };
}

function resultOf({ rule, severity, message, place, path, witness }: Finding, rules: readonly RuleText[]) {
  const { file, line, column, resource } = place;
  const name = [resource, path].filter((part) => part !== '').join(': ');
  const token =
    witness === undefined ? '' : ` ${witness.admitted ? 'Lets in' : 'Refuses'}: ${JSON.stringify(witness.claims)}`;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: LEVELS[severity],
    message: { text: `${message}.${token}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line ?? 1, ...(column === undefined ? {} : { startColumn: column }) },
        },
        logicalLocations: [{ fullyQualifiedName: name }],
      },
    ],
    partialFingerprints: { 'idpLint/v1': `${rule}: ${placeOf({ file, resource }, path)}` },
    ...(witness === undefined ? {} : { properties: { witness: witness.claims } }),
  };
}

/** A relative reference (RFC 3986, section 4.2), or a file URI where the path begins at the root. */
function uriOf(file: string): string {
  const escaped = file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${escaped}` : escaped;
}
