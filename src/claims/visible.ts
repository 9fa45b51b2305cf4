/** Which claims AWS sees in the tokens of an issuer, by its URL alone. */

import { gitlabIdToken } from './profiles/gitlab.ts';
import { github } from './profiles/github.ts';

const WITH_KEYS = [github(), gitlabIdToken({ url: 'https://gitlab.com' })];

/** Claims beside `aud` and `sub` for which AWS has condition keys: of the genuine GitHub and gitlab.com, else none. */
export function awsClaimsOf(issuer: string): readonly string[] {
  return WITH_KEYS.find((profile) => profile.issuer === issuer)?.awsClaims ?? [];
}
