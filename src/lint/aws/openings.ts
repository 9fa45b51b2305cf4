/** Statements that let in tenants which nobody named, and what in them does it. */

import { type ClaimSpec } from '../../claims/claim.ts';
import { type IssuerProfile } from '../../claims/profile.ts';
import { type SubjectTemplate, readForm } from '../../claims/subject.ts';
import { type Condition } from '../../trust/aws/policy.ts';
import { claimOfKey } from '../../trust/aws/request.ts';
import { type Witness } from '../../trust/tokens/solve.ts';
import { type TokenSet, claimIn } from '../../trust/tokens/token-set.ts';
import { ANY_TEXT, choice, sequence, text } from '../../trust/language/regular.ts';
import { boundParts, isOpen, specIn } from '../trust.ts';
import { type AwsPart, type AwsTrust, isDead, isNegated, pins } from './trust.ts';

export type Cause =
  /** No condition is on anything that tells tenants apart. */
  | 'nothing'
  /** The same, beside a statement that binds one. */
  | 'beside'
  /** Only what is not let in is said. */
  | 'complement'
  /** One of several values. */
  | 'value'
  /** A pattern that begins with the tenant's name, or before it. */
  | 'pattern'
  /** A pattern that fixes what follows the tenant alone. */
  | 'leading';

export interface Opening {
  readonly part: AwsPart;
  readonly cause: Cause;
  /** The condition that was meant to bind the tenant. */
  readonly condition?: Condition;
  /** The value that does not. */
  readonly value?: string;
  readonly witness: Witness;
}

export function openingsOf(trust: AwsTrust): readonly Opening[] {
  const known = KNOWN.get(trust) ?? trust.parts.flatMap((part) => openingOf(trust, part) ?? []);
  KNOWN.set(trust, known);
  return known;
}

const KNOWN = new WeakMap<AwsTrust, readonly Opening[]>();

export const openingsBy = (trust: AwsTrust, cause: Cause): readonly Opening[] =>
  openingsOf(trust).filter((opening) => opening.cause === cause);

function openingOf(trust: AwsTrust, part: AwsPart): Opening | undefined {
  const { questions } = trust;
  const found = questions.spread(part.tokens, 'organization', part.values);
  if (found === undefined) return undefined;
  const meant = part.statement.conditions.filter((condition) => bindsTenant(trust, condition));
  const bound = boundParts(trust);
  const values = meant.filter((one) => !isNegated(one)).flatMap((condition) => valuesOf(trust, part, condition));
  const named = [
    ...bound.map((one) => ({ tokens: one.tokens, limit: one.values })),
    ...values.filter(({ open }) => !open).map(({ alone }) => ({ tokens: alone.tokens, limit: 1 })),
  ].flatMap(({ tokens, limit }) => questions.classesIn(tokens, 'organization', limit));
  const witness = questions.findOther(part.tokens, [...named, ...meantBy(trust, values)]) ?? found;
  const opening = { part, witness, ...(meant[0] === undefined ? {} : { condition: meant[0] }) };
  if (meant.length === 0) return { ...opening, cause: bound.length > 0 ? 'beside' : 'nothing' };
  if (meant.every(isNegated)) return { ...opening, cause: 'complement' };
  const open = values.find((one) => one.open);
  if (open === undefined) return { ...opening, cause: 'nothing' };
  const { condition, value } = open;
  const cause = values.some((one) => !one.open && one.condition === condition) ? 'value' : shapeOf(trust, value);
  return { ...opening, cause, condition, value };
}

/** Whoever wrote `repo:acme*` meant acme: others show better what is wrong. */
function meantBy({ questions }: AwsTrust, values: readonly { readonly value: string }[]): TokenSet[] {
  const forms = formsOf(questions.issuer.profiles);
  return values.flatMap(({ value }) => {
    const begun = value.slice(0, Math.max(value.search(/[*?]/), 0));
    if (forms.length === 0) return [claimIn('sub', text(begun))];
    return forms.flatMap((form) => {
      const { claim, text: name = '' } = readForm(form, begun, false)?.open ?? {};
      if (claim === undefined || name === '') return [];
      return [claimIn(claim, choice(text(name), sequence(text(`${name}/`), ANY_TEXT)))];
    });
  });
}

const formsOf = (profiles: readonly IssuerProfile[]): readonly SubjectTemplate[] =>
  profiles
    .flatMap(({ variants }) => Object.values(variants))
    .flatMap(({ subject }) => (subject.kind === 'templates' ? subject.templates : subject.minted));

function bindsTenant(trust: AwsTrust, condition: Condition): boolean {
  if (!pins(condition, trust.prefix) || isDead(condition, trust)) return false;
  const claim = claimOfKey(condition.key);
  const reach: ClaimSpec['reach'] = specIn(trust, claim)?.reach;
  return claim === 'sub' || reach === 'organization' || reach === 'workload' || claim === 'enterprise_id';
}

/** Each value of the condition, and whether the statement were open with it alone. */
function valuesOf(trust: AwsTrust, part: AwsPart, condition: Condition) {
  const { statement } = part;
  const tokensWith = (value: string) => {
    // What has one value is asked about already.
    if (condition.values.length === 1) return part.tokens;
    const conditions = statement.conditions.map((one) => (one === condition ? { ...one, values: [value] } : one));
    return trust.tokensOf({ ...statement, conditions });
  };
  return condition.values.map((value) => {
    const alone = { ...part, tokens: tokensWith(value), values: 1 };
    return { condition, value, alone, open: isOpen(trust, alone) };
  });
}

/** Does the pattern stop within the tenant, or leave it out? */
function shapeOf(trust: AwsTrust, value: string): 'pattern' | 'leading' {
  const star = value.search(/[*?]/);
  const begun = value.slice(0, Math.max(star, 0));
  const further = /[^*?]/.test(value.slice(Math.max(star, 0)));
  return further && !beginsTenant(trust, begun) ? 'leading' : 'pattern';
}

function beginsTenant({ questions }: AwsTrust, begun: string): boolean {
  const { profiles } = questions.issuer;
  if (profiles.length === 0) return /[^:/|]$/.test(begun);
  return formsOf(profiles).some((form) => (readForm(form, begun, false)?.open?.text ?? '') !== '');
}
