/** GitLab's API as far as notes go. Its notes can be commands as well: those are carried out by whoever wrote the note. */
import { type Answer, type Received, type TestServer, json, serve } from '../../workload/support/server.ts';
import { type CodeHostOptions, type StoredComment, bodyOf, nextId, page, refusal } from './codehost.ts';

export interface GitLabStandIn extends TestServer {
  readonly comments: readonly StoredComment[];
  /** Quick actions that were found in notes. */
  readonly commands: readonly string[];
}

/** Serves the notes of one merge request. */
export async function serveGitLab(
  project: number,
  number: number,
  { tokens, comments = [], instead = () => undefined }: CodeHostOptions,
): Promise<GitLabStandIn> {
  const commands: string[] = [];
  const list = `/api/v4/projects/${project}/merge_requests/${number}/notes`;
  const people = [...new Set([...Object.values(tokens), ...comments.map(({ author }) => author)])];
  const idOf = (name: string) => people.indexOf(name) + 1;
  const shown = ({ id, author, body }: StoredComment) => ({
    id,
    body,
    author: { id: idOf(author), username: author },
    system: false,
  });
  const answer = (request: Received, author: string): Answer => {
    const { method, url } = request;
    if (url.pathname === '/api/v4/user') return json({ id: idOf(author), username: author });
    if (method === 'GET' && url.pathname === list) return page(request, server.url, comments.map(shown));
    const [, id] = new RegExp(`^${list}/(\\d+)$`).exec(url.pathname) ?? [];
    const found = comments.find((comment) => comment.id === Number(id));
    if ((method === 'PUT' && found !== undefined) || (method === 'POST' && url.pathname === list)) {
      const body = bodyOf(request);
      if (body.length > 1_000_000) return refusal(400, { note: ['is too long (maximum is 1000000 characters)'] });
      commands.push(...quickActions(body));
      if (found !== undefined) found.body = body;
      else comments.push({ id: nextId(comments), author, body });
      return json({}, found === undefined ? 201 : 200);
    }
    return refusal(404, '404 Not found');
  };
  const server = await serve((request, count) => {
    const given = instead(request, count);
    if (given !== undefined) return given;
    const author = tokens[String(request.headers['private-token'] ?? '')];
    return author === undefined ? refusal(401, '401 Unauthorized') : answer(request, author);
  });
  return Object.assign(server, { comments, commands });
}

/** Lines that begin with a slash and a word, outside of fences. */
function quickActions(body: string): string[] {
  const outside = body.replaceAll(/^(`{3,})[^\n]*\n[^]*?\n\1$/gm, '');
  return Array.from(outside.matchAll(/^\/\w+.*$/gm), ([line]) => line);
}
