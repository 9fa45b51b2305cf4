/** What is not known, or not decided, is said: silence would pass for an answer. */

import { type Gap } from './known.ts';
import { type Found, type RuleText } from './rule.ts';

export const undecidedText: RuleText = {
  id: 'undecided',
  severity: 'medium',
  title: 'not decided',
  reason: 'what is not known here may let anybody in',
  fix: 'give the document once the value is known, declare the issuer in a catalog, or write what can be decided',
};

export const undecidedGap = ({ path, why }: Gap): Found => ({
  message: `${path === '' ? 'it' : `\`${path}\``} is not known: ${why}`,
  path,
});
