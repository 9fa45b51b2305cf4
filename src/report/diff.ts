/** Who gains access and who loses it, as people read it in a terminal, and as JSON. */

import { shownToken } from '../lint/witness.ts';
import { type DiffVerdict } from '../trust/diff.ts';
import { type Change } from '../trust/grants.ts';
import { type Target, type TargetDiff } from '../trust/target-diff.ts';
import { type Witness } from '../trust/tokens/solve.ts';
import { type TokenLife } from '../trust/vault/life.ts';
import { durationText } from './duration.ts';

export interface DiffReport {
  readonly verdict: DiffVerdict;
  readonly targets: readonly TargetDiff[];
  /** Why something is not decided, of which no target is to be named. */
  readonly undecided: readonly string[];
  /** Good to know. */
  readonly notes: readonly string[];
}

export const HEADLINES: Readonly<Record<DiffVerdict, string>> = {
  equal: 'equal: the same tokens get the same',
  narrows: 'narrows: nobody gains access',
  widens: 'widens: access is gained',
  unknown: 'unknown: whether somebody gains access is not decided',
};

export function nameOf(target: Target): string {
  switch (target.kind) {
    case 'aws':
      return `AWS role ${target.role}`;
    case 'aws-provider':
      return `AWS OIDC provider ${target.url}`;
    case 'vault':
      return `Vault role ${target.role} at auth/${target.mount}`;
    case 'vault-mount':
      return `Vault mount auth/${target.mount}`;
    case 'vault-group':
      return `Vault group ${target.group} of auth/${target.mount}`;
    case 'issuer':
      return `issuer ${target.issuer}`;
    case 'issuer-upstream':
      return `upstream ${target.upstream} of the issuer ${target.issuer}`;
    case 'issuer-administrators':
      return `administrators by ${target.name}`;
    case 'issuer-organization':
      return `organization ${target.organization} of an issuer`;
  }
}

/** Control characters of a document must not reach the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '?');

export function diffText({ verdict, targets, undecided, notes }: DiffReport): string {
  const lines = [
    HEADLINES[verdict],
    ...targets.flatMap(describe),
    ...undecided.map((why) => `? ${why}`),
    ...notes.map((note) => `note: ${note}`),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function describe({ target, verdict, gained, lost, changed, undecided, valid }: TargetDiff): string[] {
  const warning = valid === undefined ? undefined : staysValid(target, valid);
  return [
    '',
    `${nameOf(target)}: ${verdict}`,
    ...gained.map((witness) => `  + ${tokenLine(witness)}`),
    ...lost.map((witness) => `  - ${tokenLine(witness)}`),
    ...changed.map((change) => `  ~ ${changeLine(change)}`),
    ...undecided.map((why) => `  ? ${why}`),
    ...(warning === undefined ? [] : [`  ! ${warning}`]),
  ];
}

const tokenLine = (witness: Witness): string => {
  const { claims, given } = shownToken(witness);
  return `${JSON.stringify(claims)}${givenText(given)}`;
};

export const givenText = (given: readonly string[]): string =>
  given.length === 0 ? '' : ` given that ${given.join(' and ')}`;

export const changeLine = ({ what, before, after, effect }: Change): string =>
  `${what}: ${valueText(before)} becomes ${valueText(after)} (${effect})`;

export const valueText = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** What was handed out before the change outlives it. */
export function staysValid(target: Target, life: TokenLife): string {
  const what = target.kind === 'aws' ? 'sessions that were taken before' : 'Vault tokens that were issued before';
  if (life.kind === 'seconds')
    return `${what} stay valid, as they are, until ${durationText(life.seconds)} after the change at the latest`;
  const until =
    life.kind === 'renewable' ? 'for as long as they are renewed' : "until Vault's own maximum, 32 days by default";
  return `${what} stay valid, as they are, ${until}: to end them, revoke them`;
}

export function diffJson({ verdict, targets, undecided, notes }: DiffReport): unknown {
  const side = (name: 'gained' | 'lost') =>
    targets.flatMap((found) =>
      found[name].map((witness) => ({
        target: found.target,
        variant: witness.variant,
        witness: shownToken(witness).claims,
        given: witness.given,
        ...(name === 'lost' ? validOf(found) : {}),
      })),
    );
  return {
    verdict,
    gained: side('gained'),
    lost: side('lost'),
    changed: targets.flatMap((found) =>
      found.changed.map(({ what, before, after, effect }) => ({
        target: found.target,
        what,
        before: before ?? null,
        after: after ?? null,
        effect,
        ...validOf(found),
      })),
    ),
    undecided: [
      ...targets.flatMap(({ target, undecided: reasons }) => reasons.map((why) => ({ target, why }))),
      ...undecided.map((why) => ({ why })),
    ],
    notes,
  };
}

const validOf = ({ target, valid }: TargetDiff) =>
  valid === undefined ? {} : { valid, warning: staysValid(target, valid) };
