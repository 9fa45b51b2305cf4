/** What STS says to a token: the token by itself, then the trust policy, with every check. */

import { type Check, type Decision, type Verdict, all, any, decide, not, show } from '../decision.ts';
import { matchesWildcards } from '../matcher.ts';
import { checkCondition } from './condition.ts';
import { type Statement, TRUST_POLICY_MAXIMUM, TRUST_POLICY_QUOTA, type TrustPolicy } from './policy.ts';
import { type AwsRequest, issuerPrefix } from './request.ts';
import { checkSession, furtherActions } from './session.ts';
import { checkToken } from './token.ts';

export { type AwsRequest } from './request.ts';
export { STS_TOLERANCE } from './token.ts';

export const LOGIN_ACTION = 'sts:AssumeRoleWithWebIdentity';

/** Is the token admitted to the role with this trust policy? Token checks come before the policy, as at STS. */
export function evaluateTrustPolicy(policy: TrustPolicy, request: AwsRequest): Decision {
  const token = decide([...checkToken(request), ...checkSession(request.claims, request.roleArn)]);
  const statements = policy.statements.map((statement) => evaluateStatement(policy, statement, request));
  const trusted = isAllowed(statements, LOGIN_ACTION);
  const admitting = trusted === true ? statements.find((one) => verdictOf(one, LOGIN_ACTION) === true) : undefined;
  const shown = admitting?.checks ?? deciding(statements);
  const further = furtherActions(request.claims).map(({ action, claim }) =>
    checkFurther(action, claim, isAllowed(statements, action)),
  );
  const stored = checkQuota(policy);
  return {
    admitted: all([token.admitted, trusted, ...[...further, ...stored].map(({ verdict }) => verdict)]),
    checks: [...token.checks, ...shown, ...further, ...stored],
  };
}

/** Over its quota no policy takes effect; between the default and what it can be raised to, it does where it is stored. */
function checkQuota({ characters }: TrustPolicy): Check[] {
  if (characters <= TRUST_POLICY_QUOTA) return [];
  const verdict = characters <= TRUST_POLICY_MAXIMUM;
  return [
    {
      verdict,
      claim: 'policy',
      operator: 'quota',
      expected: `at most ${TRUST_POLICY_MAXIMUM} characters, and ${TRUST_POLICY_QUOTA} where the quota was not raised`,
      actual: `${characters} characters`,
      place: 'policy',
      ...(verdict ? {} : { advice: 'IAM cannot store it: split the role, or bind fewer values or a pattern' }),
    },
  ];
}

interface StatementOutcome {
  readonly statement: Statement;
  /** Principal and conditions; the action is another question. */
  readonly applies: Verdict;
  readonly checks: readonly Check[];
  readonly place: string;
}

/** Some Allow applies, and no Deny does (IAM User Guide, "Policy evaluation logic"). */
function isAllowed(statements: readonly StatementOutcome[], action: string): Verdict {
  const verdicts = (effect: Statement['effect']) =>
    statements.filter(({ statement }) => statement.effect === effect).map((one) => verdictOf(one, action));
  return all([any(verdicts('Allow')), not(any(verdicts('Deny')))]);
}

function verdictOf({ statement, applies }: StatementOutcome, action: string): Verdict {
  return all([coversAction(statement, action), applies]);
}

/** A Deny that applies is the one reason; a Deny that does not is none, so its checks would only mislead. */
function deciding(statements: readonly StatementOutcome[]): Check[] {
  const denies = statements.filter((one) => one.statement.effect === 'Deny' && verdictOf(one, LOGIN_ACTION) !== false);
  const refused = denies.map((one): Check => {
    const { conditions } = one.statement;
    return {
      verdict: not(verdictOf(one, LOGIN_ACTION)),
      claim: 'statement',
      operator: 'Deny',
      expected: 'no explicit Deny that applies',
      actual:
        conditions.map(({ operator, key, values }) => `${key} ${operator} ${values.join(', ')}`).join('; ') ||
        'it applies to every request',
      place: one.place,
      advice: 'an explicit Deny wins over every Allow',
    };
  });
  const allows = statements.filter(({ statement }) => statement.effect === 'Allow');
  const checks = allows.flatMap(({ checks: own }) => own);
  return [...refused, ...checks, ...(allows.length === 0 ? [NO_ALLOW] : [])];
}

const NO_ALLOW: Check = {
  verdict: false,
  claim: 'statement',
  operator: 'Allow',
  expected: 'a statement that allows',
  actual: 'none',
  place: 'Statement',
  advice: `write a statement with the effect Allow for ${LOGIN_ACTION}`,
};

function evaluateStatement(policy: TrustPolicy, statement: Statement, request: AwsRequest): StatementOutcome {
  const place = `Statement[${statement.index}]`;
  const principal = checkPrincipal(statement, request, place);
  const conditions = statement.conditions.map((condition) =>
    checkCondition(policy.version, condition, request, `${place}.Condition.${condition.operator}`),
  );
  const applies = all([principal, ...conditions].map(({ verdict }) => verdict));
  return { statement, applies, checks: [principal, checkAction(statement, place), ...conditions], place };
}

function checkPrincipal(statement: Statement, { claims }: AwsRequest, place: string): Check {
  const verdict = namesProvider(statement, issuerPrefix(claims));
  return {
    verdict,
    claim: 'iss',
    operator: statement.exceptPrincipals ? 'NotPrincipal' : 'Principal.Federated',
    expected: federatedOf(statement).join(', ') || 'no federated principal',
    actual: show(claims.iss),
    place: `${place}.${statement.exceptPrincipals ? 'NotPrincipal' : 'Principal'}`,
    ...(verdict === true ? {} : { advice: PRINCIPAL_ADVICE[String(verdict) as 'false' | 'unknown'] }),
  };
}

const PRINCIPAL_ADVICE = {
  false: 'the principal must be the OIDC provider whose URL is exactly `iss`',
  unknown: 'what this means for web identities is not documented: write Principal.Federated',
} as const;

const federatedOf = ({ principals }: Statement): readonly string[] =>
  principals === '*' ? ['*'] : (principals.Federated ?? []);

/**
 * Is the statement about tokens of the provider? `*` takes in every principal for a Deny; in an Allow it was seen not to admit web
 * identities, which is no promise, and of NotPrincipal nothing is documented.
 */
export function namesProvider({ effect, principals, exceptPrincipals }: Statement, prefix: string): Verdict {
  const everybody = effect === 'Deny' ? true : 'unknown';
  if (principals === '*') return exceptPrincipals ? false : everybody;
  const { Federated: federated, AWS: accounts } = principals;
  const named = federated?.some((arn) => arn.endsWith(`:oidc-provider/${prefix}`)) === true;
  const everyProvider = federated?.includes('*') === true;
  const everyAccount = accounts?.includes('*') === true;
  if (exceptPrincipals) return named || everyProvider || everyAccount ? false : 'unknown';
  if (named) return true;
  return everyProvider ? everybody : everyAccount && effect === 'Deny';
}

/** Names of actions count without regard to case, and may hold wildcards. */
export function coversAction({ actions, exceptActions }: Statement, action: string): boolean {
  const named = actions.some((one) => matchesWildcards(one.toLowerCase(), action.toLowerCase(), '?'));
  return named !== exceptActions;
}

function checkAction(statement: Statement, place: string): Check {
  const verdict = coversAction(statement, LOGIN_ACTION);
  const element = statement.exceptActions ? 'NotAction' : 'Action';
  return {
    verdict,
    claim: 'action',
    operator: element,
    expected: statement.actions.join(', '),
    actual: LOGIN_ACTION,
    place: `${place}.${element}`,
    ...(verdict ? {} : { advice: `allow ${LOGIN_ACTION}` }),
  };
}

function checkFurther(action: string, claim: string, verdict: Verdict): Check {
  return {
    verdict,
    claim,
    operator: 'Action',
    expected: `${action} is allowed`,
    actual: verdict === true ? 'it is' : verdict === false ? 'it is not' : 'not known here',
    place: 'Statement',
    ...(verdict === true
      ? {}
      : { advice: `the token has \`${claim}\`, so the trust policy must allow ${action} as well` }),
  };
}
