/** The rules that hold between the parts of a configuration. What is not known is no concern of them. */

import { type Problem, problem, under } from '../claims/problem.ts';
import { offeredProfile } from '../issuer/profile.ts';
import { splitUrl } from '../issuer/settings.ts';
import { checkMapping } from '../issuer/upstream/mapping.ts';
import { leastTimings, unsafeTimings } from '../keys/timings.ts';
import { checkAdminIssuer } from './admin/issuers.ts';
import { problemsOf } from './attempt.ts';
import { checkCustody } from './custody/rules.ts';
import {
  type KnownAdmin,
  type KnownConfig,
  type KnownIssuer,
  type KnownListener,
  type KnownOffer,
  type KnownUpstream,
} from './known.ts';
import { checkKind } from './store/shape.ts';
import { LEEWAY_SECONDS, SPREAD_SECONDS } from './times.ts';

/** Everything that is wrong between the parts, whatever is wrong within them. */
export function checkRules({ listen, admin, store, custody, keys, issuers }: KnownConfig): Problem[] {
  return [
    ...(admin === undefined ? [] : checkAdmin(admin)),
    ...(admin === undefined || listen === undefined ? [] : checkPorts(listen, admin)),
    ...checkKind(store),
    ...checkCustody(
      custody ?? [],
      issuers?.map(({ name }) => name),
    ),
    ...checkKeys(keys),
    ...(issuers?.length === 0 ? [problem(['issuers'], 'there is no issuer')] : []),
    ...(issuers ?? []).flatMap((issuer) => under(['issuers', issuer.name], checkIssuer(issuer))),
    ...checkPlaces(issuers ?? []),
  ];
}

function checkAdmin({ host, tls, tokens, issuers }: KnownAdmin): Problem[] {
  const hint = 'token_file names a file with the token, token_sha256 is its hash';
  const none = tokens.length === 0 && issuers.length === 0;
  return [
    ...(none ? [problem(['admin'], 'needs `token_file`, `token_sha256` or `oidc`: nobody could use it', hint)] : []),
    ...(tokens.length < 2 ? [] : [problem(['admin'], 'needs either `token_sha256` or `token_file`', hint)]),
    ...issuers.flatMap((issuer) =>
      under(
        ['admin', 'oidc', issuer.name],
        [
          ...(NAME.test(issuer.name) ? [] : [problem([], `this is no name of an issuer: ${NAME_RULE}`)]),
          ...checkAdminIssuer(issuer),
        ],
      ),
    ),
    ...(tls !== undefined || host === undefined || isLoopback(host)
      ? []
      : [problem(['admin', 'host'], 'beyond loopback the admin token would travel in the clear', 'give it `tls`')]),
  ];
}

function isLoopback(host: string): boolean {
  return /^127(?:\.[0-9]{1,3}){3}$/.test(host) || host === '::1' || host === 'localhost';
}

function checkPorts(listen: KnownListener, admin: KnownListener): Problem[] {
  // 0 is a port of the system's choice, which is never the same twice.
  if (listen.port === undefined || listen.port === 0 || listen.port !== admin.port) return [];
  if (!overlap(listen, admin)) return [];
  const where = `${listen.port} at ${listen.host ?? ''}`;
  return [problem(['admin', 'port'], `\`listen\` has the port ${where} already`, 'give each a port of its own')];
}

/** Do two hosts share an address? `::` is every address, of IPv4 too. */
function overlap({ host: one }: KnownListener, { host: other }: KnownListener): boolean {
  if (one === undefined || other === undefined) return false;
  const pair = [one, other];
  if (one === other || pair.includes('::')) return true;
  if (pair.includes('0.0.0.0')) return !pair.some((host) => host.includes(':'));
  return pair.includes('localhost') && pair.some((host) => host === '127.0.0.1' || host === '::1');
}

function checkKeys({ cache_seconds: cacheAge, publish_seconds: publish, rotate_days: days }: KnownConfig['keys']) {
  if (publish === undefined) return [];
  const surroundings = { tokenLife: 0, cacheAge: cacheAge ?? 0, leeway: LEEWAY_SECONDS, spread: SPREAD_SECONDS };
  const least = leastTimings(surroundings);
  const timings = { ...least, publishSeconds: publish, rotateSeconds: days == null ? null : days * DAY };
  return unsafeTimings(timings, surroundings).flatMap((timing): Problem[] => {
    if (timing === 'rotateSeconds') {
      const hint = 'make publish_seconds smaller, or rotate less often';
      return [problem(['keys', 'rotate_days'], 'a key would be too old before it signs', hint)];
    }
    return [
      problem(
        ['keys', 'publish_seconds'],
        `a new key would sign before every cache has it: ${publish} s is less than ${least.publishSeconds} s`,
        `it is at least cache_seconds and ${SPREAD_SECONDS} s`,
      ),
    ];
  });
}

const DAY = 86_400;

const NAME = /^[a-z][a-z0-9-]{0,49}$/;
const NAME_RULE = 'it has small letters, digits and `-`, begins with a letter and has at most 50 characters';

/** Stands in for a URL that is wrong, so that the profiles can be checked. */
const SOME_URL = 'https://issuer.invalid';

function checkIssuer({ name, url = SOME_URL, profiles, upstreams }: KnownIssuer): Problem[] {
  const settings = { url, jwksPaths: ['/jwks'] } as const;
  return [
    ...(NAME.test(name) ? [] : [problem([], `this is no name of an issuer: ${NAME_RULE}`)]),
    ...profiles.flatMap(({ index, profile, iss }) => {
      if (profile === undefined) return [];
      const repeated = profiles.some((other) => other.profile === profile && other.index < index);
      return under(
        ['profiles', index],
        [
          ...problemsOf(offeredProfile(settings, { profile, ...(iss === undefined ? {} : { iss }) })),
          ...(repeated ? [problem(['profile'], `the issuer offers \`${profile}\` already`, 'leave one out')] : []),
        ],
      );
    }),
    ...upstreams.flatMap((upstream) => under(['upstreams', upstream.name], checkUpstream(upstream, url, profiles))),
  ];
}

/** Its facts, where it can be told what tokens they are for: by its profile, or the only one that there is. */
function checkUpstream(
  { name, profile, variant, facts }: KnownUpstream,
  url: string,
  profiles: readonly KnownOffer[],
): Problem[] {
  const named = NAME.test(name) ? [] : [problem([], `this is no name of an upstream: ${NAME_RULE}`)];
  const [only, ...others] = profiles.filter((offered) => profile === undefined || offered.profile === profile);
  if (only === undefined)
    return [...named, problem(['profile'], `the issuer does not offer ${profile ?? 'any profile'}`)];
  if (facts === undefined || only.profile === undefined || others.length > 0) return named;
  const { iss } = only;
  const offered = { profile: only.profile, ...(iss === undefined ? {} : { iss }) };
  const read = offeredProfile({ url, jwksPaths: ['/jwks'] }, offered);
  return [...named, ...(read.ok ? checkMapping(read.value, variant ?? null, facts) : [])];
}

/** One address on a host, and what is served there. */
interface Place {
  readonly issuer: string;
  readonly what: string;
  /** The setting that chose it. */
  readonly path: Problem['path'];
  readonly at: string;
}

/** Every path of every issuer leads to one thing. */
function checkPlaces(issuers: readonly KnownIssuer[]): Problem[] {
  const urls = new Map<string, string>();
  const taken = new Map<string, Place>();
  return issuers.flatMap((issuer) => {
    if (issuer.url === undefined) return [];
    const { host, path } = splitUrl(issuer.url);
    const same = urls.get(host + path);
    urls.set(host + path, same ?? issuer.name);
    // Of two issuers at one URL it is enough to say so once.
    const places = placesOf(issuer, issuer.url).filter((place) => same === undefined || place.path[2] === 'jwks_paths');
    return [...(same === undefined ? [] : [sameUrl(issuer, same)]), ...places.flatMap((place) => take(taken, place))];
  });
}

function sameUrl({ name, url = '' }: KnownIssuer, other: string): Problem {
  return problem(['issuers', name, 'url'], `${url} is the URL of the issuer ${other} already`, 'choose another');
}

function take(taken: Map<string, Place>, place: Place): Problem[] {
  const before = taken.get(place.at);
  if (before !== undefined) return [problem(place.path, describeTaken(place, before), 'choose another path')];
  taken.set(place.at, place);
  return [];
}

function describeTaken({ issuer, at }: Place, before: Place): string {
  return `${at} is ${before.what} of ${before.issuer === issuer ? 'this issuer' : `the issuer ${before.issuer}`} already`;
}

function placesOf({ name, jwksPaths }: KnownIssuer, url: string): Place[] {
  const { host, path } = splitUrl(url);
  const own = ['issuers', name];
  const keys = jwksPaths ?? [{ index: undefined, value: defaultJwksPath(url) }];
  return [
    { what: 'the discovery document', path: [...own, 'url'], at: `${path}/.well-known/openid-configuration` },
    { what: 'the token endpoint', path: [...own, 'url'], at: `${path}/token` },
    { what: 'the request endpoint', path: [...own, 'url'], at: `${path}/id-token` },
    ...keys.map(({ index, value }) => ({
      what: 'a path of the keys',
      path: index === undefined ? [...own, 'url'] : [...own, 'jwks_paths', index],
      at: value,
    })),
  ].map((place) => ({ ...place, issuer: name, at: host + place.at }));
}

export function defaultJwksPath(url: string): string {
  return `${splitUrl(url).path}/.well-known/jwks.json`;
}
