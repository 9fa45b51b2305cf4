/** The tokens that an issuer can mint, from its profile. */

import { type Alphabet, type ClaimSpec, type ClaimTable, mayHold, specOf } from '../../claims/claim.ts';
import { type IssuerProfile, type Variant } from '../../claims/profile.ts';
import { type SubjectPart, type SubjectTemplate, isKnownToEncode } from '../../claims/subject.ts';
import { ALPHABET_LANGUAGES } from '../language/alphabets.ts';
import { ANY_TEXT, choice, text } from '../language/regular.ts';
import { mintWith } from './mint.ts';
import { type Part, type TokenCase, type TokenSpace, type Variable } from './space.ts';
import { all, claimIn, not } from './token-set.ts';

/** Registered claims of which any value can be minted. */
const FREE: readonly string[] = ['exp', 'iat', 'nbf', 'jti'];

export interface SpaceOptions {
  /** An audience that reads well in a witness. Default: `audience.example`. */
  readonly audience?: string;
}

/** All tokens of the issuer, what its own documents leave open included: of that, what the kit's issuer mints comes first. */
export function spaceOf(issuer: IssuerProfile, options: SpaceOptions = {}): TokenSpace {
  const cases = Object.entries(issuer.variants).flatMap(([name, variant]) => {
    const { subject } = variant;
    const templates = subject.kind === 'unknown' ? subject.minted : subject.templates;
    return templates.map((template) => ({ name, variant, template }));
  });
  const raw = cases.flatMap((one) => {
    const template = withoutEncoding(one.variant, one.template);
    return template === undefined ? [] : [{ ...one, template }];
  });
  return [...cases, ...raw].map(({ name, variant, template }) => caseOf(issuer, name, variant, template, options));
}

const tableOf = (variant: Variant): ClaimTable => ({ ...variant.facts, ...variant.claims });

/** The template of an issuer that does not encode, where it is not known that it does and that makes a difference. */
function withoutEncoding(variant: Variant, template: SubjectTemplate): SubjectTemplate | undefined {
  const table = tableOf(variant);
  const matters = (part: SubjectPart): boolean => {
    if (!('claim' in part) || isKnownToEncode(part.encode)) return false;
    const alphabet = specOf(table, part.claim)?.alphabet ?? 'text';
    return Array.from(part.encode).some((character) => canHold(alphabet, character));
  };
  if (!template.parts.some(matters)) return undefined;
  return { ...template, parts: template.parts.map((part) => ('claim' in part ? { ...part, encode: '' } : part)) };
}

const canHold = (alphabet: Alphabet, character: string): boolean =>
  character === '%' ? ['ref', 'email', 'url', 'text'].includes(alphabet) : mayHold(alphabet, character);

function caseOf(
  issuer: IssuerProfile,
  name: string,
  variant: Variant,
  template: SubjectTemplate,
  { audience = 'audience.example' }: SpaceOptions,
): TokenCase {
  const variables = new Map<string, Variable>();
  const made = new Map<string, readonly Part[]>();
  const table = tableOf(variant);
  const define = (claim: string): readonly Part[] => {
    const known = made.get(claim);
    if (known !== undefined) return known;
    const composed = variant.composed?.[claim];
    const fixed = template.fixed[claim];
    const parts: readonly Part[] =
      fixed !== undefined ? [fixed] : composed === undefined ? [free(claim)] : composed.flatMap(composedPart(claim));
    made.set(claim, parts);
    return parts;
  };
  const free = (claim: string): Part => {
    const spec = specOf(table, claim);
    variables.set(claim, { ...variableOf(spec), name: claim, presence: presenceOf(claim, spec, template) });
    return { variable: claim, encode: '' };
  };
  const composedPart = (claim: string) => (part: string | { readonly claim: string } | { readonly name: Alphabet }) => {
    if (typeof part === 'string') return [part];
    if ('claim' in part) return define(part.claim);
    const own = `name of ${claim}`;
    variables.set(own, { name: own, language: ALPHABET_LANGUAGES[part.name], type: 'string', presence: 'always' });
    return [{ variable: own, encode: '' }];
  };
  const claims = new Map<string, readonly Part[]>([['iss', [issuer.issuer]]]);
  for (const [claim, spec] of Object.entries<ClaimSpec>(variant.claims)) {
    if (template.absent.includes(claim)) continue;
    claims.set(spec.pointer ?? claim, define(claim));
  }
  claims.set(
    'sub',
    template.parts.flatMap((part) => ('literal' in part ? [part.literal] : written(define(part.claim), part))),
  );
  if (issuer.audience !== 'none') {
    variables.set('aud', {
      name: 'aud',
      language: ALPHABET_LANGUAGES.text,
      type: 'string',
      presence: 'always',
      example: audience,
    });
    claims.set('aud', [{ variable: 'aud', encode: '' }]);
    if (issuer.audience === 'array-with-azp') claims.set('azp', [{ variable: 'aud', encode: '' }]);
  }
  const objects = Object.entries<ClaimSpec>(variant.claims).filter(
    ([, { type }]) => type === 'object' || type === 'objects',
  );
  // A claim of the table that such a token lacks is not there under its pointer either.
  const pointers = Object.values<ClaimSpec>(variant.claims).map(({ pointer }) => pointer);
  return {
    variant: name,
    variables,
    claims,
    assume: all(...Object.entries(template.except ?? {}).map(([claim, value]) => not(claimIn(claim, text(value))))),
    isFree: (claim) =>
      FREE.includes(claim) ||
      (!pointers.includes(claim) && objects.some(([object]) => claim.startsWith(`/${object}/`))),
    mint: mintWith({ issuer, variant, variables, claims, hidden: Object.keys(variant.facts ?? {}) }),
  };
}

/** The parts of a claim as they stand in `sub`. */
function written(
  parts: readonly Part[],
  { encode, slice }: Extract<SubjectPart, { readonly claim: string }>,
): readonly Part[] {
  const slash = parts.indexOf('/');
  const sliced =
    slice === undefined ? parts : slice === 'before-slash' ? parts.slice(0, slash) : parts.slice(slash + 1);
  return sliced.map((part) => (typeof part === 'string' ? part : { ...part, encode }));
}

const FLAG = choice(text('true'), text('false'));

function variableOf(spec: ClaimSpec | undefined): Omit<Variable, 'name' | 'presence'> {
  const { type = 'string', alphabet = 'text' } = spec ?? {};
  if (type === 'boolean') return { language: FLAG, type: 'boolean' };
  if (type === 'object' || type === 'objects') return { language: ANY_TEXT, type: 'object' };
  return { language: ALPHABET_LANGUAGES[alphabet], type: 'string', ...(type === 'strings' ? { many: 'list' } : {}) };
}

function presenceOf(claim: string, spec: ClaimSpec | undefined, template: SubjectTemplate): Variable['presence'] {
  return template.present.includes(claim) ? 'always' : (spec?.presence ?? 'always');
}

/** Tokens of an issuer of which nothing is known but that they have what a token must have. */
export function genericSpace(issuer?: string): TokenSpace {
  const required = ['sub', 'aud', ...(issuer === undefined ? ['iss'] : [])];
  const variables = new Map(
    required.map((name): [string, Variable] => [
      name,
      { name, language: ANY_TEXT, type: 'string', presence: 'always' },
    ]),
  );
  const claims = new Map<string, readonly Part[]>(required.map((name) => [name, [{ variable: name, encode: '' }]]));
  if (issuer !== undefined) claims.set('iss', [issuer]);
  const isFree = (claim: string) => !claims.has(claim);
  return [
    { variant: 'any', variables, claims, assume: all(), isFree, mint: mintWith({ variables, claims, hidden: [] }) },
  ];
}
