import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { AwsOidcProvider, type AwsOidcProviderArgs } from '../../../components/aws/oidc-provider.ts';
import { type MockOptions, inputsOf, outputValue, registered } from '../mocks.ts';

const URL = 'https://services.acme.gitpod.cloud/idp';
const ARGS: AwsOidcProviderArgs = { issuer: { profile: 'gitpod-classic', url: URL } };
const ARN = 'arn:aws:iam::123456789012:oidc-provider/services.acme.gitpod.cloud/idp';

async function create(args: Partial<AwsOidcProviderArgs> = {}, options: MockOptions = {}) {
  let made: AwsOidcProvider | undefined;
  const seen = await registered(() => (made = new AwsOidcProvider('classic', { ...ARGS, ...args })), options);
  if (made === undefined) throw new Error('nothing was made');
  return { seen, arn: await outputValue(made.arn) };
}

describe('AwsOidcProvider', () => {
  it('trusts the issuer for sts.amazonaws.com alone, unless told otherwise', async () => {
    const { seen } = await create();
    expect(inputsOf(seen, 'OpenIdConnectProvider')).toEqual([{ url: URL, clientIdLists: ['sts.amazonaws.com'] }]);
  });

  it('passes on what it is given', async () => {
    const given = { audiences: ['a', 'b'], thumbprints: ['0'.repeat(40)], tags: { team: 'platform' } };
    const { seen } = await create(given);
    expect(inputsOf(seen, 'OpenIdConnectProvider')).toEqual([
      { url: URL, clientIdLists: ['a', 'b'], thumbprintLists: ['0'.repeat(40)], tags: { team: 'platform' } },
    ]);
  });

  it.each<[string, Partial<AwsOidcProviderArgs>, string]>([
    ['asked of AWS', {}, ARN],
    [
      'given',
      { accountId: '210987654321', partition: 'aws-us-gov' },
      ARN.replace('aws:iam::123456789012', 'aws-us-gov:iam::210987654321'),
    ],
    ['in China', { partition: 'aws-cn' }, ARN.replace('arn:aws:', 'arn:aws-cn:')],
  ])('knows its ARN at preview, with the path of the issuer: %s', async (_, args, arn) => {
    expect((await create(args, { preview: true })).arn).toBe(arn);
  });

  it('reads one that stays another’s, by the ARN, and makes nothing', async () => {
    const there = {
      'aws:iam/openIdConnectProvider:OpenIdConnectProvider': { clientIdLists: ['x', 'sts.amazonaws.com'] },
    };
    const { seen, arn } = await create({ mode: 'existing' }, { there });
    expect(seen.filter(({ type }) => type.startsWith('aws:'))).toMatchObject([{ name: 'classic-existing', id: ARN }]);
    expect(arn).toBe(ARN);
  });

  it.each<[string, Partial<AwsOidcProviderArgs>, string]>([
    ['a port', { issuer: { profile: 'gitlab-id-token', url: 'https://gitlab.example.com:8443' } }, 'no port'],
    ['http', { issuer: { profile: 'gitlab-id-token', url: 'http://gitlab.example.com' } }, 'begins with https://'],
    ['a query', { issuer: { profile: 'gitlab-id-token', url: 'https://gitlab.example.com?x' } }, 'no query'],
    [
      'a slash at the end',
      { issuer: { profile: 'gitlab-id-token', url: 'https://gitlab.example.com/' } },
      'ends with a slash',
    ],
    ['an issuer that is no URL', { issuer: { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' } }, 'is no URL'],
    ['no issuer', { issuer: undefined as never }, 'issuer: this argument is missing'],
    ['a misspelt argument', { thumprints: [] } as never, 'did you mean thumbprints?'],
    [
      'a misspelt argument of the issuer',
      { issuer: { profile: 'ona-v3', jwks: 'x' } as never },
      'issuer.jwks: there is no such argument',
    ],
    ['no audience', { audiences: [] }, 'replayed'],
    ['too many audiences', { audiences: Array.from({ length: 101 }, (_, at) => `a${at}`) }, 'at most 100 audiences'],
    ['a long audience', { audiences: ['a'.repeat(256)] }, '1 to 255 characters'],
    ['an empty audience', { audiences: [''] }, 'is no audience'],
    ['an audience with a blank', { audiences: ['a b'] }, 'is no audience'],
    ['an audience twice', { audiences: ['a', 'a'] }, '`a` is there twice'],
    ['a pattern', { audiences: ['*.acme.com'] }, 'an audience is no pattern'],
    ['a thumbprint with colons', { thumbprints: ['AA:BB'] }, 'is no thumbprint'],
    ['six thumbprints', { thumbprints: Array.from({ length: 6 }, () => '0'.repeat(40)) }, 'at most 5 thumbprints'],
    ['an account with letters', { accountId: 'acme' }, 'it has 12 digits'],
    ['an unknown partition', { partition: 'aws-gov' }, 'there is no partition `aws-gov`'],
    ['an unknown mode', { mode: 'import' as never }, 'there is no mode `import`'],
    ['to change one of another’s', { mode: 'existing', tags: {} }, 'not changed here'],
    [
      'to adopt in an account that is not known yet',
      { mode: 'adopt', accountId: pulumi.output('123456789012') },
      'as plain text',
    ],
    ['to adopt in no account', { mode: 'adopt' }, 'as plain text'],
  ])('refuses %s at once', async (_, args, says) => {
    await expect(create(args)).rejects.toThrow(says);
  });
});
