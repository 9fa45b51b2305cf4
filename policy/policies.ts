/** The rules of `idp lint` as policies of Pulumi: one for each rule, and one that reads the settings and what resources were asked to be. */

import type { EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import { type RuleText, type Severity } from '../src/lint/rule.ts';
import { RULES } from '../src/lint/rules.ts';
import { Review, unreadableText } from './review.ts';
import { SETTINGS_SCHEMA, type TrustSettings } from './settings.ts';

export interface TrustPolicyOptions {
  /** @default none; the policy configuration of a stack goes before them */
  readonly settings?: TrustSettings;
  /** The day, as YYYY-MM-DD. @default the machine's, in UTC */
  readonly today?: () => string;
}

/** What a violation does unless a stack configures it otherwise. */
const LEVELS: Readonly<Record<Severity, EnforcementLevel>> = {
  critical: 'mandatory',
  high: 'mandatory',
  medium: 'advisory',
  low: 'advisory',
};

export const SETTINGS_POLICY = 'trust-settings';

/** New policies with one review among them: a pack takes all of them, in any order. */
export function trustPolicies({
  settings = {},
  today = () => new Date().toISOString().slice(0, 10),
}: TrustPolicyOptions = {}): (ResourceValidationPolicy | StackValidationPolicy)[] {
  const review = new Review({ settings, today });
  return [settingsPolicy(review), ...[...RULES, unreadableText].map((rule) => rulePolicy(rule, review))];
}

function settingsPolicy(review: Review): ResourceValidationPolicy {
  return {
    name: SETTINGS_POLICY,
    displayName: 'Settings of the trust policies',
    description: 'Reads the settings, and what resources are asked to be, for the other policies. It reports nothing.',
    enforcementLevel: 'advisory',
    configSchema: { properties: SETTINGS_SCHEMA },
    validateResource: (resource) => {
      review.configure(resource.getConfig<TrustSettings>());
      review.expect(resource.urn, resource.type, resource.props);
    },
  };
}

/** Who is let in depends on providers, mounts and attachments too: so a rule looks at the stack, and reports on its resources. */
function rulePolicy({ id, severity, title, fix }: RuleText, review: Review): StackValidationPolicy {
  return {
    name: id,
    displayName: title,
    description: title,
    severity,
    enforcementLevel: LEVELS[severity],
    remediationSteps: fix,
    validateStack: (args, report) => {
      for (const { message, urn } of review.of(id, args)) report(message, urn);
    },
  };
}
