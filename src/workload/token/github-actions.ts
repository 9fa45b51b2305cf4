// GitHub Actions: the runner mints a token on request.
// https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
import { z } from 'zod';
import { secureAddress } from '../address.ts';
import { setting } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';
import { parseReply } from '../json.ts';
import type { TokenRequest, TokenSource } from './source.ts';

const replySchema = z.object({ value: z.string().min(1) });
const URL_VARIABLE = 'ACTIONS_ID_TOKEN_REQUEST_URL';
const BEARER_VARIABLE = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN';
const PERMISSION =
  'Give the job the permission: `permissions: { id-token: write }`. Pull requests from forks never get it.';

export const githubActions: TokenSource = {
  name: 'github-actions',
  label: 'GitHub Actions',
  when: `a GitHub Actions job with \`id-token: write\` (${URL_VARIABLE}, ${BEARER_VARIABLE})`,
  // GITHUB_ACTIONS alone means the permission is missing: better said here than "no source found".
  applies: (env) =>
    setting(env, URL_VARIABLE) !== undefined ||
    setting(env, BEARER_VARIABLE) !== undefined ||
    (setting(env, 'GITHUB_ACTIONS') === 'true' && setting(env, 'CI_JOB_JWT') === undefined),
  fetch: async (request, { env, http }) => {
    const address = setting(env, URL_VARIABLE);
    const bearer = setting(env, BEARER_VARIABLE);
    if (address === undefined || bearer === undefined) {
      const missing = address === undefined ? URL_VARIABLE : BEARER_VARIABLE;
      throw new WorkloadFailure('token-source-misconfigured', `this GitHub Actions job has no ${missing}`, PERMISSION);
    }
    const url = requestAddress(address, request);
    const reply = await http({ method: 'GET', url, headers: { authorization: `Bearer ${bearer}` } });
    if (reply.status === 401 || reply.status === 403) {
      throw new WorkloadFailure('issuer-refused', `GitHub refused a token (HTTP ${reply.status})`, PERMISSION);
    }
    if (reply.status !== 200) {
      throw new WorkloadFailure(
        'unavailable',
        `GitHub's token service answered ${reply.status}`,
        'Run the job again; https://www.githubstatus.com says whether GitHub has an incident.',
      );
    }
    return parseReply(reply.body, replySchema, "GitHub's token service").value;
  },
};

function requestAddress(address: string, request: TokenRequest): URL {
  if (request.audiences.length > 1) {
    throw new WorkloadFailure(
      'audience-unavailable',
      `GitHub mints tokens with one audience, and ${request.audiences.length} were asked for`,
      'Ask for one token per audience.',
    );
  }
  const url = secureAddress(address, URL_VARIABLE);
  const audience = request.audiences[0];
  if (audience !== undefined) url.searchParams.set('audience', audience);
  return url;
}
