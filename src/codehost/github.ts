// Comments of a pull request at GitHub, github.com or a server of one's own.
// https://docs.github.com/rest/issues/comments
import { z } from 'zod';
import { type ApiOptions, openApi } from './api.ts';
import type { CodeHost } from './host.ts';

/** Characters (GitHub says «body is too long (maximum is 65536 characters)»). */
export const GITHUB_LARGEST = 65_536;

export interface GitHubPull {
  /** e.g. https://api.github.com */
  readonly api: URL;
  /** e.g. https://api.github.com/graphql */
  readonly graphql: URL;
  /** owner/name */
  readonly repository: string;
  readonly number: number;
}

const commentSchema = z.object({
  id: z.number(),
  body: z.string().nullish(),
  // Null where the account was deleted.
  user: z.object({ login: z.string() }).nullable(),
});
const viewerSchema = z.object({ data: z.object({ viewer: z.object({ login: z.string() }) }) });

const HINTS = {
  401: 'Check GITHUB_TOKEN.',
  403: 'Give the job the permission: `permissions: { pull-requests: write }`.',
  404: 'Check GITHUB_REPOSITORY, and that the token may see the pull request.',
};

export function githubHost(pull: GitHubPull, token: string, options: Pick<ApiOptions, 'http' | 'wait'>): CodeHost {
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
  };
  const api = openApi({ ...options, headers, token, hints: HINTS });
  const at = (path: string) => new URL(`${pull.api.href.replace(/\/+$/, '')}/repos/${pull.repository}/issues/${path}`);
  const comments = at(`${pull.number}/comments`);
  return {
    ownComments: async () => {
      // The token of a job may not read /user; this answers every kind of token.
      const { data } = await api.read(pull.graphql, viewerSchema, { query: 'query { viewer { login } }' });
      const all = await api.list(new URL('?per_page=100', comments), commentSchema);
      return all
        .filter(({ user }) => user?.login === data.viewer.login)
        .map(({ id, body }) => ({ id: String(id), body: body ?? '' }));
    },
    create: async (body) => {
      await api.write('POST', comments, { body });
    },
    update: async (id, body) => {
      const done = await api.write('PATCH', at(`comments/${id}`), { body });
      return done === 'gone' ? 'gone' : 'updated';
    },
  };
}
