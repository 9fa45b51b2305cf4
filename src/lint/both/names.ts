/** Names that somebody else can have later, where the target sees ids that nobody else gets. */

import { type Found, type Rule, type RuleText } from '../rule.ts';
import { markersOf } from '../tenants.ts';
import { type Trust, boundParts, profileNames } from '../trust.ts';
import { shownToken } from '../witness.ts';

/** Ids that no policy can name beforehand. */
const OF_ONE_RUN = ['pipeline_id', 'job_id', 'run_id'];

/** Parts that are bound, but by names alone. Where the target sees no id that is a note: nothing better can be written. */
function findNames(trust: Trust): Found[] {
  const { profiles } = trust.questions.issuer;
  const ids = markersOf(profiles, 'immutable').map(({ claim }) => claim);
  const seen = ids.filter((claim) => trust.sees(claim) && !OF_ONE_RUN.includes(claim));
  return boundParts(trust).flatMap((part): Found[] => {
    const witness = ids.length === 0 ? undefined : trust.questions.spread(part.tokens, 'immutable', part.values);
    if (witness === undefined) return [];
    if (seen.length === 0) {
      const message = `${part.path} binds names that can be reused, and ${trust.target} sees no id of this issuer's`;
      return [{ message, path: part.path, isNote: true }];
    }
    const message = `${part.path} binds names that can be reused, and not ${seen.join(', ')}`;
    return [{ message, path: part.path, witness: shownToken(witness) }];
  });
}

const isGitlab = (trust: Trust): boolean => profileNames(trust).some((name) => name.startsWith('gitlab'));

const nameRule = (text: RuleText, applies: (trust: Trust) => boolean): Rule<Trust> => ({
  ...text,
  find: (trust) => (applies(trust) ? findNames(trust) : []),
});

export const reusableName: Rule<Trust> = nameRule(
  {
    id: 'reusable-name',
    severity: 'high',
    title: 'bound by name alone',
    reason: 'after a rename or a deletion somebody else registers the name, and is let in',
    fix: 'bind the immutable id as well, e.g. `repository_id` and `repository_owner_id`, or the form of `sub` that has them',
  },
  (trust) => !isGitlab(trust),
);

export const reusablePath: Rule<Trust> = nameRule(
  {
    id: 'gitlab-reusable-path',
    severity: 'high',
    title: 'bound by a path of GitLab alone',
    reason: 'the path of a project or group that was moved or deleted can be taken by somebody else',
    fix: 'bind `project_id` or `namespace_id`, or have `sub` made of them',
  },
  isGitlab,
);
