// Comments (notes) of a merge request at GitLab.
// https://docs.gitlab.com/api/notes/#merge-requests
import { z } from 'zod';
import { type ApiOptions, openApi } from './api.ts';
import type { CodeHost } from './host.ts';

/** Characters (GitLab, Notes API: `body`). */
export const GITLAB_LARGEST = 1_000_000;

export interface GitLabMerge {
  /** e.g. https://gitlab.example.com/api/v4 */
  readonly api: URL;
  readonly project: number;
  /** Within the project (`iid`). */
  readonly number: number;
}

const noteSchema = z.object({ id: z.number(), body: z.string(), author: z.object({ id: z.number() }) });
const userSchema = z.object({ id: z.number() });

const HINTS = {
  401: 'Check GITLAB_TOKEN: it may have expired.',
  403: 'GITLAB_TOKEN needs the scope api, and in the project the role Reporter or higher.',
  404: 'Check that the project is the one that GITLAB_TOKEN was made for.',
};

export function gitlabHost(merge: GitLabMerge, token: string, options: Pick<ApiOptions, 'http' | 'wait'>): CodeHost {
  const api = openApi({ ...options, headers: { 'private-token': token }, token, hints: HINTS });
  const base = merge.api.href.replace(/\/+$/, '');
  const notes = new URL(`${base}/projects/${merge.project}/merge_requests/${merge.number}/notes`);
  return {
    ownComments: async () => {
      const { id: own } = await api.read(new URL(`${base}/user`), userSchema);
      const all = await api.list(new URL('?sort=asc&order_by=created_at&per_page=100', notes), noteSchema);
      return all.filter(({ author }) => author.id === own).map(({ id, body }) => ({ id: String(id), body }));
    },
    create: async (body) => {
      await api.write('POST', notes, { body });
    },
    update: async (id, body) => {
      const done = await api.write('PUT', new URL(`${notes.href}/${id}`), { body });
      return done === 'gone' ? 'gone' : 'updated';
    },
  };
}
