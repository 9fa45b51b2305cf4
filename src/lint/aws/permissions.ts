/** A federated role that may do everything, or give itself everything: one leaked token is the account. */

import { Unknown, type AwsRole } from '../../trust/resource.ts';
import { matchesWildcards } from '../../trust/matcher.ts';
import { gapsIn } from '../known.ts';
import { type Found, type RuleText } from '../rule.ts';

export const permissionsText: RuleText = {
  id: 'aws-permissions',
  severity: 'high',
  title: 'the role may do everything, or give itself everything',
  reason: 'one leaked token is the account',
  fix: 'grant the actions and resources that the workload needs, or set a permissions boundary',
};

/** Managed policies of AWS that hold `iam:*` or everything (AWS managed policy reference). */
const MANAGED = /(?:^|[:/])(?:AdministratorAccess(?:-Amplify)?|IAMFullAccess)$/;

/** An action and a role of which no policy's author thought: who allows it allows all of them. */
const EVERYTHING = 'anyservice:AnyAction';
const EVERY_IAM = 'iam:AnyAction';
const ANY_ROLE = 'arn:aws:iam::000000000000:role/any-role';

/** What the role grants too much. A boundary that is no administrator itself caps it. */
export function findPermissions({ managed, inline, boundary }: AwsRole): Found[] {
  if (typeof boundary === 'string' && boundary !== '' && !MANAGED.test(boundary)) return [];
  if (boundary instanceof Unknown) return [];
  const attached = managed
    .filter((one): one is string => typeof one === 'string' && MANAGED.test(one))
    .map((name): Found => ({ message: `${name} is attached to a role of web identities`, path: 'managed policies' }));
  return [...attached, ...inline.flatMap(({ name, document }) => findInline(name, document))];
}

function findInline(name: string, source: unknown): Found[] {
  const document = objectOf(source);
  const given: unknown = document?.Statement;
  const statements: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  const known = statements.flatMap((one) => {
    const statement = gapsIn(one).length > 0 ? undefined : objectOf(one);
    return statement === undefined ? [] : [statement];
  });
  const allowed = (action: string) =>
    known.some((one) => one.Effect === 'Allow' && covers(one, action)) &&
    !known.some((one) => one.Effect === 'Deny' && one.Condition === undefined && covers(one, action));
  const what = allowed(EVERYTHING) ? 'every action' : allowed(EVERY_IAM) ? 'every action of IAM' : undefined;
  if (what === undefined) return [];
  return [{ message: `the policy ${name} allows ${what} on every resource`, path: `policy ${name}` }];
}

function objectOf(source: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof source === 'string') {
    try {
      return objectOf(JSON.parse(source));
    } catch {
      return undefined;
    }
  }
  return typeof source === 'object' && source !== null && !Array.isArray(source)
    ? (source as Readonly<Record<string, unknown>>)
    : undefined;
}

const texts = (value: unknown): readonly string[] =>
  [value].flat().filter((one): one is string => typeof one === 'string');

function covers(
  { Action, NotAction, Resource, NotResource }: Readonly<Record<string, unknown>>,
  action: string,
): boolean {
  const matches = (patterns: unknown, value: string) =>
    texts(patterns).some((pattern) => matchesWildcards(pattern.toLowerCase(), value.toLowerCase(), '?'));
  const acts = NotAction === undefined ? matches(Action, action) : !matches(NotAction, action);
  return acts && (NotResource === undefined ? matches(Resource, ANY_ROLE) : !matches(NotResource, ANY_ROLE));
}
