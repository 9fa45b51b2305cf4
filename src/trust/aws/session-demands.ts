/** What a session must carry beside who it is for: tags and a source identity, which the issuer signs into the token. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { type ConstraintArgs } from '../admission.ts';
import { type Matcher } from '../matcher.ts';

/** Plain form. */
export interface SessionArgs {
  /**
   * Session tags that a token must carry, each with one of these values; other tags are refused. `like: ["*"]` takes any value, for
   * policies that read it as `aws:PrincipalTag`. @default none, and a token that carries tags is refused
   */
  tags?: Record<string, ConstraintArgs>;
  /** Source identities, of which a token must carry one. @default none, and a token that carries one is refused */
  sourceIdentity?: ConstraintArgs;
}

/** Checked: each of these must be there. */
export interface SessionDemands {
  readonly tags: readonly { readonly key: string; readonly anyOf: readonly Matcher[] }[];
  readonly sourceIdentity?: readonly Matcher[];
}

/** The actions that a trust policy must allow for them, beside the login itself (IAM: passing session tags, source identity). */
export function sessionActions(session: SessionDemands | undefined): string[] {
  return [
    ...((session?.tags.length ?? 0) > 0 ? ['sts:TagSession'] : []),
    ...(session?.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
}

/** Limits of STS: a session has at most 50 tags, a key 128 characters, a value 256 (STS, Tag; AssumeRole). */
const TAGS = 50;
const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;

/** What values and patterns can be: of a tag, and of a source identity, which has 2 to 64 characters. */
interface Shape {
  readonly value: RegExp;
  readonly pattern: RegExp;
}
const TAG: Shape = {
  value: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@*]{1,256}$/u,
};
const IDENTITY: Shape = { value: /^[\w+=,.@-]{2,64}$/, pattern: /^[\w+=,.@*-]{1,64}$/ };

/** Checks the plain form, and says everything that is wrong with it. */
export function readSessionDemands({ tags = {}, sourceIdentity }: SessionArgs): Result<SessionDemands> {
  const keys = Object.keys(tags);
  const problems = [
    ...(keys.length > TAGS ? [problem(['session', 'tags'], `a session has at most ${TAGS} tags`)] : []),
    ...keys.flatMap((key, at) => checkKey(key, keys.slice(0, at))),
    ...Object.entries(tags).flatMap(([key, wanted]) => checkWanted(['session', 'tags', key], wanted, TAG)),
    ...(sourceIdentity === undefined ? [] : checkWanted(['session', 'sourceIdentity'], sourceIdentity, IDENTITY)),
  ];
  if (problems.length > 0) return refuse(...problems);
  return accept({
    tags: Object.entries(tags).map(([key, wanted]) => ({ key, anyOf: matchersOf(wanted) })),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity: matchersOf(sourceIdentity) }),
  });
}

const matchersOf = ({ equals = [], like = [] }: ConstraintArgs): Matcher[] => [
  ...equals.map((value) => ({ equals: value })),
  ...like.map((value) => ({ like: value })),
];

function checkKey(key: string, before: readonly string[]): Problem[] {
  const path = ['session', 'tags', key];
  if (!KEY.test(key) || /^aws:/i.test(key)) {
    return [problem(path, 'this is no key of a tag', 'AWS takes 1 to 128 letters, digits, spaces and _ . : / = + - @')];
  }
  const twin = before.find((other) => other.toLowerCase() === key.toLowerCase());
  if (twin === undefined) return [];
  return [problem(path, `\`${twin}\` is the same tag: AWS does not look at the case of keys`, 'write one of them')];
}

function checkWanted(path: readonly string[], { equals = [], like = [] }: ConstraintArgs, shape: Shape): Problem[] {
  if (equals.length + like.length === 0) {
    return [problem(path, 'no value is given, so no token could match', 'write `equals`, or `like: ["*"]` for any')];
  }
  return [
    ...equals
      .filter((value) => !shape.value.test(value))
      .map((value) => problem(path, `\`${value}\` is no such value`)),
    ...like.flatMap((pattern) => {
      if (!pattern.includes('*')) {
        return [problem(path, `\`${pattern}\` has no \`*\`, so it is no pattern`, 'write it under `equals`')];
      }
      return shape.pattern.test(pattern) ? [] : [problem(path, `no value can be like \`${pattern}\``)];
    }),
  ];
}
