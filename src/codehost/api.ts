// Requests to the API of a code host: pages, rate limits, and what a refusal means.
import { z } from 'zod';
import { shownAddress } from '../workload/address.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import type { Http, HttpReply, HttpRequest } from '../workload/http.ts';
import { jsonOrUndefined, parseReply } from '../workload/json.ts';
import { quoteRemote } from '../workload/remote-text.ts';

export interface ApiOptions {
  readonly http: Http;
  /** What every request carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** Is in the headers, and must not be in what is said. */
  readonly token: string;
  /** Waits so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** What to do about 401, 403 and 404. */
  readonly hints: Readonly<Record<number, string>>;
}

export interface Api {
  /** Every entry of a list, over all its pages. */
  readonly list: <T>(url: URL, entry: z.ZodType<T>) => Promise<readonly T[]>;
  readonly read: <T>(url: URL, schema: z.ZodType<T>, body?: unknown) => Promise<T>;
  /** Sends what is written; `gone` where it is not there. */
  readonly write: (method: 'POST' | 'PATCH' | 'PUT', url: URL, body: unknown) => Promise<'written' | 'gone'>;
}

/** Largest page of comments: 100 of GitHub's longest, whose letters may take four bytes. */
export const LARGEST_PAGE_BYTES = 32 * 1024 * 1024;

/** A comment is not worth a longer job. */
const LONGEST_WAIT_SECONDS = 120;
/** Where a host does not say how long (GitHub, best practices for the REST API: a minute at least). */
const USUAL_WAIT_SECONDS = 60;
const MOST_PAGES = 100;

export function openApi(options: ApiOptions): Api {
  const ask = (method: HttpRequest['method'], url: URL, body?: unknown) => send(options, method, url, body);
  return {
    list: async (url, entry) => {
      const found: z.infer<typeof entry>[] = [];
      let next: URL | undefined = url;
      for (let page = 0; next !== undefined; page += 1) {
        if (page === MOST_PAGES) throw tooMany(url);
        const reply: HttpReply = await ask('GET', next);
        if (reply.status !== 200) throw refused(reply, next, options);
        found.push(...parseReply(reply.body, z.array(entry), shownAddress(next)));
        next = nextPage(reply, next);
      }
      return found;
    },
    read: async (url, schema, body) => {
      const reply = await ask(body === undefined ? 'GET' : 'POST', url, body);
      if (reply.status !== 200) throw refused(reply, url, options);
      return parseReply(reply.body, schema, shownAddress(url));
    },
    write: async (method, url, body) => {
      const reply = await ask(method, url, body);
      if (reply.status === 200 || reply.status === 201) return 'written';
      if (method !== 'POST' && (reply.status === 404 || reply.status === 410)) return 'gone';
      throw refused(reply, url, options);
    },
  };
}

/** Again after a rate limit, as long as the waits are short in all. */
async function send(options: ApiOptions, method: HttpRequest['method'], url: URL, body: unknown): Promise<HttpReply> {
  const { http, headers, wait } = options;
  let waited = 0;
  for (;;) {
    const reply = await http({
      method,
      url,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const seconds = askedToWait(reply);
    if (seconds === undefined) return reply;
    waited += seconds;
    if (waited > LONGEST_WAIT_SECONDS)
      throw new WorkloadFailure(
        'unavailable',
        `${shownAddress(url)} limits the rate: it wants ${seconds} s more to pass`,
        'Run the job again later.',
      );
    await wait(seconds * 1000);
  }
}

/** GitHub says 403 for its secondary limits, with a time to wait; a date in its place is not used by either host. */
function askedToWait({ status, retryAfter }: HttpReply): number | undefined {
  if (status !== 429 && !(status === 403 && retryAfter !== undefined)) return undefined;
  const seconds = Number(retryAfter ?? USUAL_WAIT_SECONDS);
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : USUAL_WAIT_SECONDS;
}

/** `<url>; rel="next"`, on the same host only: the token goes there. */
function nextPage({ link }: HttpReply, from: URL): URL | undefined {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '') ?? [];
  if (target === undefined) return undefined;
  const next = URL.parse(target, from.href);
  if (next?.origin === from.origin) return next;
  throw new WorkloadFailure(
    'reply-invalid',
    `${shownAddress(from)} names a next page at another host`,
    'Check that its address is that of the API, and which name the API thinks it has.',
  );
}

const tooMany = (url: URL): WorkloadFailure =>
  new WorkloadFailure(
    'unavailable',
    `${shownAddress(url)} has more than ${MOST_PAGES} pages of comments`,
    'Open another pull request, or delete comments.',
  );

const messageSchema = z.object({ message: z.string() });

function refused(reply: HttpReply, url: URL, { token, hints }: ApiOptions): WorkloadFailure {
  const said = messageSchema.safeParse(jsonOrUndefined(reply.body));
  const what = said.success ? `: ${quoteRemote(said.data.message, [token])}` : '';
  const hint = hints[reply.status];
  return new WorkloadFailure(
    hint === undefined ? 'unavailable' : 'code-host-refused',
    `${shownAddress(url)} answered HTTP ${reply.status}${what}`,
    hint ?? 'Run the job again.',
  );
}
