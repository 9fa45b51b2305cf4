/** `ForAllValues:` and `…IfExists`: a token without the claim passes the condition that was to bind it. */

import { holdsWhenAbsent } from '../../trust/aws/condition.ts';
import { NULL_OPERATOR, operatorOf } from '../../trust/aws/operators.ts';
import { type Condition } from '../../trust/aws/policy.ts';
import { claimOfKey, isOfIssuer } from '../../trust/aws/request.ts';
import { type Found, type Rule } from '../rule.ts';
import { isOpen } from '../trust.ts';
import { shownToken } from '../witness.ts';
import { type AwsPart, type AwsTrust, isNegated } from './trust.ts';

export const absentClaim: Rule<AwsTrust> = {
  id: 'aws-absent-claim',
  severity: 'high',
  title: 'a condition that holds where the claim is absent',
  reason: 'ForAllValues: and …IfExists hold for a request without the key, so the claim is not demanded at all',
  fix: 'write the operator without ForAllValues: and IfExists',
  find: (trust) => trust.parts.flatMap((part) => ['sub', 'aud'].flatMap((claim) => findIn(trust, part, claim))),
};

function findIn(trust: AwsTrust, part: AwsPart, claim: string): Found[] {
  const { statement } = part;
  const own = statement.conditions.filter((one) => isOfIssuer(one.key, trust.prefix) && claimOfKey(one.key) === claim);
  const loose = own.find((one) => operatorOf(one.operator) !== undefined && !isNegated(one) && holdsAbsent(one));
  if (loose === undefined || !own.every(holdsAbsent)) return [];
  const conditions = statement.conditions.filter((one) => !own.includes(one));
  const rest = { ...part, tokens: trust.tokensOf({ ...statement, conditions }) };
  // What binds the tenant by itself needs no `sub`.
  if (claim === 'sub' && !isOpen(trust, rest)) return [];
  const witness = trust.questions.find(part.tokens);
  return [
    {
      message: `${part.path} does not demand \`${claim}\`: ${loose.operator} holds without it`,
      path: `${part.path}.Condition.${loose.operator}`,
      ...(witness === undefined ? {} : { witness: shownToken(witness) }),
    },
  ];
}

function holdsAbsent({ operator: written, values }: Condition): boolean {
  const operator = operatorOf(written);
  if (operator !== undefined) return holdsWhenAbsent(operator);
  return written.toLowerCase() === NULL_OPERATOR && values.some((value) => value.toLowerCase() === 'true');
}
