// Real HTTPS on loopback, which is not of the public Internet.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentFetcher } from '../../../src/serve/fetch/documents.ts';
import { type TestAuthority, createAuthority } from '../../workload/support/certificates.ts';
import { type Answer, type TestServer, json, serve } from '../../workload/support/server.ts';

let authority: TestAuthority;
let server: TestServer;
const ANSWERS: Readonly<Record<string, Answer>> = {
  '/document': json({ a: 1 }),
  '/moved': { status: 302, headers: { location: '/document' } },
  '/missing': json({}, 404),
  '/text': { body: 'x' },
  '/large': json({ a: 'x'.repeat(600 * 1024) }),
  '/cut': { cut: true },
};

beforeAll(async () => {
  authority = await createAuthority();
  server = await serve(({ url }) => ANSWERS[url.pathname] ?? {}, authority.server);
});

afterAll(() => server[Symbol.asyncDispose]());

async function fetched(
  url: string,
  allowAddresses: string[] = ['127.0.0.0/8'],
  ca: string | undefined = authority.caPem,
) {
  const fetcher = documentFetcher({ allowAddresses, ...(ca === '' ? {} : { ca }) });
  try {
    return await fetcher.fetchDocument(url);
  } catch (error) {
    return (error as Error).message;
  } finally {
    await fetcher.close();
  }
}

describe('a document of an upstream', () => {
  it('is fetched', async () => {
    expect(await fetched(`${server.url}/document`)).toEqual({ a: 1 });
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'elsewhere than on the Internet',
      () => fetched(`${server.url}/document`, []),
      /127\.0\.0\.1, which is not of the public/,
    ],
    [
      'by a name that leads there',
      () => fetched(server.url.replace('127.0.0.1', 'localhost'), []),
      /localhost is at .*not of the public/,
    ],
    [
      'by an address in disguise',
      () => fetched(server.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'), []),
      /not of the public/,
    ],
    ['in the clear', () => fetched(`${server.url.replace('https', 'http')}/document`), /is not https/],
    [
      'of a server that nobody vouches for',
      () => fetched(`${server.url}/document`, ['127.0.0.0/8'], ''),
      /certificate/,
    ],
    ['that has moved', () => fetched(`${server.url}/moved`), /answered HTTP 302/],
    ['that is not there', () => fetched(`${server.url}/missing`), /answered HTTP 404/],
    ['that is no JSON', () => fetched(`${server.url}/text`), /holds no JSON/],
    ['that is too large', () => fetched(`${server.url}/large`), /maxResponseSize|exceeded/i],
    ['that breaks off', () => fetched(`${server.url}/cut`), /socket|closed|hang up/i],
  ])('%s is not fetched', async (_, attempt, message) => {
    expect(await attempt()).toMatch(message);
  });
});
