/** GitHub's API as far as comments go: REST for issues, GraphQL for who the token is of. */
import { type Answer, type Received, type TestServer, json, serve } from '../../workload/support/server.ts';
import { type CodeHostOptions, type StoredComment, bodyOf, nextId, page, refusal } from './codehost.ts';

export interface GitHubStandIn extends TestServer {
  readonly comments: readonly StoredComment[];
}

/** Serves the comments of one pull request. */
export async function serveGitHub(
  repository: string,
  number: number,
  { tokens, comments = [], instead = () => undefined }: CodeHostOptions,
): Promise<GitHubStandIn> {
  const list = `/repos/${repository}/issues/${number}/comments`;
  const answer = (request: Received, author: string): Answer => {
    const { method, url } = request;
    if (method === 'POST' && url.pathname === '/graphql') return json({ data: { viewer: { login: author } } });
    // An app's token is nobody's.
    if (url.pathname === '/user') return refusal(403, 'Resource not accessible by integration');
    if (method === 'GET' && url.pathname === list) return page(request, server.url, comments.map(shown));
    const [, id] = new RegExp(`^/repos/${repository}/issues/comments/(\\d+)$`).exec(url.pathname) ?? [];
    const found = comments.find((comment) => comment.id === Number(id));
    if ((method === 'PATCH' && found !== undefined) || (method === 'POST' && url.pathname === list)) {
      const body = bodyOf(request);
      if (body.length > 65_536) return refusal(422, 'Validation Failed');
      if (found !== undefined) found.body = body;
      else comments.push({ id: nextId(comments), author, body });
      return json({}, found === undefined ? 201 : 200);
    }
    return refusal(404, 'Not Found');
  };
  const server = await serve((request, count) => {
    const given = instead(request, count);
    if (given !== undefined) return given;
    const author = tokens[/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''];
    return author === undefined ? refusal(401, 'Bad credentials') : answer(request, author);
  });
  return Object.assign(server, { comments });
}

const shown = ({ id, author, body }: StoredComment) => ({ id, body, user: { login: author } });
