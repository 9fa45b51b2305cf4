/** What the stand-ins of GitHub and GitLab have in common: comments with authors, pages, and tokens that are known. */
import { type Answer, type Received, json } from '../../workload/support/server.ts';

export interface StoredComment {
  readonly id: number;
  readonly author: string;
  body: string;
}

export interface CodeHostOptions {
  /** What tokens are good, and whose they are. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly comments?: StoredComment[];
  /** Answers in the place of the host, where it gives something. */
  readonly instead?: (request: Received, count: number) => Answer | undefined;
}

/** One page, with the `Link` header of both hosts (RFC 8288). */
export function page(request: Received, origin: string, entries: readonly unknown[]): Answer {
  const { searchParams, pathname } = request.url;
  const size = Math.min(100, Number(searchParams.get('per_page') ?? 30));
  const number = Number(searchParams.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(entries.length / size));
  const at = (to: number) => {
    const query = new URLSearchParams(searchParams);
    query.set('page', String(to));
    return `<${origin}${pathname}?${query.toString()}>`;
  };
  const links = [
    ...(number > 1 ? [`${at(number - 1)}; rel="prev"`] : []),
    ...(number < last ? [`${at(number + 1)}; rel="next"`] : []),
    `${at(1)}; rel="first"`,
    `${at(last)}; rel="last"`,
  ];
  const answer = json(entries.slice((number - 1) * size, number * size));
  return { ...answer, headers: { ...answer.headers, link: links.join(', ') } };
}

export const refusal = (status: number, message: unknown, headers: Readonly<Record<string, string>> = {}): Answer => {
  const answer = json({ message }, status);
  return { ...answer, headers: { ...answer.headers, ...headers } };
};

/** The text that a request wants to write. */
export const bodyOf = ({ body }: Received): string => (JSON.parse(body) as { readonly body: string }).body;

export const nextId = (comments: readonly StoredComment[]): number => Math.max(0, ...comments.map(({ id }) => id)) + 1;
