import { generateKeyPairSync } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { VaultJwtMount, type VaultJwtMountArgs, checkExisting } from '../../../components/vault/jwt-mount.ts';
import { describeProblem } from '../../../src/claims/problem.ts';
import { onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import { type MockOptions, inputsOf, registered } from '../mocks.ts';

const GITLAB = { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' };
const ONA = { profile: 'ona-v3' };
const pair = generateKeyPairSync('ed25519');
const PEM = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const PRIVATE = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const create = (args: Partial<VaultJwtMountArgs>, options?: MockOptions) =>
  registered(() => new VaultJwtMount('jwt', { issuer: ONA, ...args }), options);

const BOUND = { boundIssuer: 'https://app.gitpod.io', jwtSupportedAlgs: ['RS256'] };

/** All of its fields: what is left out would show as drift. */
const TUNE = {
  defaultLeaseTtl: '15m',
  maxLeaseTtl: '768h',
  listingVisibility: 'hidden',
  tokenType: 'default-service',
  auditNonHmacRequestKeys: [],
  auditNonHmacResponseKeys: [],
  passthroughRequestHeaders: [],
  allowedResponseHeaders: [],
};

describe('VaultJwtMount', () => {
  it.each<[string, Partial<VaultJwtMountArgs>, object]>([
    [
      'by discovery',
      { caPem: 'pem' },
      { ...BOUND, oidcDiscoveryUrl: 'https://app.gitpod.io', oidcDiscoveryCaPem: 'pem' },
    ],
    [
      'by the JWKS of an issuer without discovery',
      { issuer: GITLAB, caPem: 'pem' },
      { ...BOUND, boundIssuer: 'gitlab.example.com', jwksUrl: 'https://gitlab.example.com/-/jwks', jwksCaPem: 'pem' },
    ],
    [
      'by a JWKS elsewhere',
      { jwksUrl: 'https://keys.acme.com/jwks' },
      { ...BOUND, jwksUrl: 'https://keys.acme.com/jwks' },
    ],
    ['by keys that it is given', { publicKeys: [PEM] }, { ...BOUND, jwtValidationPubkeys: [PEM] }],
    [
      'by another algorithm',
      { issuer: { ...ONA, algorithm: 'ES256' } },
      { ...BOUND, jwtSupportedAlgs: ['ES256'], oidcDiscoveryUrl: 'https://app.gitpod.io' },
    ],
  ])('trusts one issuer with one algorithm, %s', async (_, args, config) => {
    const description = `Workload tokens of ${args.issuer?.iss ?? 'https://app.gitpod.io'}`;
    expect(inputsOf(await create(args), 'AuthBackend')).toEqual([
      { type: 'jwt', path: 'jwt', description, tune: TUNE, ...config },
    ]);
  });

  it('passes on what it is given', async () => {
    const tune = { defaultLeaseTtl: '5m', maxLeaseTtl: '1h30m', auditNonHmacRequestKeys: ['role'] };
    const given = { path: 'team/jwt', description: 'x', namespace: 'admin/team' };
    const seen = await create({ ...given, tune, dangerouslyDefaultRole: 'usual' });
    expect(inputsOf(seen, 'AuthBackend')).toMatchObject([
      { ...given, defaultRole: 'usual', tune: { ...TUNE, ...tune } },
    ]);
  });

  const AUTH = 'vault:jwt/authBackend:AuthBackend';

  it('reads one that stays another’s, and makes nothing', async () => {
    const there = { [AUTH]: BOUND };
    const seen = await create({ mode: 'existing', path: 'team' }, { there });
    expect(seen.filter(({ type }) => type === AUTH)).toMatchObject([{ name: 'jwt-existing', id: 'team' }]);
  });

  it.each<[string, Partial<VaultJwtMountArgs>, string]>([
    ['two sources of keys', { jwksUrl: 'https://x/jwks', publicKeys: [PEM] }, 'keys come from one place'],
    ['a JWKS without TLS', { jwksUrl: 'http://x/jwks' }, 'no https URL'],
    ['a CA where nothing is fetched', { publicKeys: [PEM], caPem: 'pem' }, 'no CA to trust'],
    ['no key', { publicKeys: [] }, 'there is no key'],
    ['a key that is none', { publicKeys: [PEM, 'x'] }, 'publicKeys.1: this is no public key in PEM'],
    ['a certificate', { publicKeys: [PEM.replaceAll('PUBLIC KEY', 'CERTIFICATE')] }, 'this is no public key in PEM'],
    ['a path with slashes around it', { path: '/jwt/' }, 'without slashes around it'],
    ['a namespace with a slash at its end', { namespace: 'admin/' }, 'without slashes around it'],
    ['a duration in words', { tune: { maxLeaseTtl: 'a day' } }, 'tune.maxLeaseTtl: `a day` is no duration'],
    [
      'a visibility that there is not',
      { tune: { listingVisibility: 'public' as never } },
      'there is no visibility `public`',
    ],
    [
      'a default role that is not named dangerous',
      { defaultRole: 'x' } as never,
      'defaultRole: there is no such argument',
    ],
    ['a misspelt tuning', { tune: { maxTtl: '1h' } as never }, 'tune.maxTtl: there is no such argument'],
    ['no issuer', { issuer: undefined as never }, 'issuer: this argument is missing'],
    [
      'to change one of another’s',
      { mode: 'existing', tune: {}, caPem: 'x' },
      'tune: a mount that is managed elsewhere',
    ],
    ['an unknown mode', { mode: 'made' as never }, 'there is no mode `made`'],
    ['to adopt one at a path that is not known yet', { mode: 'adopt', path: pulumi.output('jwt') }, 'as plain text'],
  ])('refuses %s at once', async (_, args, says) => {
    await expect(create(args)).rejects.toThrow(says);
  });

  it('never repeats a private key', async () => {
    const error = await create({ publicKeys: [PRIVATE] }).catch((reason: unknown) => reason);
    expect(String(error)).toContain('publicKeys.0: this is a private key');
    expect(String(error)).not.toContain(PRIVATE.split('\n')[1]);
  });

  it.each<[string, string | undefined, string[] | undefined, RegExp[]]>([
    ['that fits', 'https://app.gitpod.io', ['RS256'], []],
    ['that is bound to no issuer', undefined, ['RS256'], [/is bound to the issuer ``, and not to `https:/]],
    ['of another issuer', 'https://evil.example', ['RS256'], [/bound to the issuer `https:\/\/evil.example`/]],
    [
      'that takes any algorithm',
      'https://app.gitpod.io',
      undefined,
      [/takes any algorithm, and the issuer signs with RS256/],
    ],
    ['that takes several', 'https://app.gitpod.io', ['RS256', 'PS256'], [/takes RS256, PS256/]],
    ['that takes another', 'https://app.gitpod.io', ['ES256'], [/takes ES256/]],
  ])('looks at a mount %s', (_, bound, algorithms, says) => {
    const problems = checkExisting(onaV3(), bound, algorithms).map(describeProblem);
    expect(problems).toEqual(says.map((text) => expect.stringMatching(text) as string));
  });
});
