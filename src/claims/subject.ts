/** The grammar of `sub`: how an issuer computes it from other claims, and how to read it back. */

import { type Claims, claimValue } from './claims.ts';
import { type ClaimTable } from './claim.ts';
import { type Result, accept, problem, refuse } from './problem.ts';

/** AWS and most relying parties take at most 255 characters (OpenID Connect Core 1.0, section 2). */
export const SUBJECT_LIMIT = 255;

export type SubjectPart =
  | { readonly literal: string }
  | {
      /** The claim whose value stands here. */
      readonly claim: string;
      /** Characters of the value that the issuer percent-encodes. */
      readonly encode: string;
      /** Only the part of the value before or after its first `/`. */
      readonly slice?: 'before-slash' | 'after-slash';
    };

/** One form of `sub`, and for which tokens it is the one. */
export interface SubjectTemplate {
  readonly parts: readonly SubjectPart[];
  /** Claims that such tokens have. */
  readonly present: readonly string[];
  /** Claims that such tokens lack. */
  readonly absent: readonly string[];
  /** Claims that have one certain value in such tokens. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Claims that have another value than this in such tokens. Default: none. */
  readonly except?: Readonly<Record<string, string>>;
}

export type SubjectGrammar =
  | { readonly kind: 'templates'; readonly templates: readonly SubjectTemplate[] }
  /** Not documented by the issuer, so nothing is compiled from it. `minted` is what the kit's own issuer writes. */
  | { readonly kind: 'unknown'; readonly why: string; readonly minted: readonly SubjectTemplate[] };

/** Percent-encodes the given characters of a value (RFC 3986, section 2.1). */
export function encodeValue(value: string, characters: string): string {
  if (!Array.from(characters).some((character) => value.includes(character))) return value;
  return Array.from(value, (character) =>
    characters.includes(character) ? encodeURIComponent(character).replace('*', '%2A') : character,
  ).join('');
}

export function sliceValue(value: string, slice: 'before-slash' | 'after-slash' | undefined): string {
  if (slice === undefined) return value;
  const at = value.indexOf('/');
  if (at < 0) return value;
  return slice === 'before-slash' ? value.slice(0, at) : value.slice(at + 1);
}

/** `key:value:key:value` over the claims, in their order; the separator and `%` are percent-encoded in values. */
export function keyValueParts(claims: readonly string[], separator = ':'): SubjectPart[] {
  return claims.flatMap((claim, index): SubjectPart[] => [
    { literal: `${index === 0 ? '' : separator}${claim}${separator}` },
    { claim, encode: `%${separator}` },
  ]);
}

/** A template in which every claim it is made of must be present. */
export function template(
  parts: readonly SubjectPart[],
  rest: Partial<Omit<SubjectTemplate, 'parts'>> = {},
): SubjectTemplate {
  const used = parts.flatMap((part) => ('claim' in part ? [part.claim] : []));
  return {
    parts,
    present: [...new Set([...used, ...(rest.present ?? [])])],
    absent: rest.absent ?? [],
    fixed: rest.fixed ?? {},
    ...(rest.except === undefined ? {} : { except: rest.except }),
  };
}

/**
 * One template for each way in which the optional fields can be there or not: an issuer includes a field only for
 * principals that have it.
 */
export function keyValueTemplates(
  head: readonly string[],
  fields: readonly string[],
  table: ClaimTable,
  rest: Partial<Omit<SubjectTemplate, 'parts'>> = {},
): SubjectTemplate[] {
  const added = fields.filter((field) => !head.includes(field) && field in table);
  const optional = added.filter((field) => table[field]?.presence === 'sometimes' && !rest.present?.includes(field));
  const choices = optional.reduce<string[][]>((sets, field) => sets.flatMap((set) => [[...set, field], set]), [[]]);
  return choices.map((present) => {
    const missing = optional.filter((field) => !present.includes(field));
    const used = [...head, ...added.filter((field) => !missing.includes(field))];
    return template(keyValueParts(used), { ...rest, absent: [...(rest.absent ?? []), ...missing] });
  });
}

/** Is the template the one for a token with these claims? */
function applies(form: SubjectTemplate, claims: Claims, table: ClaimTable): boolean {
  return (
    form.present.every((claim) => claimValue(claims, claim, table) !== undefined) &&
    form.absent.every((claim) => claimValue(claims, claim, table) === undefined) &&
    Object.entries(form.fixed).every(([claim, value]) => claimValue(claims, claim, table) === value) &&
    Object.entries(form.except ?? {}).every(([claim, value]) => claimValue(claims, claim, table) !== value)
  );
}

/**
 * Computes `sub` from a token's other claims. Refuses what does not fit 255 characters, and never cuts: a cut subject
 * is somebody else's.
 */
export function renderSubject(grammar: SubjectGrammar, claims: Claims, table: ClaimTable): Result<string> {
  const templates = grammar.kind === 'unknown' ? grammar.minted : grammar.templates;
  const form = templates.find((candidate) => applies(candidate, claims, table));
  if (form === undefined) return refuse(problem(['sub'], 'no form of `sub` is known for a token with these claims'));
  const text = form.parts
    .map((part) => {
      if ('literal' in part) return part.literal;
      const value = claimValue(claims, part.claim, table);
      return encodeValue(sliceValue(typeof value === 'string' ? value : '', part.slice), part.encode);
    })
    .join('');
  if (text.length > SUBJECT_LIMIT) {
    return refuse(
      problem(
        ['sub'],
        `the subject would have ${text.length} characters, and ${SUBJECT_LIMIT} is the limit`,
        'put fewer or shorter claims into `sub`',
      ),
    );
  }
  return accept(text);
}

/** What a subject, or the beginning of one, says of the claims that it is made of. */
export interface SubjectReading {
  readonly values: Map<string, string>;
  /** The value in the middle of which the beginning ends: it begins with this text. */
  readonly open?: { readonly claim: string; readonly text: string };
}

/**
 * Reads a subject by one template, or the literal beginning of a pattern: `organization_id:X:project_id:*` fixes
 * `organization_id` = `X`. Undefined where the text does not fit the template.
 */
export function readForm(form: SubjectTemplate, text: string, complete: boolean): SubjectReading | undefined {
  const values = new Map<string, string>();
  let rest = text;
  for (const [index, part] of form.parts.entries()) {
    if ('literal' in part) {
      if (!rest.startsWith(part.literal)) return !complete && part.literal.startsWith(rest) ? { values } : undefined;
      rest = rest.slice(part.literal.length);
      continue;
    }
    const end = endOfValue(rest, form.parts[index + 1], complete);
    const value = rest.slice(0, end);
    if (part.slice === 'before-slash' && value.includes('/')) return undefined;
    // A separator that the issuer encodes in values is none of this value's, so the text has another form.
    if (Array.from(part.encode).some((character) => character !== '%' && value.includes(character))) return undefined;
    if (end === undefined) {
      if (complete) return undefined;
      return part.slice === undefined ? { values, open: { claim: part.claim, text: value } } : { values };
    }
    if (part.slice === undefined) values.set(part.claim, decodeValue(value, part.encode));
    rest = rest.slice(end);
  }
  return rest === '' || !complete ? { values } : undefined;
}

/** The values that a subject, or the literal beginning of a pattern, fixes by one template. */
export function readSubject(form: SubjectTemplate, text: string, complete: boolean): Map<string, string> | undefined {
  return readForm(form, text, complete)?.values;
}

/** GitHub documents that it encodes `:` in values; of the other issuers it is only the kit's own that does for certain. */
export function isKnownToEncode(encode: string): boolean {
  return encode === ':';
}

/** How a form of `sub` looks, for people: `repo:<repository>:ref:<ref>`. */
export function describeForm(form: SubjectTemplate): string {
  return form.parts.map((part) => ('literal' in part ? part.literal : `<${part.claim}>`)).join('');
}

/** Where the value at the beginning of the text ends; undefined where the text does not fix it. */
function endOfValue(text: string, next: SubjectPart | undefined, complete: boolean): number | undefined {
  if (next === undefined || !('literal' in next)) return complete ? text.length : undefined;
  const at = text.indexOf(next.literal);
  if (at >= 0) return at;
  if (complete) return undefined;
  const cut = Array.from({ length: next.literal.length - 1 }, (_, index) => next.literal.slice(0, index + 1));
  const begun = cut.reverse().find((beginning) => text.endsWith(beginning));
  return begun === undefined ? undefined : text.length - begun.length;
}

function decodeValue(value: string, encoded: string): string {
  return Array.from(encoded).reduceRight(
    (text, character) => text.replaceAll(encodeValue(character, character), character),
    value,
  );
}
