/** What STS says to a token: provider, times, then the trust policy, with every check. */

import { type Claims } from '../../claims/claims.ts';
import { type Check, type Decision, type Verdict, all, any, decide, not, show } from '../decision.ts';
import { matchesWildcards } from '../matcher.ts';
import { type Condition, type Statement, type TrustPolicy } from './policy.ts';

/** STS takes times that are this much off, in seconds. */
export const STS_TOLERANCE = 300;

export interface AwsRequest {
  readonly claims: Claims;
  /** Header of the token; absent where only claims are known. */
  readonly header?: { readonly alg?: string; readonly kid?: string };
  /** Claims that AWS sees for this issuer beside `aud` and `sub`. Default: none. */
  readonly visible?: readonly string[];
  /** Client ids of the IAM OIDC provider; absent where they are not known. */
  readonly clientIds?: readonly string[];
  /** Seconds since 1970; absent where times are not to be judged. */
  readonly now?: number;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** Is the token admitted to the role with this trust policy? Token checks come before the policy, as at STS. */
export function evaluateTrustPolicy(policy: TrustPolicy, request: AwsRequest): Decision {
  const token = [...checkToken(request), ...checkTimes(request)];
  const statements = policy.statements.map((statement) => evaluateStatement(policy, statement, request));
  const allows = statements.filter(({ effect }) => effect === 'Allow');
  const denies = statements.filter(({ effect }) => effect === 'Deny');
  const policyVerdict = all([
    any(allows.map(({ verdict }) => verdict)),
    not(any(denies.map(({ verdict }) => verdict))),
  ]);
  const admitting = allows.find(({ verdict }) => verdict === true);
  const shown =
    policyVerdict === true && admitting !== undefined ? admitting.checks : statements.flatMap(({ checks }) => checks);
  const tokens = decide(token);
  return { admitted: all([tokens.admitted, policyVerdict]), checks: [...token, ...shown] };
}

function checkToken({ claims, header, clientIds }: AwsRequest): Check[] {
  const required = ['iss', 'sub', 'aud', 'iat', 'exp'].map((claim): Check => {
    const present = claims[claim] !== undefined;
    return {
      verdict: present,
      claim,
      operator: 'required',
      expected: 'present',
      actual: show(claims[claim]),
      place: 'token',
    };
  });
  const missing = required.filter(({ verdict }) => verdict === false);
  const algorithm: Check[] =
    header?.alg === undefined
      ? []
      : [
          {
            verdict: ALGORITHMS.includes(header.alg),
            claim: 'alg',
            operator: 'one of',
            expected: ALGORITHMS.join(', '),
            actual: header.alg,
            place: 'token header',
          },
        ];
  return [...missing, ...algorithm, ...checkAudience(claims, clientIds)];
}

/** `azp` alone decides where it is there; several audiences without it are refused. */
function checkAudience(claims: Claims, clientIds: readonly string[] | undefined): Check[] {
  const audiences = audiencesOf(claims);
  if (claims.azp === undefined && audiences.length > 1) {
    return [
      {
        verdict: false,
        claim: 'aud',
        operator: 'single',
        expected: 'one audience, or `azp` beside several',
        actual: show(audiences),
        place: 'token',
      },
    ];
  }
  const effective = audienceKey(claims);
  if (clientIds === undefined || effective === undefined) return [];
  const advice = `ask for another audience, e.g. --audience ${clientIds[0] ?? ''}, or register this one at the provider`;
  return [
    {
      verdict: effective.some((value) => clientIds.includes(value)),
      claim: 'aud',
      operator: 'registered',
      expected: clientIds.join(', '),
      actual: effective.join(', '),
      place: 'OIDC provider',
      advice,
    },
  ];
}

function audiencesOf(claims: Claims): string[] {
  const { aud } = claims;
  if (typeof aud === 'string') return [aud];
  return Array.isArray(aud) ? aud.filter((value) => typeof value === 'string') : [];
}

function audienceKey(claims: Claims): string[] | undefined {
  if (typeof claims.azp === 'string') return [claims.azp];
  const audiences = audiencesOf(claims);
  return audiences.length > 0 ? audiences : undefined;
}

function checkTimes({ claims, now }: AwsRequest): Check[] {
  if (now === undefined) return [];
  const rows: readonly [string, string, (time: number) => boolean, string][] = [
    ['exp', 'after', (time) => now < time + STS_TOLERANCE, 'get a new token: this one has expired'],
    ['nbf', 'not after', (time) => time <= now + STS_TOLERANCE, 'check the clocks of the issuer and of this machine'],
    ['iat', 'not after', (time) => time <= now + STS_TOLERANCE, 'check the clocks of the issuer and of this machine'],
  ];
  return rows.flatMap(([claim, operator, holds, advice]): Check[] => {
    const time = claims[claim];
    if (time === undefined) return [];
    const verdict = typeof time === 'number' && Number.isInteger(time) && holds(time);
    const expected = `${operator} ${now} (now, with ${STS_TOLERANCE} s of tolerance)`;
    return [
      {
        verdict,
        claim,
        operator: 'time',
        expected,
        actual: show(time),
        place: 'token',
        ...(verdict ? {} : { advice }),
      },
    ];
  });
}

interface StatementOutcome {
  readonly effect: 'Allow' | 'Deny';
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
}

function evaluateStatement(policy: TrustPolicy, statement: Statement, request: AwsRequest): StatementOutcome {
  const place = `Statement[${statement.index}]`;
  const checks: Check[] = [
    {
      verdict: principalAdmits(statement, request),
      claim: 'iss',
      operator: 'Principal.Federated',
      expected: statement.federated.join(', ') || 'no federated principal',
      actual: show(request.claims.iss),
      place: `${place}.Principal`,
      advice: 'the principal must be the OIDC provider whose URL is exactly `iss`',
    },
    {
      verdict: statement.actions.some((action) => matchesWildcards(action.toLowerCase(), ACTION.toLowerCase(), '?')),
      claim: 'action',
      operator: 'Action',
      expected: statement.actions.join(', '),
      actual: ACTION,
      place: `${place}.Action`,
    },
    ...statement.beyond.map((element): Check => ({
      verdict: 'unknown',
      claim: element,
      operator: element,
      expected: '?',
      actual: '?',
      place,
    })),
    ...statement.conditions.map((condition) =>
      checkCondition(policy, condition, request, `${place}.Condition.${condition.operator}`),
    ),
  ];
  return { effect: statement.effect, verdict: all(checks.map(({ verdict }) => verdict)), checks };
}

function principalAdmits(statement: Statement, { claims }: AwsRequest): Verdict {
  const issuer = typeof claims.iss === 'string' ? claims.iss.replace(/^https:\/\//, '') : '';
  return statement.federated.some((arn) => arn === '*' || arn.endsWith(`:oidc-provider/${issuer}`));
}

/** Values of a condition key in this request; undefined where the key is absent. */
function keyValues(key: string, { claims, visible = [] }: AwsRequest): readonly string[] | undefined {
  const issuer = typeof claims.iss === 'string' ? claims.iss.replace(/^https:\/\//, '') : '';
  const prefix = `${issuer}:`.toLowerCase();
  if (!key.toLowerCase().startsWith(prefix)) return undefined;
  const claim = key.slice(prefix.length).toLowerCase();
  if (claim === 'aud') return audienceKey(claims);
  if (claim === 'oaud') return claims.azp === undefined ? undefined : audiencesOf(claims);
  if (![...ALWAYS_VISIBLE, ...visible].includes(claim)) return undefined;
  const value = claims[claim];
  if (Array.isArray(value)) return value.map(String);
  return value === undefined || value === null || typeof value === 'object' ? undefined : [String(value)];
}

const ALWAYS_VISIBLE = ['sub', 'amr', 'email'];

type Compare = (pattern: string, value: string) => boolean;

/** The string operators of IAM; each other operator is answered with unknown. */
const OPERATORS: Readonly<Record<string, { readonly compare: Compare; readonly negated: boolean }>> = {
  stringequals: { compare: (pattern, value) => pattern === value, negated: false },
  stringnotequals: { compare: (pattern, value) => pattern === value, negated: true },
  stringequalsignorecase: {
    compare: (pattern, value) => pattern.toLowerCase() === value.toLowerCase(),
    negated: false,
  },
  stringnotequalsignorecase: {
    compare: (pattern, value) => pattern.toLowerCase() === value.toLowerCase(),
    negated: true,
  },
  stringlike: { compare: (pattern, value) => matchesWildcards(pattern, value, '?'), negated: false },
  stringnotlike: { compare: (pattern, value) => matchesWildcards(pattern, value, '?'), negated: true },
};

function checkCondition(policy: TrustPolicy, condition: Condition, request: AwsRequest, place: string): Check {
  const values = keyValues(condition.key, request);
  const advice = deadKey(condition.key, request) ?? adviceFor(condition, values);
  return {
    verdict: judge(policy, condition, values),
    claim: condition.key,
    operator: condition.operator,
    expected: condition.values.join(', '),
    actual: values === undefined ? 'absent' : values.join(', '),
    place,
    ...(advice === undefined ? {} : { advice }),
  };
}

function judge(policy: TrustPolicy, condition: Condition, values: readonly string[] | undefined): Verdict {
  const parsed = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/i.exec(condition.operator);
  const set = parsed?.[1]?.toLowerCase();
  const name = (parsed?.[2] ?? '').toLowerCase();
  if (name === 'null')
    return condition.values.some((wanted) => (wanted.toLowerCase() === 'true') === (values === undefined));
  const operator = OPERATORS[name];
  if (operator === undefined || /^(?:aws|sts):/i.test(condition.key)) return 'unknown';
  if (values === undefined)
    return parsed?.[3] !== undefined || set === 'forallvalues' || (operator.negated && set !== 'foranyvalue');
  if (policy.version === '2012-10-17' && condition.values.some((value) => /\$\{(?![*?$]\})/.test(value)))
    return 'unknown';
  const one = (value: string): boolean =>
    condition.values.some((pattern) => compareLiteral(operator.compare, name, pattern, value, policy)) !==
    operator.negated;
  if (set === 'forallvalues') return values.every(one);
  if (set === undefined && operator.negated) return values.every(one);
  return values.some(one);
}

/** `${*}`, `${?}` and `${$}` stand for the characters themselves; private-use characters carry them past matching. */
function compareLiteral(compare: Compare, name: string, pattern: string, value: string, policy: TrustPolicy): boolean {
  if (policy.version !== '2012-10-17' || !pattern.includes('${')) return compare(pattern, value);
  const marks = [
    ['*', '\uE000'],
    ['?', '\uE001'],
    ['$', '\uE002'],
  ] as const;
  const hide = (text: string) => marks.reduce((at, [character, mark]) => at.replaceAll(character, mark), text);
  const kept = marks.reduce((at, [character, mark]) => at.replaceAll(`\${${character}}`, mark), pattern);
  const wild = name.endsWith('like');
  return compare(wild ? kept.replaceAll('$', '\uE002') : hide(kept), hide(value));
}

/** Why a condition on this key can never be what its author meant. */
function deadKey(key: string, request: AwsRequest): string | undefined {
  const claim = key.slice(key.lastIndexOf(':') + 1).toLowerCase();
  const issuer = typeof request.claims.iss === 'string' ? request.claims.iss.replace(/^https:\/\//, '') : '';
  if (key.includes(':') && !key.toLowerCase().startsWith(`${issuer}:`.toLowerCase())) {
    if (/^(?:aws|sts):/i.test(key)) return undefined;
    return `dead: this key is of another issuer; the keys of this one begin with ${issuer}:`;
  }
  if (claim === 'azp') return 'dead: AWS has no key `azp`; the value of `azp` becomes `aud`: test that';
  if (claim === 'amr' && request.claims.amr === undefined) return 'dead: the token has no `amr`';
  if (['aud', 'oaud', ...ALWAYS_VISIBLE, ...(request.visible ?? [])].includes(claim)) return undefined;
  return `dead: AWS does not see \`${claim}\` in tokens of this issuer; put it into \`sub\`, or send it as a session tag`;
}

function adviceFor(condition: Condition, values: readonly string[] | undefined): string | undefined {
  if (!/:(?:sub|aud)$/i.test(condition.key) || values === undefined) return undefined;
  const wildcard = condition.values.some((value) => value.includes('*')) && /StringEquals/i.test(condition.operator);
  if (wildcard) return 'in StringEquals a `*` is itself: write StringLike for a pattern';
  return condition.key.endsWith(':aud')
    ? 'ask for the audience that the policy expects'
    : 'compare with the token (idp token --decode); letters count in their case';
}
