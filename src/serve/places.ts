/** Where everything is served: every path of every issuer leads to one thing. */

import { type Problem, problem } from '../claims/problem.ts';
import { checkOrganizationId } from '../issuer/organization-issuer.ts';
import { defaultJwksPath, splitUrl } from '../issuer/settings.ts';
import { type KnownIssuer } from './known.ts';

/** One address on a host, and what is served there. */
interface Place {
  readonly issuer: string;
  readonly what: string;
  /** The setting that chose it. */
  readonly path: Problem['path'];
  readonly at: string;
}

/** What is in the way of what. */
export function checkPlaces(issuers: readonly KnownIssuer[]): Problem[] {
  const urls = new Map<string, string>();
  const taken = new Map<string, Place>();
  const twice = issuers.flatMap((issuer) => {
    if (issuer.url === undefined) return [];
    const { host, path } = splitUrl(issuer.url);
    const same = urls.get(host + path);
    urls.set(host + path, same ?? issuer.name);
    // Of two issuers at one URL it is enough to say so once.
    const places = placesOf(issuer, issuer.url).filter((place) => same === undefined || place.path[2] === 'jwks_paths');
    return [...(same === undefined ? [] : [sameUrl(issuer, same)]), ...places.flatMap((place) => take(taken, place))];
  });
  return [...twice, ...issuers.flatMap((issuer) => checkBelow(issuer, issuers))];
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

/** What an organization has below its URL, as the public listener serves it. */
const ORGANIZATION_PATHS = ['/.well-known/openid-configuration', '/.well-known/jwks.json', '/token', '/id-token'];

/** What an organization of another issuer could have, where that has `per_organization`. */
function checkBelow({ name, url, jwksPaths = [] }: KnownIssuer, issuers: readonly KnownIssuer[]): Problem[] {
  if (url === undefined) return [];
  const { host, path } = splitUrl(url);
  const hint = 'choose another host or path';
  return issuers.flatMap((other) => {
    if (!other.perOrganization || other.url === undefined || other.name === name) return [];
    const whose = `of an organization of the issuer ${other.name}`;
    const isOwn = isOrganizationOf(other.url);
    return [
      ...(isOwn(host + path) ? [problem(['issuers', name, 'url'], `${url} would be the URL ${whose}`, hint)] : []),
      ...jwksPaths.flatMap(({ index, value }) => {
        const own = ORGANIZATION_PATHS.some((end) => value.endsWith(end) && isOwn(host + value.slice(0, -end.length)));
        return own ? [problem(['issuers', name, 'jwks_paths', index], `${value} would be ${whose}`, hint)] : [];
      }),
    ];
  });
}

/** @param url of the issuer of all */
function isOrganizationOf(url: string): (place: string) => boolean {
  const { host, path } = splitUrl(url);
  const above = `${host}${path}/`;
  return (place) =>
    place.startsWith(above) &&
    checkOrganizationId({ url, perOrganization: true }, place.slice(above.length)).length === 0;
}
