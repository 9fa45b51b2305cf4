/** All rules on a trust policy for one issuer. */

import { type TrustPolicy } from '../../trust/aws/policy.ts';
import { type Found, type RuleText, type ShownToken } from '../rule.ts';
import { AWS_RULES } from '../rules.ts';
import { undecidedText } from '../undecided.ts';
import { shownToken } from '../witness.ts';
import { type AwsTrustOptions, awsTrust, isDead } from './trust.ts';

export interface JudgedTrust {
  readonly findings: readonly (Found & { readonly rule: RuleText })[];
  readonly notes: readonly string[];
  /** A token that is let in. */
  readonly example: ShownToken | undefined;
}

export function judgeTrust(policy: TrustPolicy, prefix: string, options: AwsTrustOptions): JudgedTrust {
  const trust = awsTrust(policy, prefix, options);
  const { questions, parts } = trust;
  const found = AWS_RULES.flatMap((rule) => rule.find(trust).map((one) => ({ ...one, rule })));
  // A condition that is dead says already why nobody is let in.
  const empty = parts.filter(
    ({ tokens, statement }) =>
      questions.find(tokens) === undefined &&
      questions.undecided.size === 0 &&
      !statement.conditions.some((condition) => isDead(condition, trust)),
  );
  const undecided = [
    ...empty.map(({ path }) => ({
      path,
      message: `no token that is known of ${trust.issuer} is let in: the role is dead, or \`sub\` is made otherwise`,
    })),
    ...[...questions.undecided].map((message) => ({ path: 'trust policy', message })),
  ].map((one) => ({ ...one, rule: undecidedText }));
  const example = parts.map(({ tokens }) => questions.find(tokens)).find((one) => one !== undefined);
  return {
    findings: [...found.filter((one) => one.isNote !== true), ...undecided],
    notes: found.filter((one) => one.isNote === true).map(({ message }) => message),
    example: example === undefined ? undefined : shownToken(example),
  };
}
