import { expect, it } from 'vitest';
import { type AwsRequest } from '../../../src/trust/aws/request.ts';
import { checkToken } from '../../../src/trust/aws/token.ts';

const NOW = 1_790_000_000;
const AUD = 'sts.amazonaws.com';
const CLAIMS = { iss: 'https://app.gitpod.io', sub: 'organization_id:o', aud: AUD, iat: NOW - 10, exp: NOW + 3590 };

type Changed = Readonly<Record<string, unknown>>;

/** The checks that are shown, each by its claim, and those among them that failed. */
function shown(changed: Changed, rest: Omit<AwsRequest, 'claims'>) {
  const checks = checkToken({ claims: { ...CLAIMS, ...changed }, ...rest });
  return {
    all: checks.map(({ claim }) => claim),
    failed: checks.filter(({ verdict }) => verdict !== true).map(({ claim }) => claim),
  };
}

it.each<[Omit<AwsRequest, 'claims'>, Changed, string[]]>([
  [{}, {}, []],
  [{ header: {} }, {}, ['kid']],
  [{ header: { kid: 'k' } }, {}, []],
  [{ header: { alg: 'RS256', kid: 'k' } }, {}, ['alg']],
  [{ provider: { clientIds: [AUD] } }, {}, ['aud']],
  [{ provider: null }, {}, ['iss']],
  [{ now: NOW }, {}, ['exp', 'iat']],
  [{ now: NOW }, { nbf: NOW }, ['exp', 'nbf', 'iat']],
])('of %j and %j it shows what was compared: %j', (request, changed, claims) => {
  expect(shown(changed, request).all).toEqual(claims);
});

it.each(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'])('%s is taken', (alg) => {
  expect(shown({}, { header: { alg, kid: 'k' } }).failed).toEqual([]);
});

it.each(['EdDSA', 'PS256', 'HS256', 'none', '', 'rs256'])('%j is not taken', (alg) => {
  expect(shown({}, { header: { alg, kid: 'k' } }).failed).toEqual(['alg']);
});

const provider = (...clientIds: string[]) => ({ provider: { clientIds } });

it.each<[string, Changed, Omit<AwsRequest, 'claims'>, string[]]>([
  ['fine', {}, { header: { alg: 'RS256', kid: 'k' }, now: NOW, ...provider(AUD) }, []],
  ['that does not name its key', {}, { header: { alg: 'RS256' } }, ['kid']],
  ['that names an empty key', {}, { header: { kid: '' } }, ['kid']],
  ...['iss', 'sub', 'aud', 'iat', 'exp'].flatMap((claim): [string, Changed, object, string[]][] => [
    [`without ${claim}`, { [claim]: undefined }, provider(AUD), [claim]],
    [`in which ${claim} is null`, { [claim]: null }, provider(AUD), [claim]],
  ]),
  ['without anything', { iss: undefined, sub: undefined }, {}, ['iss', 'sub']],
  ...['iss', 'sub'].flatMap((claim): [string, Changed, object, string[]][] =>
    ['', 5, ['x'], { x: 'y' }, true].map((value) => [
      `in which ${claim} is ${JSON.stringify(value)}`,
      { [claim]: value },
      {},
      [claim],
    ]),
  ),
  ['with an audience in a list of one', { aud: [AUD] }, provider(AUD), []],
  ['with an empty list of audiences', { aud: [] }, provider(AUD), ['aud']],
  ['with an empty audience', { aud: '' }, {}, ['aud']],
  ['with an empty audience in a list', { aud: [''] }, {}, ['aud']],
  ['with an empty audience beside azp', { aud: [AUD, ''], azp: AUD }, provider(AUD), ['aud']],
  ['with an audience that is no text', { aud: 5 }, {}, ['aud']],
  ['with an audience in a list that is no text', { aud: [5] }, {}, ['aud']],
  ['with several audiences', { aud: [AUD, 'x'] }, provider(AUD, 'x'), ['aud']],
  ['with one audience twice', { aud: [AUD, AUD] }, {}, ['aud']],
  ['with several audiences beside azp', { aud: ['x', 'y'], azp: AUD }, provider(AUD), []],
  ['with several audiences beside an azp that says nothing', { aud: [AUD, 'x'], azp: '' }, provider(AUD), ['aud']],
  ['with several audiences beside an azp that is no text', { aud: [AUD, 'x'], azp: 5 }, {}, ['aud']],
  ['whose azp is not registered', { azp: 'x' }, provider(AUD), ['aud']],
  ['for one of several registered audiences', {}, provider('x', AUD), []],
  ['for an audience that is not registered', {}, provider('x'), ['aud']],
  ['for a provider without audiences', {}, provider(), ['aud']],
  ['for an audience in another case', { aud: AUD.toUpperCase() }, provider(AUD), ['aud']],
  ['of an issuer without a provider', {}, { provider: null }, ['iss']],
  ['for nobody knows which provider', { aud: 'x' }, {}, []],
  ['expired, within tolerance', { exp: NOW - 299 }, { now: NOW }, []],
  ['expired', { exp: NOW - 300 }, { now: NOW }, ['exp']],
  ['valid from a moment within tolerance', { nbf: NOW + 300 }, { now: NOW }, []],
  ['valid from later on', { nbf: NOW + 301 }, { now: NOW }, ['nbf']],
  ['issued in the future, within tolerance', { iat: NOW + 300 }, { now: NOW }, []],
  ['issued in the future', { iat: NOW + 301 }, { now: NOW }, ['iat']],
  ['all times of which are off', { exp: 1, nbf: NOW * 2, iat: NOW * 2 }, { now: NOW }, ['exp', 'nbf', 'iat']],
  ['with a fraction of a second', { exp: NOW + 0.5 }, { now: NOW }, ['exp']],
  ['with a time in a text', { exp: String(NOW) }, { now: NOW }, ['exp']],
  ['with a time that is null', { nbf: null }, { now: NOW }, ['nbf']],
  ['expired, of which nothing is asked', { exp: 1 }, {}, []],
])('a token %s', (_, changed, request, failed) => {
  expect(shown(changed, request).failed).toEqual(failed);
});
