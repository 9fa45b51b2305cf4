import { describe, expect, it } from 'vitest';
import { AwsOidcProvider } from '../../../components/aws/oidc-provider.ts';
import { registered } from '../mocks.ts';

describe('AwsOidcProvider', () => {
  it('trusts the issuer for sts.amazonaws.com alone, unless told otherwise', async () => {
    const url = 'https://services.acme.gitpod.cloud/idp';
    const seen = await registered(() => new AwsOidcProvider('classic', { issuer: { profile: 'gitpod-classic', url } }));
    expect(seen.find(({ type }) => type.endsWith(':OpenIdConnectProvider'))?.inputs).toEqual({
      url,
      clientIdLists: ['sts.amazonaws.com'],
    });
  });

  it.each([
    ['a port', 'https://gitlab.example.com:8443', 'no port'],
    ['http', 'http://gitlab.example.com', 'begins with https://'],
    ['a query', 'https://gitlab.example.com?x', 'no query'],
    ['a slash at the end', 'https://gitlab.example.com/', 'ends with a slash'],
  ])('refuses %s', async (_, url, says) => {
    await expect(
      registered(() => new AwsOidcProvider('x', { issuer: { profile: 'gitlab-id-token', url } })),
    ).rejects.toThrow(says);
  });
});
