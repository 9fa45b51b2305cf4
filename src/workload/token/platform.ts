// Tokens that the platform wrote before the workload started: a file, a variable, GitLab's old job token.
import { readFile } from 'node:fs/promises';
import { setting } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';
import type { TokenSource } from './source.ts';

export const tokenFile: TokenSource = {
  name: 'token-file',
  label: 'IDP_TOKEN_FILE',
  when: 'IDP_TOKEN_FILE',
  applies: (env) => setting(env, 'IDP_TOKEN_FILE') !== undefined,
  fetch: async (_request, { env }) => await readSecretFile(setting(env, 'IDP_TOKEN_FILE') ?? '', 'IDP_TOKEN_FILE'),
};

/** For platforms that hand tokens over in a variable, such as GitLab's `id_tokens: { IDP_TOKEN: { aud: … } }`. */
export const tokenVariable: TokenSource = {
  name: 'token-variable',
  label: 'IDP_TOKEN',
  when: 'IDP_TOKEN',
  applies: (env) => setting(env, 'IDP_TOKEN') !== undefined,
  fetch: (_request, { env }) => Promise.resolve(setting(env, 'IDP_TOKEN') ?? ''),
};

/** The job token GitLab minted until version 17. It has no `aud`, so only a Vault role that binds none admits it. */
export const gitlabJob: TokenSource = {
  name: 'gitlab-job',
  label: 'CI_JOB_JWT',
  when: 'CI_JOB_JWT',
  applies: (env) => setting(env, 'CI_JOB_JWT') !== undefined,
  fetch: (request, { env }) => {
    if (request.audiences.length > 0 && !request.acceptsNoAudience) {
      throw new WorkloadFailure(
        'audience-unavailable',
        `CI_JOB_JWT is a token without an audience, and "${request.audiences.join('", "')}" is needed`,
        'AWS admits no token without an audience. Let the job ask for one: `id_tokens: { IDP_TOKEN: { aud: <audience> } }` in .gitlab-ci.yml. For Vault leave --audience out.',
      );
    }
    return Promise.resolve(setting(env, 'CI_JOB_JWT') ?? '');
  },
};

/** Reads a file that holds one secret; white space around it is dropped, since editors and `echo` add a newline. */
export async function readSecretFile(path: string, variable: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new WorkloadFailure(
      'token-source-misconfigured',
      `${variable} is ${path}, which cannot be read (${reason})`,
      'Check that the platform mounted the file and that this user may read it.',
      { cause },
    );
  });
  if (text.trim() === '') {
    throw new WorkloadFailure(
      'token-source-misconfigured',
      `${variable} is ${path}, which is empty`,
      'The platform writes this file; wait until it has, or look why it has not.',
    );
  }
  return text.trim();
}
