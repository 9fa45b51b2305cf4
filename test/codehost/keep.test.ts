// One comment on a pull request, at stand-ins of GitHub and GitLab: the same for both.
import { describe, expect, it } from 'vitest';
import { githubHost } from '../../src/codehost/github.ts';
import { gitlabHost } from '../../src/codehost/gitlab.ts';
import { type CodeHost, keepComment } from '../../src/codehost/host.ts';
import { createHttp } from '../../src/workload/http.ts';
import { type CodeHostOptions, type StoredComment, refusal } from '../sandbox/codehosts/codehost.ts';
import { serveGitHub } from '../sandbox/codehosts/github.ts';
import { serveGitLab } from '../sandbox/codehosts/gitlab.ts';
import { failureOf } from '../workload/support/failures.ts';
import { type TestServer } from '../workload/support/server.ts';

const MARKER = '<!-- idp review: a -->';
const TOKEN = 'secret-token-of-the-job';

interface StandIn extends TestServer {
  readonly comments: readonly StoredComment[];
}
type Open = (url: string, token: string, wait: (milliseconds: number) => Promise<void>) => CodeHost;
const HTTP_OPTIONS = { repeated: ['GET', 'PATCH', 'PUT'], largestReply: 1 << 25 } as const;

const HOSTS: readonly (readonly [string, (options: CodeHostOptions) => Promise<StandIn>, Open])[] = [
  [
    'GitHub',
    (options) => serveGitHub('acme/infra', 7, options),
    (url, token, wait) =>
      githubHost(
        { api: new URL(url), graphql: new URL(`${url}/graphql`), repository: 'acme/infra', number: 7 },
        token,
        { http: createHttp({}, HTTP_OPTIONS), wait },
      ),
  ],
  [
    'GitLab',
    (options) => serveGitLab(42, 7, options),
    (url, token, wait) =>
      gitlabHost({ api: new URL(`${url}/api/v4`), project: 42, number: 7 }, token, {
        http: createHttp({}, HTTP_OPTIONS),
        wait,
      }),
  ],
];

describe.each(HOSTS)('at %s', (_, serve, open) => {
  const tokens = { [TOKEN]: 'bot' };
  const waits: number[] = [];
  const wait = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const others = (count: number): StoredComment[] =>
    Array.from({ length: count }, (__, index) => ({ id: index + 1, author: 'ann', body: `comment ${index}` }));

  it('creates a comment, writes it anew, and leaves it where it says the same', async () => {
    await using server = await serve({ tokens, comments: others(2) });
    const host = open(server.url, TOKEN, wait);
    expect(await keepComment(host, MARKER, `${MARKER}\none`)).toBe('created');
    expect(await keepComment(host, MARKER, `${MARKER}\ntwo`)).toBe('updated');
    expect(await keepComment(host, MARKER, `${MARKER}\ntwo`)).toBe('unchanged');
    expect(server.comments.slice(2)).toEqual([{ id: 3, author: 'bot', body: `${MARKER}\ntwo` }]);
    expect(server.received.filter(({ method }) => method !== 'GET' && method !== 'POST')).toHaveLength(1);
  });

  it('finds it behind other pages', async () => {
    const comments = [...others(230), { id: 300, author: 'bot', body: `${MARKER}\nold` }];
    await using server = await serve({ tokens, comments });
    expect(await keepComment(open(server.url, TOKEN, wait), MARKER, `${MARKER}\nnew`)).toBe('updated');
    expect(server.comments).toHaveLength(231);
    expect(server.received.filter(({ method, url }) => method === 'GET' && url.pathname.includes('/7/'))).toHaveLength(
      3,
    );
  });

  it.each<[string, StoredComment]>([
    ['somebody else wrote', { id: 1, author: 'mallory', body: `${MARKER}\nmine` }],
    ['has the marker further down', { id: 1, author: 'bot', body: `> ${MARKER}\nquoted` }],
    ['is another review', { id: 1, author: 'bot', body: '<!-- idp review: b -->\nother' }],
  ])('does not touch a comment that %s', async (__, comment) => {
    const before = { ...comment };
    await using server = await serve({ tokens, comments: [comment] });
    expect(await keepComment(open(server.url, TOKEN, wait), MARKER, `${MARKER}\none`)).toBe('created');
    expect(server.comments[0]).toEqual(before);
  });

  it('creates it again where it was deleted meanwhile', async () => {
    await using server = await serve({
      tokens,
      comments: [{ id: 1, author: 'bot', body: `${MARKER}\nold` }],
      instead: ({ method }) => (method === 'PATCH' || method === 'PUT' ? refusal(404, 'Not Found') : undefined),
    });
    expect(await keepComment(open(server.url, TOKEN, wait), MARKER, `${MARKER}\nnew`)).toBe('created');
  });

  it('waits as long as it is asked to', async () => {
    let limited = 2;
    await using server = await serve({
      tokens,
      instead: ({ method, url }) =>
        method === 'POST' && url.pathname !== '/graphql' && limited-- > 0
          ? refusal(429, 'Too many requests', { 'retry-after': '7' })
          : undefined,
    });
    waits.length = 0;
    expect(await keepComment(open(server.url, TOKEN, wait), MARKER, `${MARKER}\none`)).toBe('created');
    expect(waits).toEqual([7000, 7000]);
    expect(server.comments).toHaveLength(1);
  });

  it('does not wait for an hour', async () => {
    await using server = await serve({
      tokens,
      instead: ({ method, url }) =>
        method === 'POST' && url.pathname !== '/graphql' ? refusal(429, 'no', { 'retry-after': '3600' }) : undefined,
    });
    waits.length = 0;
    const failure = await failureOf(() => keepComment(open(server.url, TOKEN, wait), MARKER, MARKER));
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(failure.message).toContain('3600 s');
    expect(waits).toEqual([]);
  });

  it.each([
    [401, 'code-host-refused'],
    [403, 'code-host-refused'],
    [404, 'code-host-refused'],
    [422, 'unavailable'],
    [500, 'unavailable'],
  ])('says that it answered %i, without the token', async (status, code) => {
    await using server = await serve({
      tokens,
      instead: ({ method, url }) =>
        method === 'POST' && url.pathname !== '/graphql' ? refusal(status, `no: ${TOKEN}\u001b[31m`) : undefined,
    });
    const failure = await failureOf(() => keepComment(open(server.url, TOKEN, wait), MARKER, MARKER));
    expect(failure).toMatchObject({ code });
    expect(failure.message).toContain(`HTTP ${status}: no: [secret]`);
    expect(`${failure.message}${failure.hint}`).not.toMatch(/secret-token|\p{Cc}/u);
    expect(server.received.filter(({ method, url }) => method === 'POST' && url.pathname !== '/graphql')).toHaveLength(
      1,
    );
  });

  it('sends the token to no other host', async () => {
    await using server = await serve({
      tokens,
      instead: ({ method, url }) =>
        method === 'GET' && url.pathname.includes('/7/')
          ? { body: '[]', headers: { link: '<https://evil.example/next>; rel="next"' } }
          : undefined,
    });
    const failure = await failureOf(() => keepComment(open(server.url, TOKEN, wait), MARKER, MARKER));
    expect(failure).toMatchObject({ code: 'reply-invalid' });
    expect(failure.message).toContain('another host');
  });

  it('refuses a token that is not known', async () => {
    await using server = await serve({ tokens });
    const failure = await failureOf(() => keepComment(open(server.url, 'other', wait), MARKER, MARKER));
    expect(failure).toMatchObject({ code: 'code-host-refused' });
    expect(failure.message).toContain('HTTP 401');
  });
});

it("waits at GitHub's secondary limits, which say 403", async () => {
  const waits: number[] = [];
  let limited = true;
  await using server = await serveGitHub('acme/infra', 7, {
    tokens: { [TOKEN]: 'github-actions[bot]' },
    instead: ({ method, url }) => {
      if (method !== 'POST' || url.pathname === '/graphql' || !limited) return undefined;
      limited = false;
      return refusal(403, 'You have exceeded a secondary rate limit', { 'retry-after': '60' });
    },
  });
  const [[, , open]] = HOSTS as [(typeof HOSTS)[0]];
  const host = open(server.url, TOKEN, (milliseconds) => {
    waits.push(milliseconds);
    return Promise.resolve();
  });
  expect(await keepComment(host, MARKER, MARKER)).toBe('created');
  expect(waits).toEqual([60_000]);
});
