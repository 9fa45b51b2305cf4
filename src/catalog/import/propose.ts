/** From what a role compares to admissions that might say the same. They are proposals: each is proved, or dropped. */

import { type ClaimTable, specOf } from '../../claims/claim.ts';
import { type Variant } from '../../claims/profile.ts';
import { readForm } from '../../claims/subject.ts';
import { type Matcher, fixedBeginning } from '../../trust/matcher.ts';
import { readAdmission } from '../../trust/read-admission.ts';
import { admissionArgs } from '../plan.ts';
import { type PlannedIssuer } from '../planned.ts';
import { type AdmissionEntry, type BoundEntry } from '../schema.ts';

/** Claims, each with any of these values. */
export type Bounds = Readonly<Record<string, readonly Matcher[]>>;

/** An admission of an issuer, with what it would be if it were planned. */
export interface Proposal {
  readonly issuer: PlannedIssuer;
  readonly entry: AdmissionEntry;
}

/** All admissions of an entry. */
export type Proposals = readonly [Proposal, ...Proposal[]];

/**
 * Admissions of the issuers that bind what the bounds do, best first: by claims, where `sub` can be read, then as they stand; with
 * `scope: organization` where that is what it comes to.
 */
export function propose(bounds: Bounds, issuers: readonly PlannedIssuer[]): Proposal[] {
  return issuers.flatMap((issuer) =>
    Object.entries(issuer.profile.variants).flatMap(([name, variant]) => {
      const forms = [...readSubject(bounds, variant), bounds].map((one) => withoutMarker(one, variant));
      return forms.flatMap((one) => checkedEntries(issuer, name, one));
    }),
  );
}

/** With the scope that it takes, if any does. */
function checkedEntries(issuer: PlannedIssuer, variant: string, bounds: Bounds): Proposal[] {
  const plain: AdmissionEntry = {
    issuer: issuer.name,
    ...(variant === issuer.profile.mainVariant ? {} : { variant }),
    admit: Object.fromEntries(Object.entries(bounds).map(([claim, anyOf]) => [claim, boundOf(anyOf)])),
  };
  const wide: AdmissionEntry = { ...plain, scope: 'organization' };
  const entry = [plain, wide].find((one) => readAdmission(issuer.profile, admissionArgs(one)).ok);
  return entry === undefined ? [] : [{ issuer, entry }];
}

/** As short as the catalog lets it be. */
export function boundOf(anyOf: readonly Matcher[]): BoundEntry {
  const short = (values: string[]) => (values.length === 1 ? (values[0] ?? '') : values);
  const equals = anyOf.flatMap((one) => ('equals' in one ? [one.equals] : []));
  const like = anyOf.flatMap((one) => ('like' in one ? [one.like] : []));
  if (like.length === 0) return short(equals);
  return { ...(equals.length === 0 ? {} : { equals: short(equals) }), like: short(like) };
}

/** `sub` as the claims that it is made of, for each form that it may have. */
function readSubject(bounds: Bounds, { subject }: Variant): Bounds[] {
  const { sub = [], ...others } = bounds;
  const [only, ...more] = sub;
  if (only === undefined || more.length > 0 || subject.kind === 'unknown') return [];
  const { text, complete } = fixedBeginning(only);
  // What comes after the first `*` is left to the proof: most patterns end there.
  return subject.templates.flatMap((form) => {
    const reading = readForm(form, text, complete);
    if (reading === undefined) return [];
    const { values, open } = reading;
    const begun = open === undefined || open.text === '' ? {} : { [open.claim]: [{ like: `${open.text}*` }] };
    const read = Object.fromEntries([...values].map(([claim, value]) => [claim, [{ equals: value }]]));
    const fixed = Object.fromEntries(Object.entries(form.fixed).map(([claim, value]) => [claim, [{ equals: value }]]));
    const claims = { ...fixed, ...read, ...begun, ...others };
    return Object.keys(claims).length === 0 ? [] : [claims];
  });
}

/** `environment_id: *` beside others says no more than which variant it is, and a catalog says it by `variant`. */
function withoutMarker(bounds: Bounds, { discriminator, claims }: Variant): Bounds {
  const marker = discriminator === undefined ? undefined : bounds[discriminator];
  const any = marker?.length === 1 && marker[0] !== undefined && 'like' in marker[0] && marker[0].like === '*';
  const rest = any ? Object.entries(bounds).filter(([claim]) => claim !== discriminator) : Object.entries(bounds);
  return Object.fromEntries(rest.map(([claim, anyOf]) => [claimAt(claims, claim), anyOf]));
}

/** A claim by its JSON pointer has a name in the table. */
function claimAt(table: ClaimTable, claim: string): string {
  if (!claim.startsWith('/')) return claim;
  return Object.keys(table).find((name) => specOf(table, name)?.pointer === claim) ?? claim;
}

/** Admissions that differ in the values of one claim alone are one admission. */
export function mergeProposals(proposals: readonly Proposal[]): Proposal[] {
  return proposals.reduce<Proposal[]>((merged, next) => {
    for (const [at, before] of merged.entries()) {
      const both = together(before, next);
      if (both !== undefined) return merged.with(at, both);
    }
    return [...merged, next];
  }, []);
}

function together(one: Proposal, other: Proposal): Proposal | undefined {
  const claims = Object.keys(one.entry.admit);
  const same = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);
  if (!same(headOf(one), headOf(other)) || !same(claims.toSorted(), Object.keys(other.entry.admit).sort()))
    return undefined;
  const differing = claims.filter((claim) => !same(one.entry.admit[claim], other.entry.admit[claim]));
  const [claim] = differing;
  if (claim === undefined) return one;
  if (differing.length > 1) return undefined;
  const values = [...matchersOf(one.entry.admit[claim]), ...matchersOf(other.entry.admit[claim])];
  return { ...one, entry: { ...one.entry, admit: { ...one.entry.admit, [claim]: boundOf(values) } } };
}

const headOf = ({ entry: { issuer, variant, scope } }: Proposal) => [issuer, variant, scope];

function matchersOf(bound: BoundEntry | undefined): Matcher[] {
  if (bound === undefined) return [];
  const list = (values: string | string[] | undefined) => (values === undefined ? [] : [values].flat());
  if (typeof bound === 'string' || Array.isArray(bound)) return list(bound).map((equals) => ({ equals }));
  return [...list(bound.equals).map((equals) => ({ equals })), ...list(bound.like).map((like) => ({ like }))];
}
