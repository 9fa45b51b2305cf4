/** The rules that hold between the parts of a configuration. What is not known is no concern of them. */

import { profileOfKind } from '../claims/issuer.ts';
import { type Problem, problem, under } from '../claims/problem.ts';
import { offeredProfile } from '../issuer/profile.ts';
import { checkOrganizationId } from '../issuer/organization-issuer.ts';
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
import { NAME, NAME_RULE } from './names.ts';
import { checkPlaces } from './places.ts';
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

/** Stands in for a URL that is wrong, so that the profiles can be checked. */
const SOME_URL = 'https://issuer.invalid';

function checkIssuer(issuer: KnownIssuer): Problem[] {
  const { name, url = SOME_URL, perOrganization, profiles, upstreams } = issuer;
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
    ...(perOrganization ? checkPerOrganization(issuer) : []),
  ];
}

/** What tells the organizations apart is their URL, so everything must be below it, and `iss` be it. */
function checkPerOrganization({ url = SOME_URL, profiles, jwksPaths, upstreams }: KnownIssuer): Problem[] {
  const keys = 'with `per_organization` the keys are below the URL of each organization';
  return [
    ...(jwksPaths === undefined ? [] : [problem(['jwks_paths'], keys, 'leave it out')]),
    ...profiles.flatMap(({ index, profile }) => {
      if (profile === undefined || profileOfKind(profile)?.url !== undefined) return [];
      const same = `\`iss\` of ${profile} is a domain, which would be the same for every organization`;
      const hint = 'offer it at an issuer without `per_organization`';
      return [problem(['profiles', index, 'profile'], same, hint)];
    }),
    ...upstreams.flatMap(({ name, organization }) => {
      if (organization === undefined) return [];
      return under(
        ['upstreams', name, 'organization'],
        checkOrganizationId({ url, perOrganization: true }, organization),
      );
    }),
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
