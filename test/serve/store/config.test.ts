/** The store in the configuration. */
import { describe, expect, it } from 'vitest';
import { describePlaced, parseConfig } from '../../../src/serve/config.ts';
import { CONFIG } from '../running.ts';

const withStore = (store: string) => parseConfig(CONFIG.replace('{ sqlite: issuer.db }', store), '/etc/idp');

it.each([
  ['{ sqlite: issuer.db }', { sqlite: '/etc/idp/issuer.db' }],
  ['{ postgres: { url_file: postgres.url } }', { postgres: { urlFile: '/etc/idp/postgres.url', pool: 10 } }],
  [
    '{ postgres: { url_file: /run/url, ca_file: ca.pem, pool: 3 } }',
    { postgres: { urlFile: '/run/url', caFile: '/etc/idp/ca.pem', pool: 3 } },
  ],
])('%s', (store, expected) => {
  const read = withStore(store);
  expect(read.ok && read.value.store).toEqual(expected);
});

describe('a store that is wrong', () => {
  it.each<[string, readonly RegExp[]]>([
    ['{}', [/^issuer.yaml:4:\d+: store: needs either `sqlite` or `postgres` \(sqlite names a file/]],
    ['{ sqlite: a.db, postgres: { url_file: u } }', [/store: needs either/]],
    ['{ sqlite: a.db, postgres: {} }', [/store: needs either/, /store.postgres.url_file: `url_file` is missing/]],
    ['{ postgres: "postgresql://idp:secret@db/issuer" }', [/store.postgres: `postgres` must be a map \(.*url_file/]],
    ['{ postgres: { url: x } }', [/postgres.*url_file` is missing/, /store.postgres.url: there is no such setting/]],
    ['{ postgres: { url_file: "" } }', [/store.postgres.url_file: a path is not empty/]],
    ['{ postgres: { url_file: u, pool: 0 } }', [/store.postgres.pool: a number of connections, from 1 to 1000/]],
    ['{ postgres: { url_file: u, pool: many } }', [/store.postgres.pool: a number of connections/]],
    ['{ mysql: x }', [/store: needs either/, /store.mysql: there is no such setting/]],
  ])('%s', (store, problems) => {
    const read = withStore(store);
    const found = read.ok ? [] : read.problems.map((problem) => describePlaced('issuer.yaml', problem));
    expect(found).toEqual(problems.map((expected) => expect.stringMatching(expected) as unknown));
    expect(found.join()).not.toContain('secret@');
  });
});
