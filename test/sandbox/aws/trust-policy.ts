/** A role's trust policy against one request for one action: IAM's evaluation, written from AWS's documents only. */
import { z } from 'zod';
import type { Context } from './condition-keys.ts';
import { PolicyError, failingCondition } from './conditions.ts';
import { matches, piecesOf } from './policy-pattern.ts';

export interface TrustQuestion {
  /** `sts:AssumeRoleWithWebIdentity`, `sts:TagSession` or `sts:SetSourceIdentity`. */
  readonly action: string;
  /** The ARN of the OIDC provider that vouches for the caller. */
  readonly provider: string;
  readonly context: Context;
}

/** `allow` and `deny` name the statement; `none` says of each statement why it does not apply. */
export type TrustDecision =
  | { readonly effect: 'allow'; readonly statement: number }
  | { readonly effect: 'deny'; readonly statement: number }
  | { readonly effect: 'none'; readonly reasons: readonly string[] };

const scalar = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const oneOrMore = z.union([z.array(scalar), scalar.transform((value) => [value])]);
const Principal = z.union([z.literal('*'), z.record(z.string(), oneOrMore)]);
const Statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: Principal.optional(),
    NotPrincipal: Principal.optional(),
    Action: oneOrMore.optional(),
    NotAction: oneOrMore.optional(),
    Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).optional(),
  })
  .refine((it) => (it.Action === undefined) !== (it.NotAction === undefined), 'exactly one of Action and NotAction')
  .refine(
    (it) => (it.Principal === undefined) !== (it.NotPrincipal === undefined),
    'exactly one of Principal and NotPrincipal',
  );
const Policy = z.object({
  Version: z.enum(['2012-10-17', '2008-10-17']).default('2008-10-17'),
  Statement: z.union([z.array(Statement), Statement.transform((one) => [one])]),
});

type Statement = z.infer<typeof Statement>;

export function evaluateTrust(document: string, question: TrustQuestion): TrustDecision {
  const policy = parsePolicy(document);
  if (typeof policy === 'string') return { effect: 'none', reasons: [policy] };
  const options = { context: question.context, variables: policy.Version === '2012-10-17' };
  const reasons: string[] = [];
  let allowed: number | undefined;
  for (const [index, statement] of policy.Statement.entries()) {
    const reason = whyNot(statement, question, options);
    if (reason !== undefined) reasons.push(`statement ${index}: ${reason}`);
    else if (statement.Effect === 'Deny') return { effect: 'deny', statement: index };
    else allowed ??= index;
  }
  return allowed === undefined ? { effect: 'none', reasons } : { effect: 'allow', statement: allowed };
}

function parsePolicy(document: string): z.infer<typeof Policy> | string {
  try {
    return Policy.parse(JSON.parse(document));
  } catch (error) {
    return `malformed policy: ${error instanceof Error ? error.message : String(error)}`;
  }
}

type Options = Parameters<typeof failingCondition>[1];

/** Why a statement does not apply to the request, or nothing when it does. */
function whyNot(statement: Statement, { action, provider }: TrustQuestion, options: Options): string | undefined {
  const { Effect, Principal: principal, NotPrincipal: others, Action, NotAction, Condition = {} } = statement;
  if (Action !== undefined && !namesAction(Action, action)) return `Action does not name ${action}`;
  if (NotAction !== undefined && namesAction(NotAction, action)) return `NotAction names ${action}`;
  if (principal !== undefined && !namesPrincipal(principal, provider, Effect))
    return `Principal does not name ${provider}`;
  if (others !== undefined && namesPrincipal(others, provider, Effect)) return `NotPrincipal names ${provider}`;
  try {
    const failure = failingCondition(Condition, options);
    if (failure === undefined) return undefined;
    const { operator, key, wanted, actual } = failure;
    return `${operator} ${key}: wants ${JSON.stringify(wanted)}, has ${JSON.stringify(actual ?? null)}`;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    // IAM would not have stored it; so that nothing is admitted, an Allow fails and a Deny holds.
    return Effect === 'Deny' ? undefined : error.message;
  }
}

/** Actions are case-insensitive and may hold wildcards. */
const namesAction = (patterns: readonly string[], action: string): boolean =>
  patterns.some((pattern) => {
    const pieces = piecesOf(pattern.toLowerCase(), { context: new Map(), variables: false });
    return pieces !== undefined && matches(pieces, action.toLowerCase());
  });

/**
 * Federated principals are exact: a `*` inside an ARN is no wildcard. "Everybody" (`"*"` or `{"AWS": "*"}`) does not admit OIDC
 * (observed); in a Deny it does mean everybody, as AWS documents, so both readings refuse.
 */
function namesPrincipal(principal: z.infer<typeof Principal>, provider: string, effect: Statement['Effect']): boolean {
  if (principal === '*') return effect === 'Deny';
  if (effect === 'Deny' && principal.AWS?.includes('*') === true) return true;
  return principal.Federated?.some((name) => name === '*' || name === provider) === true;
}
