/** The shape of the configuration as people write it. */

import { z } from 'zod';
import { type Problem, problem } from '../claims/problem.ts';
import { PROFILE_NAMES } from '../claims/profile.ts';
import { checkIssuerUrl } from '../claims/url.ts';
import { splitUrl } from '../issuer/settings.ts';
import { type Wording, checkedBy } from '../issuer/shape.ts';
import { ALGORITHMS } from '../keys/algorithms.ts';
import { adminIssuerSchema } from './admin/shape.ts';
import { custodyShape } from './custody/shape.ts';
import { storeShape } from './store/shape.ts';
import { tracesShape } from './traces/shape.ts';
import { isNetwork } from './fetch/addresses.ts';
import { entryName } from './names.ts';
import { upstreamSchema } from './upstreams.ts';

export const CONFIGURATION: Wording = { whole: 'the configuration', part: 'setting', object: 'a map' };

/** Neither `:` nor `*`, which the router would read as parameters. */
const URL_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

const file = z.string().min(1, 'a path is not empty').describe('the path of a file, relative to this one');

const PORT = 'a port is a whole number from 0 to 65535';

export const tlsShape = { cert_file: file, key_file: file };

export const listenerShape = {
  host: z.string().min(1, 'a host is not empty').default('127.0.0.1'),
  port: z.int(PORT).min(0, PORT).max(65535, PORT).describe('a number, e.g. 8080'),
  tls: z.strictObject(tlsShape).describe('{ cert_file: tls.pem, key_file: tls-key.pem }').optional(),
};

const NETWORKS = 'a list of networks, e.g. [10.0.0.0/8]';
const networks = z
  .array(checkedBy(z.string(), (text) => (isNetwork(text) ? [] : [problem([], `${text} is no network`, NETWORKS)])))
  .describe(NETWORKS);

export const proxiedShape = { ...listenerShape, trusted_proxies: networks.default([]) };

export const adminShape = {
  ...proxiedShape,
  token_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'the SHA-256 of the token: 64 hexadecimal digits, lower case')
    .optional(),
  token_file: file.optional(),
  oidc: z.record(entryName, adminIssuerSchema).default({}),
};

const SECONDS = 'a whole number of seconds, 0 or more';
const seconds = z.int(SECONDS).min(0, SECONDS);

const DAYS = 'a whole number of days, 1 or more, or null for never';

export const keysShape = {
  cache_seconds: seconds.default(300),
  publish_seconds: seconds.default(900),
  rotate_days: z.int(DAYS).min(1, DAYS).nullable().default(90),
};

export const offeredShape = { profile: z.enum(PROFILE_NAMES), iss: z.string().optional() };

export const jwksPath = checkedBy(
  z.string().regex(URL_PATH, 'a path on the host, such as /-/jwks'),
  (path): Problem[] =>
    path === '/healthz' || path === '/readyz'
      ? [problem([], `${path} is a health check, at every host`, 'choose another path')]
      : [],
);

export const issuerShape = {
  url: checkedBy(z.string(), checkUrl).describe('https://host or https://host/path'),
  profiles: z
    .array(z.strictObject(offeredShape).describe('e.g. { profile: ona-v3 }'))
    .nonempty('an issuer offers at least one profile')
    .describe('a list, e.g. [{ profile: ona-v3 }]'),
  /** Whether each organization has an issuer URL of its own below `url`. */
  per_organization: z.boolean().default(false),
  jwks_paths: z.array(jwksPath).nonempty('keys are served at one path at least').optional(),
  algorithm: z.enum(ALGORITHMS).default('RS256'),
  /** What organizations may choose; the usual one is always among them. */
  algorithms: z.array(z.enum(ALGORITHMS)).default([]),
  kid: z
    .string()
    .regex(
      /^(?:thumbprint|[A-Za-z0-9._-]*\{n\}[A-Za-z0-9._-]*)$/,
      'kid is `thumbprint`, or has {n} for the count, as in k{n}',
    )
    .default('thumbprint'),
  publication: z.enum(['served', 'static']).default('served'),
  upstreams: z.record(entryName, upstreamSchema).default({}),
};

export const auditShape = { keep_days: z.int(DAYS).min(1, DAYS).nullable().default(400) };

const TOKENS = 'a number of tokens, 1 or more';
const REQUESTS = 'a number of requests, 1 or more';

export const limitsShape = {
  tokens_per_minute: z.int(TOKENS).min(1, TOKENS).default(120),
  refusals_per_minute: z.int(REQUESTS).min(1, REQUESTS).default(60),
  concurrent_requests: z.int(REQUESTS).min(1, REQUESTS).default(500),
};

export const configShape = {
  listen: z.strictObject(proxiedShape).describe('e.g. { port: 8080 }'),
  admin: z.strictObject(adminShape).describe('e.g. { port: 8081, token_file: admin.token }'),
  store: storeShape,
  custody: custodyShape,
  keys: z.strictObject(keysShape).prefault({}),
  audit: z.strictObject(auditShape).prefault({}),
  limits: z.strictObject(limitsShape).prefault({}),
  metrics: z.strictObject(listenerShape).describe('e.g. { port: 9090 }').optional(),
  traces: z.strictObject(tracesShape).describe('e.g. { otlp_url: http://127.0.0.1:4318/v1/traces }').optional(),
  issuers: z
    .record(entryName, z.strictObject(issuerShape))
    .describe('a map, e.g. { ona: { url: https://tokens.example.com, profiles: [{ profile: ona-v3 }] } }'),
};

export const configSchema = z.strictObject(configShape);

export type ConfigDocument = z.infer<typeof configSchema>;
export type IssuerDocument = ConfigDocument['issuers'][string];

function checkUrl(url: string): Problem[] {
  const broken = checkIssuerUrl(url, []);
  if (broken.length > 0) return broken;
  // The pattern lets hosts through that are none, such as 1.2.3.999.
  if (!URL.canParse(url)) return [problem([], `this is no URL: ${url}`, 'write https://host or https://host/path')];
  const { path } = splitUrl(url);
  return path === '' || URL_PATH.test(path) ? [] : [problem([], `the path ${path} has characters that are not served`)];
}
