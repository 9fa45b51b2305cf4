/** Conditions on keys that no token of the provider has: another issuer's, or claims that AWS does not see. */

import { holdsWhenAbsent } from '../../trust/aws/condition.ts';
import { operatorOf } from '../../trust/aws/operators.ts';
import { type Condition } from '../../trust/aws/policy.ts';
import { claimOfKey, isOfIssuer } from '../../trust/aws/request.ts';
import { type Found, type Rule } from '../rule.ts';
import { shownToken } from '../witness.ts';
import { type AwsPart, type AwsTrust, isDead } from './trust.ts';

export const deadCondition: Rule<AwsTrust> = {
  id: 'aws-dead-condition',
  severity: 'medium',
  title: 'a condition on a key that the tokens do not have',
  reason: 'the key is always absent: the role is dead, or the condition always holds',
  fix: "write the key as the provider's URL without https://, a colon, and a claim that AWS sees for it",
  find: (trust) => trust.parts.flatMap((part) => findIn(trust, part)),
};

function findIn(trust: AwsTrust, part: AwsPart): Found[] {
  const providers = federatedIn(part);
  return part.statement.conditions
    .filter((condition) => isDead(condition, trust))
    .filter((condition) => !isOthers(condition, providers, trust.prefix))
    .map((condition) => describe(trust, part, condition));
}

const federatedIn = ({ statement: { principals } }: AwsPart): readonly string[] =>
  principals === '*' ? [] : (principals.Federated ?? []).map((arn) => arn.replace(/^.*:oidc-provider\//, ''));

/** Does the condition hold where the key is absent? */
function passes({ operator: written }: Condition): boolean {
  const operator = operatorOf(written);
  return operator !== undefined && holdsWhenAbsent(operator);
}

/** A statement for several providers may say of each what it says, where the others pass. */
const isOthers = (condition: Condition, providers: readonly string[], prefix: string): boolean =>
  passes(condition) && providers.some((other) => other !== prefix && isOfIssuer(condition.key, other));

function describe(trust: AwsTrust, part: AwsPart, condition: Condition): Found {
  const { key, operator } = condition;
  const what = isOfIssuer(key, trust.prefix)
    ? `AWS does not see \`${claimOfKey(key)}\` in tokens of this issuer`
    : `the keys of this provider begin with ${trust.prefix}:`;
  const holds = passes(condition);
  const witness = holds ? trust.questions.find(part.tokens) : meantBy(trust, part, condition);
  return {
    message: `\`${key}\` is never there, so ${holds ? 'the condition always holds' : 'nobody is let in'}: ${what}`,
    path: `${part.path}.Condition.${operator}`,
    ...(witness === undefined ? {} : { witness: shownToken(witness, holds) }),
  };
}

/** A token that the role would let in if its keys were of the provider. */
function meantBy(trust: AwsTrust, part: AwsPart, dead: Condition) {
  const mended = part.statement.conditions.flatMap((condition): Condition[] => {
    if (!isDead(condition, trust)) return [condition];
    const own = `${trust.prefix}:${claimOfKey(condition.key)}`;
    return isDead({ ...dead, key: own }, trust) ? [] : [{ ...condition, key: own }];
  });
  return trust.questions.find(trust.tokensOf({ ...part.statement, conditions: mended }));
}
