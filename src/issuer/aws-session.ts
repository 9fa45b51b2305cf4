/**
 * AWS's own claims in a token: session tags, source identity and the roles that it may take (IAM User Guide, "Pass session tags
 * in AWS STS"; STS, AssumeRoleWithWebIdentity).
 */

import { type Claims } from '../claims/claims.ts';
import { type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { audiencesOf } from '../trust/aws/request.ts';
import { ROLES_CLAIM, SOURCE_IDENTITY_CLAIM, TAGS_CLAIM } from '../trust/aws/session.ts';

/** As people write it, and as it is kept. */
export interface AwsSession {
  /** From the key of a tag to the claim whose value it has; a token without the claim has no such tag. */
  readonly tags: Readonly<Record<string, string>>;
  /** Keys of tags that stay when a role takes another role. */
  readonly transitive_tag_keys: readonly string[];
  /** The claim that names who acts, in CloudTrail too; null: none. */
  readonly source_identity: string | null;
  /** ARNs of the roles that the tokens may take; null: what trust policies allow. */
  readonly roles: readonly string[] | null;
}

/** A trust policy must allow `sts:TagSession` and more for such tokens, so they are for AWS alone. */
const AUDIENCES: readonly string[] = ['sts.amazonaws.com', 'sts.amazonaws.com.cn'];

/** Limits of STS's service model. */
const TAGS_LIMIT = 50;
const KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const IDENTITY = /^[\w+=,.@-]{2,64}$/;
const ROLE = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/;

/** @param profile the organization's; undefined where it is not known */
export function checkAwsSession(session: AwsSession, profile: IssuerProfile | undefined): Problem[] {
  const { tags, transitive_tag_keys: transitive, source_identity: identity, roles } = session;
  const keys = Object.keys(tags);
  return [
    ...(keys.length > TAGS_LIMIT ? [problem(['tags'], `a session has at most ${TAGS_LIMIT} tags`)] : []),
    ...keys.flatMap((key) => [
      ...(KEY.test(key)
        ? []
        : [problem(['tags', key], 'this is no key of a tag', 'see the AWS documents on session tags')]),
      ...checkClaim(['tags', key], tags[key] ?? '', profile),
    ]),
    ...transitive.flatMap((key, index) =>
      Object.hasOwn(tags, key)
        ? []
        : [problem(['transitive_tag_keys', index], `there is no tag ${key}`, suggest(key, keys))],
    ),
    ...(identity === null ? [] : checkClaim(['source_identity'], identity, profile)),
    ...(roles ?? []).flatMap((role, index) =>
      ROLE.test(role) ? [] : [problem(['roles', index], `${role} is no ARN of a role`)],
    ),
  ];
}

function checkClaim(path: Problem['path'], claim: string, profile: IssuerProfile | undefined): Problem[] {
  if (profile === undefined) return [];
  const texts = Object.values(profile.variants).flatMap(({ claims }) =>
    Object.entries(claims).flatMap(([name, { type, pointer }]) =>
      type === 'string' && pointer === undefined ? [name] : [],
    ),
  );
  const known = [...new Set(texts)];
  if (claim === 'sub' || known.includes(claim)) return [];
  return [problem(path, `tokens of ${profile.profile} have no text \`${claim}\``, suggest(claim, known))];
}

/** The claims beside those of the token, none for other audiences. Refused where AWS would take no such value. */
export function awsSessionClaims(session: AwsSession | null, claims: Claims): Result<Claims> {
  if (session === null || !audiencesOf(claims).some((audience) => AUDIENCES.includes(audience))) return accept({});
  const present = Object.entries(session.tags).flatMap(([key, claim]): [string, string][] => {
    const value = claims[claim];
    return typeof value === 'string' ? [[key, value]] : [];
  });
  const identity = session.source_identity === null ? undefined : claims[session.source_identity];
  const problems = [
    ...present.flatMap(([key, value]) =>
      VALUE.test(value)
        ? []
        : [problem(['aws_session', 'tags', key], `AWS takes no session tag with the value ${shown(value)}`)],
    ),
    ...(identity === undefined || (typeof identity === 'string' && IDENTITY.test(identity))
      ? []
      : [problem(['aws_session', 'source_identity'], `AWS takes no source identity ${shown(identity)}`)]),
  ];
  if (problems.length > 0) return refuse(...problems);
  const transitive = session.transitive_tag_keys.filter((key) => present.some(([name]) => name === key));
  const tags = {
    principal_tags: Object.fromEntries(present.map(([key, value]) => [key, [value]])),
    ...(transitive.length > 0 ? { transitive_tag_keys: transitive } : {}),
  };
  return accept({
    ...(present.length > 0 ? { [TAGS_CLAIM]: tags } : {}),
    ...(identity === undefined ? {} : { [SOURCE_IDENTITY_CLAIM]: identity }),
    ...(session.roles === null ? {} : { [ROLES_CLAIM]: [...session.roles] }),
  });
}

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 100);
