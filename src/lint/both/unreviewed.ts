/** Code that nobody has reviewed: pull requests, any branch, any environment. Of GitHub alone is it the repository's own token. */

import { text } from '../../trust/language/regular.ts';
import { type TokenSet, all, claimIn, not, present } from '../../trust/tokens/token-set.ts';
import { type Found, type Rule } from '../rule.ts';
import { type Part, type Trust, boundParts, profileNames, specIn } from '../trust.ts';
import { shownToken } from '../witness.ts';

/** A name of which no author thought: whoever lets it in lets in every name. */
const ANY_NAME = 'not-reviewed';

export const unreviewed: Rule<Trust> = {
  id: 'unreviewed-code',
  severity: 'high',
  title: 'code that nobody has reviewed',
  reason: 'whoever may push a branch or open a pull request runs with the role, before anyone has looked',
  fix: 'bind a protected branch (`:ref:refs/heads/main`), a tag, or an environment with protection rules',
  find: (trust) => {
    if (!profileNames(trust).includes('github') || specIn(trust, 'event_name') === undefined) return [];
    return boundParts(trust).flatMap((part) => findIn(trust, part));
  },
};

const KINDS: readonly { readonly what: string; readonly tokens: TokenSet }[] = [
  {
    what: 'pull requests',
    tokens: all(not(present('environment')), claimIn('event_name', text('pull_request'))),
  },
  {
    what: 'every branch',
    tokens: all(
      not(present('environment')),
      not(claimIn('event_name', text('pull_request'))),
      claimIn('ref', text(`refs/heads/${ANY_NAME}`)),
    ),
  },
  { what: 'every environment, also one that a branch makes up', tokens: claimIn('environment', text(ANY_NAME)) },
];

function findIn(trust: Trust, part: Part): Found[] {
  const { questions } = trust;
  const anyWorkflow = questions.find(
    part.tokens,
    claimIn('job_workflow_ref', text(`${ANY_NAME}/x/.github/workflows/x.yml@refs/heads/${ANY_NAME}`)),
  );
  if (anyWorkflow === undefined) return [];
  const found = KINDS.flatMap(({ what, tokens }) => {
    const witness = questions.find(part.tokens, tokens);
    return witness === undefined ? [] : [{ what, witness }];
  });
  const [first] = found;
  if (first === undefined) return [];
  return [
    {
      message: `${part.path} lets in ${found.map(({ what }) => what).join(', ')}`,
      path: part.path,
      witness: shownToken(first.witness),
    },
  ];
}
