/** The rules on a trust policy, asked once for all policies of a shape. */

import { evaluateTrustPolicy } from '../../trust/aws/evaluate.ts';
import { TRUST_POLICY_QUOTA, type TrustPolicy } from '../../trust/aws/policy.ts';
import { type Claims } from '../../claims/claims.ts';
import { type ShownToken } from '../rule.ts';
import { type Names, namesIn, wordsOf } from '../shape.ts';
import { type JudgedTrust, judgeTrust } from './judge.ts';
import { type AwsTrustOptions } from './trust.ts';
import { awsClaimsOf } from '../../claims/visible.ts';

export class TrustShapes {
  readonly #known = new Map<string, JudgedTrust>();
  readonly #words = new Map<string, ReadonlySet<string>>();

  judge(policy: TrustPolicy, prefix: string, options: AwsTrustOptions): JudgedTrust {
    const names = this.#namesOf(policy, prefix, options);
    if (names === undefined) return judgeTrust(policy, prefix, options);
    const shape = renamed(policy, names);
    const { provider, declared } = options;
    const key = JSON.stringify([shape.version, shape.statements, prefix, provider, declared]);
    const known = this.#known.get(key) ?? judgeTrust(shape, prefix, options);
    this.#known.set(key, known);
    const judged = restored(known, names);
    return isTrueOf(policy, prefix, judged) ? judged : judgeTrust(policy, prefix, options);
  }

  #namesOf({ statements }: TrustPolicy, prefix: string, { spaces, tenants = [] }: AwsTrustOptions): Names | undefined {
    const conditions = statements.flatMap((statement) => statement.conditions);
    // Names that differ in the case alone may be the same to these.
    if (conditions.some(({ operator }) => /IgnoreCase/i.test(operator))) return undefined;
    const words =
      this.#words.get(prefix) ??
      wordsOf(
        spaces.profilesOf(`https://${prefix}`),
        tenants.map(({ tenant }) => tenant),
      );
    this.#words.set(prefix, words);
    return namesIn(
      conditions.flatMap(({ values }) => values),
      words,
    );
  }
}

function renamed(policy: TrustPolicy, { rename }: Names): TrustPolicy {
  const statements = policy.statements.map((statement) => ({
    ...statement,
    conditions: statement.conditions.map((condition) => ({ ...condition, values: condition.values.map(rename) })),
  }));
  return { ...policy, statements, characters: 0 };
}

const restored = ({ findings, notes, example }: JudgedTrust, { restore }: Names): JudgedTrust => ({
  findings: findings.map(({ rule, ...found }) => ({ ...restore(found), rule })),
  notes: restore(notes),
  // Of most roles nobody asks.
  get example() {
    return restore(example);
  },
});

/** Is each token let in, or refused, as it is said to be? */
function isTrueOf(policy: TrustPolicy, prefix: string, { findings }: JudgedTrust): boolean {
  if (policy.characters > TRUST_POLICY_QUOTA) return false;
  const visible = awsClaimsOf(`https://${prefix}`);
  const agrees = ({ claims, admitted, given }: ShownToken) =>
    evaluateTrustPolicy(policy, { claims: claims as Claims, visible }).admitted ===
    (given.length > 0 ? 'unknown' : admitted);
  return findings.every(({ witness }) => witness === undefined || agrees(witness));
}
