/** Requests that no client sends on purpose, made from a seed. */
import { type Sending } from './raw.ts';

/** What the requests are made from. The secrets are put wherever a client could put them by mistake. */
export interface Ingredients {
  readonly random: () => number;
  readonly host: string;
  readonly credential: string;
  readonly adminToken: string;
}

const CRLF = '\r\n';
const ADMIN = '/admin/issuers/ona';
const FORM = 'application/x-www-form-urlencoded';
const TYPES = [
  FORM,
  'application/json',
  'text/plain',
  'multipart/form-data; boundary=x',
  'x',
  '',
  'application/json;;=',
  '*/*',
];
const PATHS = [
  '/token',
  '/id-token?audience=a',
  '/.well-known/jwks.json',
  '/.well-known/openid-configuration',
  '/healthz',
  `${ADMIN}/organizations/acme`,
  `${ADMIN}/registrations`,
  `${ADMIN}/registrations?limit=1&cursor=x`,
  `${ADMIN}/keys`,
  '/admin/audit',
  '/admin/openapi.json',
];

export function fuzzer({ random, host, credential, adminToken }: Ingredients) {
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => below(256)));
  const noise = (count: number) => bytes(count).toString('latin1');
  const secret = () => pick([credential, adminToken]);
  const method = () =>
    pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'CONNECT', 'get', 'QUERY']);
  const lines = (first: string, headers: readonly string[], body = '') => [first, ...headers, '', body].join(CRLF);
  const usual = () => [`Host: ${host}`, `Authorization: Bearer ${secret()}`];
  const withBody = (body: string, type = pick(TYPES), path = pick(PATHS), length = Buffer.byteLength(body, 'latin1')) =>
    lines(
      `${pick(['POST', 'PUT', 'POST'])} ${path} HTTP/1.1`,
      [...usual(), `Content-Type: ${type}`, `Content-Length: ${length}`],
      body,
    );
  const deep = (depth: number) => {
    const [open, close] = pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    return open.repeat(depth) + '1' + close.repeat(depth);
  };
  const form = () =>
    Array.from({ length: 1 + below(6) }, () => {
      const name = pick([
        'grant_type',
        'subject_token',
        'audience',
        'subject_token_type',
        '__proto__',
        'toString',
        '%00',
        '%',
        '',
      ]);
      const value = pick([
        credential,
        encodeURIComponent('urn:ietf:params:oauth:grant-type:token-exchange'),
        'urn:idp-kit:params:oauth:token-type:workload-credential',
        '%ff%fe',
        '%',
        '%u0041',
        'a'.repeat(below(3000)),
        '\0',
        noise(8),
      ]);
      return `${name}=${value}`;
    }).join(pick(['&', '&', ';', '&&']));
  const json = (): string =>
    pick<() => string>([
      () => deep(below(8000)),
      () => `{"profile":"ona-v3","token_life_seconds":${pick(['1e999', '-1', '1.5', '"1"', '9'.repeat(400), 'NaN'])}}`,
      () => `{"profile":"${noise(10)}","profile":"x"}`,
      () => '{"__proto__":{"a":1},"constructor":{"prototype":{}}}',
      () =>
        `{"organization":"acme","facts":{"organization_id":"${pick(['\\u0000', '\\ud800', 'x'.repeat(9000), '\u202e'])}"}}`,
      () => '\ufeff{}',
      () => Buffer.from('{"profile":"ona-v3"}', 'utf16le').toString('latin1'),
      () => pick(['null', '[]', '1', '""', '{', '}', '{"a":1}}', 'true', '\0', '{"profile":null}', '{"facts":[]}']),
      () => `{"sub_fields":[${'"a",'.repeat(below(5000))}"b"]}`,
    ])();
  const path = (): string =>
    pick<() => string>([
      () => `/${'a'.repeat(below(20_000))}`,
      () => `/${'a/'.repeat(below(4000))}`,
      () =>
        pick([
          '/%',
          '/%zz',
          '/%00',
          '/%ff%fe',
          '/%c0%ae%c0%ae/',
          '//',
          '/..//../etc',
          '/\\',
          '*',
          'http://x/y',
          '/token/',
          '/token;x',
          '/?#',
          '/token#x',
        ]),
      () => `${pick(PATHS)}?${`subject_token=${credential}&`.repeat(below(40))}`,
      () => `/token?${'a&'.repeat(below(4000))}`,
      () =>
        `${ADMIN}/organizations/${pick(['%00', '%2e%2e', '__proto__', 'a'.repeat(300), '%f0%9f%92%a9', '%', 'constructor'])}`,
      () => `/admin/issuers/${pick(['__proto__', 'ona%2f', 'x', '%00', 'toString'])}/keys`,
      () =>
        `/admin/audit?${pick(['limit=-1', 'limit=1e9', 'limit=x', 'after=%00', 'limit=1&limit=2', 'a[b]=c', '__proto__=1'])}`,
      () => `/${noise(20).replace(/[\r\n ]/g, '')}`,
    ])();
  const kinds: readonly (() => string)[] = [
    () => noise(1 + below(3000)),
    () =>
      lines(
        pick([
          'GET',
          'GET /',
          'GET  / HTTP/1.1',
          'GET / HTTP/9.9',
          'GET / HTTQ/1.1',
          ' GET / HTTP/1.1',
          'PRI * HTTP/2.0',
          '\x16\x03\x01\x02',
        ]),
        usual(),
      ),
    () =>
      lines(`${method()} ${pick(PATHS)} HTTP/1.1`, [
        ...usual(),
        ...Array.from({ length: below(3000) }, (_, n) => `x${n}: y`),
      ]),
    () =>
      lines(`GET ${pick(PATHS)} HTTP/1.1`, [
        ...usual(),
        `${pick(['X', 'Cookie', 'Authorization'])}: ${secret()}${'a'.repeat(below(40_000))}`,
      ]),
    () =>
      lines(
        `POST ${pick(PATHS)} HTTP/1.1`,
        [...usual(), 'Content-Length: 5', `Content-Length: ${pick(['5', '6', '-1', '+5', '0x5', '5, 5', ''])}`],
        'hello',
      ),
    () =>
      lines(
        `POST ${pick(PATHS)} HTTP/1.1`,
        [...usual(), 'Content-Length: 3', 'Transfer-Encoding: chunked'],
        `3${CRLF}abc${CRLF}0${CRLF}${CRLF}`,
      ),
    () =>
      lines(
        `POST ${pick(PATHS)} HTTP/1.1`,
        [
          ...usual(),
          `Content-Type: ${pick(TYPES)}`,
          `Transfer-Encoding: ${pick(['chunked', 'chunked', 'gzip, chunked', 'chunked, gzip', 'xchunked', 'chunked\t'])}`,
        ],
        pick([
          `zz${CRLF}`,
          `-1${CRLF}`,
          `ffffffffffffffff${CRLF}x`,
          `5${CRLF}abc`,
          `1${CRLF}a${CRLF}`.repeat(below(400)),
          `0${CRLF}${CRLF}`,
          `3;x=${'y'.repeat(below(20_000))}${CRLF}abc${CRLF}0${CRLF}${CRLF}`,
        ]),
      ),
    () => withBody(json()),
    () => withBody(json(), 'application/json', pick(PATHS.filter((one) => one.startsWith('/admin')))),
    () => withBody(form(), FORM, '/token'),
    () => withBody(noise(below(2000))),
    () => withBody('x'.repeat(below(90_000))),
    () => withBody(form(), FORM, '/token', pick([0, 1, 10, 100_000, 1e15])),
    () => lines(`${method()} ${path()} HTTP/1.1`, usual()),
    () =>
      lines(`GET ${pick(PATHS)} HTTP/1.1`, [
        `Host: ${pick(['', 'x'.repeat(3000), '[::1', `${host}:99999`, `${host}.`, '\0', noise(5), host.toUpperCase()])}`,
        ...pick([[], [`Host: ${host}`]]),
      ]),
    () =>
      lines(`${method()} ${pick(PATHS)} HTTP/1.1`, [
        ...usual(),
        pick([
          'Expect: 100-continue',
          'Expect: x',
          'Upgrade: h2c',
          'Upgrade: websocket',
          'Connection: close, x',
          'Content-Encoding: gzip',
          'If-None-Match: *',
          'If-Match: x"',
          'Range: bytes=0-',
          'Idempotency-Key: \x01',
          `Idempotency-Key: ${'k'.repeat(500)}`,
          'X-Forwarded-For: a, b',
          ' folded: x',
          'no colon',
          ': x',
          `X-Nul: a\0b`,
          '\x7f: x',
        ]),
      ]),
  ];
  return (): Sending => {
    const whole = Buffer.from(pick(kinds)(), 'latin1');
    const fate = random();
    if (fate < 0.1) return { chunks: [whole.subarray(0, below(whole.length))], then: 'reset' };
    if (fate < 0.2) return { chunks: [whole.subarray(0, below(whole.length))], then: 'end' };
    const at = below(whole.length);
    return { chunks: fate < 0.4 ? [whole.subarray(0, at), whole.subarray(at)] : [whole], then: 'end' };
  };
}
