/** The claims in AWS's own namespace: which roles a token may take, and the tags and source identity of its session. */

import { type Claims } from '../../claims/claims.ts';
import { type Check, show } from '../decision.ts';

const NAMESPACE = 'https://aws.amazon.com/';
export const TAGS_CLAIM = `${NAMESPACE}tags`;
export const SOURCE_IDENTITY_CLAIM = `${NAMESPACE}source_identity`;
export const ROLES_CLAIM = `${NAMESPACE}roles`;

export interface Session {
  /** ARNs of the roles that the token may take; undefined where the issuer leaves that to trust policies. */
  readonly roles: readonly string[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
  /** What is malformed, so that STS refuses the token. */
  readonly problems: readonly { readonly claim: string; readonly expected: string }[];
}

const NONE: Session = {
  roles: undefined,
  tags: {},
  transitiveTagKeys: [],
  sourceIdentity: undefined,
  problems: [],
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** Limits of STS's service model. */
const LIMITS = { tags: 50, key: 128, value: 256 } as const;

export function readSession(claims: Claims): Session {
  const { [TAGS_CLAIM]: tags, [SOURCE_IDENTITY_CLAIM]: identity, [ROLES_CLAIM]: roles } = claims;
  if (tags === undefined && identity === undefined && roles === undefined) return NONE;
  const problems: Session['problems'][number][] = [];
  const read = <T>(claim: string, value: unknown, parse: (value: unknown) => T | undefined, expected: string) => {
    const parsed = parse(value);
    if (value !== undefined && parsed === undefined) problems.push({ claim, expected });
    return parsed;
  };
  const tagged = read(TAGS_CLAIM, tags, parseTags, 'principal_tags, a map of lists of one text, at most 50 of them');
  const sourceIdentity = read(SOURCE_IDENTITY_CLAIM, identity, parseIdentity, '2 to 64 of A-Z a-z 0-9 _ + = , . @ -');
  const named = read(ROLES_CLAIM, roles, parseRoles, 'a list of ARNs');
  return { ...NONE, ...tagged, sourceIdentity, roles: named, problems };
}

function parseTags(value: unknown): Pick<Session, 'tags' | 'transitiveTagKeys'> | undefined {
  if (!isObject(value) || !isObject(value.principal_tags)) return undefined;
  const transitive = value.transitive_tag_keys ?? [];
  const entries = Object.entries(value.principal_tags);
  const fits = entries.every(
    ([key, values]) =>
      key.length >= 1 &&
      key.length <= LIMITS.key &&
      isTexts(values) &&
      values.length === 1 &&
      (values[0]?.length ?? 0) <= LIMITS.value,
  );
  if (!fits || entries.length > LIMITS.tags || !isTexts(transitive)) return undefined;
  const tags = Object.fromEntries(entries.map(([key, values]) => [key, (values as readonly string[])[0] ?? '']));
  return { tags, transitiveTagKeys: transitive };
}

function parseIdentity(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w+=,.@-]{2,64}$/.test(value) ? value : undefined;
}

function parseRoles(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return isTexts(value) ? value : undefined;
}

/** The actions that the trust policy must allow beside the login itself, and which claim asks for each. */
export function furtherActions(claims: Claims): { readonly action: string; readonly claim: string }[] {
  const { tags, sourceIdentity } = readSession(claims);
  return [
    ...(Object.keys(tags).length > 0 ? [{ action: 'sts:TagSession', claim: TAGS_CLAIM }] : []),
    ...(sourceIdentity === undefined ? [] : [{ action: 'sts:SetSourceIdentity', claim: SOURCE_IDENTITY_CLAIM }]),
  ];
}

/** STS looks at the roles that the token names before it looks at any trust policy. */
export function checkSession(claims: Claims, roleArn: string | undefined): Check[] {
  const { roles, problems } = readSession(claims);
  const malformed = problems.map(({ claim, expected }): Check => ({
    verdict: false,
    claim,
    operator: 'type',
    expected,
    actual: show(claims[claim]),
    place: 'token',
    advice: 'the issuer must write it in the form that STS reads',
  }));
  if (roles === undefined) return malformed;
  const verdict = roleArn === undefined ? 'unknown' : roles.includes(roleArn);
  const check: Check = {
    verdict,
    claim: ROLES_CLAIM,
    operator: 'one of',
    expected: roles.join(', '),
    actual: roleArn ?? 'which role is not known here',
    place: 'token',
    ...(verdict === true ? {} : { advice: 'the token may take only these roles: ask the issuer to name this one' }),
  };
  return [...malformed, check];
}
