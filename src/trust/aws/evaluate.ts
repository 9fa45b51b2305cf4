/** What STS says to a token: the token by itself, then the trust policy, with every check. */

import { type Check, type Decision, type Verdict, all, any, decide, not, show } from '../decision.ts';
import { matchesWildcards } from '../matcher.ts';
import { checkCondition } from './condition.ts';
import { type Statement, type TrustPolicy } from './policy.ts';
import { type AwsRequest, issuerPrefix } from './request.ts';
import { checkToken } from './token.ts';

export { type AwsRequest } from './request.ts';
export { STS_TOLERANCE } from './token.ts';

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** Is the token admitted to the role with this trust policy? Token checks come before the policy, as at STS. */
export function evaluateTrustPolicy(policy: TrustPolicy, request: AwsRequest): Decision {
  const token = decide(checkToken(request));
  const statements = policy.statements.map((statement) => evaluateStatement(policy, statement, request));
  const allows = statements.filter(({ effect }) => effect === 'Allow');
  const denies = statements.filter(({ effect }) => effect === 'Deny');
  const allowed = any(allows.map(({ verdict }) => verdict));
  const denied = any(denies.map(({ verdict }) => verdict));
  const trusted = all([allowed, not(denied)]);
  const admitting = allows.find(({ verdict }) => verdict === true);
  const shown = trusted === true && admitting !== undefined ? admitting.checks : deciding(statements);
  return { admitted: all([token.admitted, trusted]), checks: [...token.checks, ...shown] };
}

interface StatementOutcome {
  readonly effect: 'Allow' | 'Deny';
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly place: string;
}

/** A Deny that matches is the one reason; a Deny that does not match is none, so its checks would only mislead. */
function deciding(statements: readonly StatementOutcome[]): Check[] {
  const denies = statements.filter(({ effect, verdict }) => effect === 'Deny' && verdict !== false);
  const refused = denies.map(({ verdict, place, checks }): Check => {
    const keys = checks.map(({ claim, operator, expected }) => `${claim} ${operator} ${expected}`);
    return {
      verdict: verdict === true ? false : 'unknown',
      claim: 'statement',
      operator: 'Deny',
      expected: 'no explicit Deny that applies',
      actual: keys.slice(2).join('; ') || 'it applies to every request',
      place,
      advice: 'an explicit Deny wins over every Allow',
    };
  });
  return [...refused, ...statements.flatMap(({ effect, checks }) => (effect === 'Allow' ? checks : []))];
}

function evaluateStatement(policy: TrustPolicy, statement: Statement, request: AwsRequest): StatementOutcome {
  const place = `Statement[${statement.index}]`;
  const principal = principalAdmits(statement, request);
  const checks: Check[] = [
    {
      verdict: principal,
      claim: 'iss',
      operator: 'Principal.Federated',
      expected: statement.federated.join(', ') || 'no federated principal',
      actual: show(request.claims.iss),
      place: `${place}.Principal`,
      ...(principal === true ? {} : { advice: 'the principal must be the OIDC provider whose URL is exactly `iss`' }),
    },
    checkAction(statement, `${place}.Action`),
    ...statement.beyond.map((element): Check => ({
      verdict: 'unknown',
      claim: element,
      operator: element,
      expected: '?',
      actual: '?',
      place,
      advice: `what ${element} means for web identities is not documented: write Principal.Federated and Action`,
    })),
    ...statement.conditions.map((condition) =>
      checkCondition(policy.version, condition, request, `${place}.Condition.${condition.operator}`),
    ),
  ];
  return { effect: statement.effect, verdict: all(checks.map(({ verdict }) => verdict)), checks, place };
}

function checkAction({ actions }: Statement, place: string): Check {
  const verdict = actions.some((action) => matchesWildcards(action.toLowerCase(), ACTION.toLowerCase(), '?'));
  return {
    verdict,
    claim: 'action',
    operator: 'Action',
    expected: actions.join(', '),
    actual: ACTION,
    place,
    ...(verdict ? {} : { advice: `allow ${ACTION}` }),
  };
}

/** `*` takes in every principal for a Deny; in an Allow it was seen not to admit web identities, which is no promise. */
function principalAdmits({ effect, federated }: Statement, { claims }: AwsRequest): Verdict {
  const provider = `:oidc-provider/${issuerPrefix(claims)}`;
  if (federated.some((arn) => arn.endsWith(provider))) return true;
  if (!federated.includes('*')) return false;
  return effect === 'Deny' ? true : 'unknown';
}
