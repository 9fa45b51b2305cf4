/** What STS checks of a token before it looks at any trust policy: claims, algorithm, audience, times. */

import { type Claims } from '../../claims/claims.ts';
import { type Check, show } from '../decision.ts';
import { type AwsRequest, audienceKey, authorizedParty } from './request.ts';

/** STS takes times that are this much off, in seconds. */
export const STS_TOLERANCE = 300;

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

const REQUIRED = ['iss', 'sub', 'aud', 'iat', 'exp'];

/** The checks of the token by itself, of which only failures and what was compared are shown. */
export function checkToken(request: AwsRequest): Check[] {
  const { claims, header, provider } = request;
  return [
    ...checkRequired(claims),
    ...checkTexts(claims),
    ...checkAlgorithm(header?.alg),
    ...checkKeyId(header),
    ...(provider === null ? [unregistered(claims)] : checkAudience(claims, provider?.clientIds)),
    ...checkTimes(request),
  ];
}

function checkRequired(claims: Claims): Check[] {
  return REQUIRED.filter((claim) => claims[claim] === undefined || claims[claim] === null).map((claim) => ({
    verdict: false,
    claim,
    operator: 'required',
    expected: 'present',
    actual: 'absent',
    place: 'token',
    advice: `STS takes no token without \`${claim}\`: the issuer must put it in`,
  }));
}

/** Of `iss`, `sub` and each audience: text, and not the empty one. */
function checkTexts(claims: Claims): Check[] {
  return (['iss', 'sub', 'aud'] as const).flatMap((claim): Check[] => {
    const value = claims[claim];
    if (value === undefined || value === null) return [];
    const list: readonly unknown[] = claim === 'aud' && Array.isArray(value) ? value : [value];
    const first = list[0];
    if (typeof first === 'string' && !list.includes('')) return [];
    const advice = claim === 'aud' ? 'ask for an audience: idp token --audience' : 'the issuer must write a text';
    return [
      { verdict: false, claim, operator: 'type', expected: 'a text', actual: show(value), place: 'token', advice },
    ];
  });
}

/** STS takes no token that does not name its key (observed). */
function checkKeyId(header: AwsRequest['header']): Check[] {
  if (header === undefined || (header.kid !== undefined && header.kid !== '')) return [];
  const advice = 'the issuer must put `kid` into the header';
  return [
    {
      verdict: false,
      claim: 'kid',
      operator: 'required',
      expected: 'present',
      actual: 'absent',
      place: 'token header',
      advice,
    },
  ];
}

function checkAlgorithm(alg: string | undefined): Check[] {
  if (alg === undefined) return [];
  const verdict = ALGORITHMS.includes(alg);
  return [
    {
      verdict,
      claim: 'alg',
      operator: 'one of',
      expected: ALGORITHMS.join(', '),
      actual: alg,
      place: 'token header',
      ...(verdict ? {} : { advice: 'the issuer must sign with one of these' }),
    },
  ];
}

function unregistered({ iss }: Claims): Check {
  return {
    verdict: false,
    claim: 'iss',
    operator: 'registered',
    expected: 'the URL of an IAM OIDC provider of the account',
    actual: show(iss),
    place: 'OIDC provider',
    advice: 'create a provider whose URL is exactly `iss`, or take a token of an issuer that has one',
  };
}

/** `azp` alone decides where it is there; several audiences without it are refused. */
function checkAudience(claims: Claims, clientIds: readonly string[] | undefined): Check[] {
  const { aud } = claims;
  if (authorizedParty(claims) === undefined && Array.isArray(aud) && aud.length > 1) {
    const advice = 'ask for one audience at a time: STS takes several only beside `azp`';
    return [
      {
        verdict: false,
        claim: 'aud',
        operator: 'single',
        expected: 'one audience, or `azp` beside several',
        actual: show(aud),
        place: 'token',
        advice,
      },
    ];
  }
  const audience = audienceKey(claims)?.[0];
  if (clientIds === undefined || audience === undefined) return [];
  const verdict = clientIds.includes(audience);
  const advice = `${clientIds[0] === undefined ? '' : `ask for another audience: --audience ${clientIds[0]}, or `}register this one at the provider`;
  return [
    {
      verdict,
      claim: 'aud',
      operator: 'registered',
      expected: clientIds.join(', ') || 'no audience is registered',
      actual: audience,
      place: 'OIDC provider',
      ...(verdict ? {} : { advice }),
    },
  ];
}

interface TimeRule {
  readonly claim: string;
  readonly operator: string;
  readonly holds: (time: number, now: number) => boolean;
  readonly advice: string;
}

const CLOCKS = 'check the clocks of the issuer and of this machine';

const hasBegun: TimeRule['holds'] = (time, now) => time <= now + STS_TOLERANCE;

const TIMES: readonly TimeRule[] = [
  {
    claim: 'exp',
    operator: 'after',
    holds: (time, now) => now < time + STS_TOLERANCE,
    advice: 'get a new token: this one has expired',
  },
  { claim: 'nbf', operator: 'not after', holds: hasBegun, advice: CLOCKS },
  { claim: 'iat', operator: 'not after', holds: hasBegun, advice: CLOCKS },
];

const isWhole = (value: unknown): value is number => Number.isInteger(value);

function checkTimes({ claims, now }: AwsRequest): Check[] {
  if (now === undefined) return [];
  return TIMES.flatMap(({ claim, operator, holds, advice }): Check[] => {
    const time = claims[claim];
    if (time === undefined) return [];
    const whole = isWhole(time);
    const verdict = whole && holds(time, now);
    const expected = `${operator} ${now} (now, with ${STS_TOLERANCE} s of tolerance)`;
    return [
      {
        verdict,
        claim,
        operator: 'time',
        expected,
        actual: show(time),
        place: 'token',
        ...(verdict ? {} : { advice: whole ? advice : 'the issuer must write whole seconds since 1970' }),
      },
    ];
  });
}
