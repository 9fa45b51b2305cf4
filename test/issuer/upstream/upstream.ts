/** An upstream with a key of its own, and a document fetcher that counts. */
import { type JWTPayload, SignJWT, exportJWK, generateKeyPair } from 'jose';
import { type FetchDocument } from '../../../src/issuer/upstream/keys.ts';
import { type Upstream } from '../../../src/issuer/upstream/upstream.ts';

export const NOW = 1_800_000_000;
export const CLUSTER = 'https://oidc.cluster.example';
export const OWN = 'https://app.gitpod.io';

export function upstream(changes: Partial<Upstream> = {}): Upstream {
  return {
    name: 'cluster',
    issuer: CLUSTER,
    audiences: [OWN],
    algorithms: ['ES256'],
    admit: [{ claim: '/kubernetes.io/namespace', anyOf: [{ equals: 'ci' }] }],
    organization: 'acme',
    profile: null,
    variant: null,
    facts: {
      organization_id: { value: '0191e223-1111' },
      project_id: { claim: '/kubernetes.io/serviceaccount/uid' },
      environment_id: { claim: '/kubernetes.io/pod/uid' },
      runner_id: { value: 'cluster' },
      runner_name: { value: 'cluster' },
      creator_principal: { value: 'PRINCIPAL_SERVICE_ACCOUNT' },
      creator_id: { claim: '/kubernetes.io/serviceaccount/name' },
      creator_name: { claim: 'sub' },
    },
    ...changes,
  };
}

/** A service account's token (Kubernetes, "Service account tokens": schema of bound tokens). */
export const POD = {
  iss: CLUSTER,
  sub: 'system:serviceaccount:ci:deployer',
  aud: [OWN],
  iat: NOW - 10,
  nbf: NOW - 10,
  exp: NOW + 600,
  'kubernetes.io': {
    namespace: 'ci',
    serviceaccount: { name: 'deployer', uid: '5c1f9d0e-0001' },
    pod: { name: 'deploy-1', uid: '7a2b3c4d-0002' },
  },
} as const;

export async function signingKey(kid: string, algorithm = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
    sign: (claims: object, header: object = {}) =>
      new SignJWT(claims as JWTPayload).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey),
  };
}

/** Serves the discovery document and the keys of `CLUSTER`. */
export function documents(keys: () => readonly object[]) {
  const fetched: string[] = [];
  const state = { away: false };
  const fetchDocument: FetchDocument = (url) => {
    fetched.push(url);
    if (state.away) return Promise.reject(new Error('connection refused'));
    const discovery = { issuer: CLUSTER, jwks_uri: `${CLUSTER}/keys` };
    return Promise.resolve(url.endsWith('/keys') ? { keys: keys() } : discovery);
  };
  return { fetched, state, fetchDocument };
}
