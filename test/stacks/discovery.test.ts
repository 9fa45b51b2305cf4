import { describe, expect, it } from 'vitest';
import { onaV3 } from '../../src/claims/profiles/ona-v3.ts';
import { gitlabJobJwt } from '../../src/claims/profiles/gitlab.ts';
import { WorkloadFailure } from '../../src/workload/failure.ts';
import { type Http } from '../../src/workload/http.ts';
import { whyNotLive } from '../../stacks/discovery.ts';

const URL_OF = 'https://app.gitpod.io';
const DISCOVERY = `${URL_OF}/.well-known/openid-configuration`;
const KEYS = `${URL_OF}/jwks`;
const FINE = { [DISCOVERY]: { issuer: URL_OF, jwks_uri: KEYS }, [KEYS]: { keys: [{ kid: 'k' }] } };

/** What is not served is not there. */
const serving =
  (documents: Readonly<Record<string, unknown>>): Http =>
  ({ url }) => {
    const document = documents[url.href];
    const body = typeof document === 'string' ? document : JSON.stringify(document ?? {});
    return Promise.resolve({ status: document === undefined ? 404 : 200, location: undefined, body });
  };

describe('whyNotLive', () => {
  it('finds nothing wrong with an issuer that has a discovery document and keys', async () => {
    expect(await whyNotLive(onaV3(), serving(FINE))).toBeUndefined();
  });

  it('asks an issuer without discovery for its keys alone', async () => {
    const jwks = 'https://gitlab.example.com/-/jwks';
    const issuer = gitlabJobJwt({ iss: 'gitlab.example.com' });
    expect(await whyNotLive(issuer, serving({ [jwks]: { keys: [{}] } }))).toBeUndefined();
    expect(await whyNotLive(issuer, serving({}))).toBe(`${jwks} answers HTTP 404`);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['nothing there', {}, `${DISCOVERY} answers HTTP 404`],
    ['no JSON', { [DISCOVERY]: '<html>' }, `${DISCOVERY} holds no JSON object`],
    ['a list', { [DISCOVERY]: [] }, `${DISCOVERY} holds no JSON object`],
    [
      'another issuer',
      { ...FINE, [DISCOVERY]: { issuer: `${URL_OF}/`, jwks_uri: KEYS } },
      `${DISCOVERY} is of another issuer: it says "${URL_OF}/", and must say it byte for byte`,
    ],
    [
      'keys without TLS',
      { [DISCOVERY]: { issuer: URL_OF, jwks_uri: 'http://app.gitpod.io/jwks' } },
      `${DISCOVERY} names no https jwks_uri`,
    ],
    ['no keys there', { [DISCOVERY]: FINE[DISCOVERY] }, `${KEYS} answers HTTP 404`],
    ['no key set', { ...FINE, [KEYS]: {} }, `${KEYS} holds no JWK Set`],
    ['no key yet', { ...FINE, [KEYS]: { keys: [] } }, `${KEYS} holds no key yet, so no token could be verified`],
  ])('says of %s what it is', async (_, documents, expected) => {
    expect(await whyNotLive(onaV3(), serving(documents))).toBe(expected);
  });

  it('says why nothing answers, with what to do', async () => {
    const unreachable: Http = () =>
      Promise.reject(new WorkloadFailure('unreachable', 'cannot reach it', 'Check the name.'));
    expect(await whyNotLive(onaV3(), unreachable)).toBe('cannot reach it (Check the name.)');
  });

  it('hides no fault', async () => {
    await expect(whyNotLive(onaV3(), () => Promise.reject(new TypeError('a fault')))).rejects.toThrow('a fault');
  });
});
