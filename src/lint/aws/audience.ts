/** Tokens that were meant for somebody else: an audience that is not bound, or is a pattern. */

import { operatorOf } from '../../trust/aws/operators.ts';
import { claimOfKey, isOfIssuer } from '../../trust/aws/request.ts';
import { anyCase, choice, text } from '../../trust/language/regular.ts';
import { type TokenSet, all, any, claimIn, not, present } from '../../trust/tokens/token-set.ts';
import { type Rule } from '../rule.ts';
import { shownToken } from '../witness.ts';
import { type AwsPart, type AwsTrust } from './trust.ts';

export const audience: Rule<AwsTrust> = {
  id: 'aws-audience',
  severity: 'medium',
  title: 'the audience is not bound',
  reason: 'a token that was minted for another audience, and is seen there, is replayed here',
  fix: 'add StringEquals on `aud`, with the audience that is asked for, such as sts.amazonaws.com',
  find: (trust) =>
    trust.parts.flatMap((part) => {
      const named = namedIn(trust, part);
      const witness = trust.questions.find(part.tokens, not(forOneOf(named)));
      if (witness === undefined) return [];
      const { aud } = witness.claims;
      const shown = typeof aud === 'string' ? aud : JSON.stringify(aud);
      return [
        {
          message: `${part.path} takes tokens for other audiences, such as ${shown}`,
          path: part.path,
          witness: shownToken(witness),
        },
      ];
    }),
};

interface Named {
  readonly value: string;
  readonly ignoreCase: boolean;
}

/** What the statement names; where the provider registers one audience alone, STS looks at that. */
function namedIn({ prefix, provider }: AwsTrust, { statement }: AwsPart): readonly Named[] {
  const [only, ...others] = provider?.clientIds ?? [];
  const registered = only === undefined || others.length > 0 ? [] : [{ value: only, ignoreCase: false }];
  const named = statement.conditions
    .filter(({ key }) => isOfIssuer(key, prefix) && claimOfKey(key) === 'aud')
    .flatMap(({ operator: written, values }) => {
      const comparison = operatorOf(written)?.comparison;
      const wild = comparison?.kind !== 'string' || comparison.wild;
      const ignoreCase = comparison?.kind === 'string' && !comparison.wild && comparison.ignoreCase;
      return values
        .filter((value) => !wild || !/[*?]/.test(value))
        .map((value) => ({ value: plain(value), ignoreCase }));
    });
  return [...registered, ...named];
}

/** `${*}` and its like are the characters themselves. */
const plain = (value: string): string => value.replaceAll(/\$\{([*?$])\}/g, '$1');

/** `azp` becomes the audience where it is there. */
function forOneOf(named: readonly Named[]): TokenSet {
  const language = choice(...named.map(({ value, ignoreCase }) => (ignoreCase ? anyCase(value) : text(value))));
  return any(claimIn('azp', language), all(not(present('azp')), claimIn('aud', language)));
}
