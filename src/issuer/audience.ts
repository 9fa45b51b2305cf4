/** Audiences: which may be asked for, and how the profile writes them. */

import { type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { type AudienceForm } from '../claims/profile.ts';

/** AWS takes client ids of up to 255 characters (IAM AddClientIDToOpenIDConnectProvider). */
const LIMIT = 255;

/** More relying parties than anybody logs in to with one token. */
export const AUDIENCES_LIMIT = 10;

export function checkAudience(audience: string): Problem[] {
  if (audience.length >= 1 && audience.length <= LIMIT && /^[\x21-\x7e]+$/.test(audience)) return [];
  return [problem([], `an audience has 1 to ${LIMIT} visible ASCII characters`)];
}

/** `aud`, with `azp` where the profile has it (OpenID Connect Core 1.0, section 2). */
export interface AudienceClaims {
  readonly aud?: string | readonly string[];
  readonly azp?: string;
}

type Writer = (audiences: readonly [string, ...string[]]) => Result<AudienceClaims>;

const WRITERS: Readonly<Record<Exclude<AudienceForm, 'none'>, Writer>> = {
  array: (audiences) => accept({ aud: audiences }),
  'array-with-azp': (audiences) => accept({ aud: audiences, azp: audiences[0] }),
  string: (audiences) =>
    audiences.length === 1
      ? accept({ aud: audiences[0] })
      : refuse(problem(['audience'], 'tokens of this profile have one audience', 'ask for one token for each')),
};

/**
 * The audience claims of a token. A profile without audiences has none whatever is asked for: its clients ask for the
 * usual one without knowing the profile, and see in the token that there is none.
 * @param allowed the organization's audiences; null: any
 */
export function audienceClaims(
  form: AudienceForm,
  asked: readonly string[],
  allowed: readonly string[] | null,
): Result<AudienceClaims> {
  if (form === 'none') return accept({});
  const [first, ...rest] = new Set(asked);
  if (first === undefined) {
    return refuse(problem(['audience'], 'no audience was asked for', 'name the relying party, e.g. sts.amazonaws.com'));
  }
  const audiences: readonly [string, ...string[]] = [first, ...rest];
  if (audiences.length > AUDIENCES_LIMIT) {
    return refuse(problem(['audience'], `a token has at most ${AUDIENCES_LIMIT} audiences`));
  }
  const problems = audiences.flatMap((audience) => [
    ...checkAudience(audience),
    ...(allowed === null || allowed.includes(audience)
      ? []
      : [problem([], 'the organization does not allow this audience', `it allows: ${allowed.join(', ')}`)]),
  ]);
  return problems.length > 0 ? refuse(...problems) : WRITERS[form](audiences);
}
