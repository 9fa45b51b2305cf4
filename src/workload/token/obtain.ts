// Getting a token: the first source that applies decides, and says why it failed. It never falls through to the next,
// because a login with another identity than the one configured is worse than none.
import { WorkloadFailure } from '../failure.ts';
import { audiencesOf, decodeToken, type DecodedToken } from './decode.ts';
import { githubActions } from './github-actions.ts';
import { ownIssuer } from './own-issuer.ts';
import { gitlabJob, tokenFile, tokenVariable } from './platform.ts';
import type { SourceName, TokenPorts, TokenRequest, TokenSource } from './source.ts';

/** In order of precedence: what somebody set up for this kit comes before what a platform has anyway. */
export const TOKEN_SOURCES: readonly TokenSource[] = [tokenFile, tokenVariable, ownIssuer, githubActions, gitlabJob];

export interface ObtainedToken extends DecodedToken {
  readonly source: SourceName;
}

/** Obtains a token that has every requested audience. Throws a `WorkloadFailure`. */
export async function obtainToken(request: TokenRequest, ports: TokenPorts): Promise<ObtainedToken> {
  const source = TOKEN_SOURCES.find((candidate) => candidate.applies(ports.env));
  if (source === undefined) {
    throw new WorkloadFailure(
      'no-token-source',
      'this environment offers no token',
      `Set one of these, first one wins:\n${TOKEN_SOURCES.map(({ when }) => `  - ${when}`).join('\n')}`,
    );
  }
  const token = decodeToken(await source.fetch(request, ports), source.label);
  requireAudiences(token, request, source);
  return { ...token, source: source.name };
}

function requireAudiences(token: DecodedToken, request: TokenRequest, source: TokenSource): void {
  const present = audiencesOf(token.claims);
  if (present.length === 0 && request.acceptsNoAudience) return;
  const missing = request.audiences.filter((audience) => !present.includes(audience));
  if (missing.length === 0) return;
  throw new WorkloadFailure(
    'audience-unavailable',
    `the token of ${source.label} is for ${present.length === 0 ? 'no audience' : `"${present.join('", "')}"`}, not for "${missing.join('", "')}"`,
    'Have the platform mint it for that audience, or pass --audience with one that it has and that the other side trusts.',
  );
}
