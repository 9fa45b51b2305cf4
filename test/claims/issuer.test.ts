import { describe, expect, it } from 'vitest';
import { profileOfKind, readIssuer, type IssuerConfig } from '../../src/claims/issuer.ts';
import { describeProblem } from '../../src/claims/problem.ts';
import { PROFILE_NAMES } from '../../src/claims/profile.ts';

function problemsOf(config: IssuerConfig): string[] {
  const read = readIssuer(config);
  return read.ok ? [] : read.problems.map(describeProblem);
}

describe('readIssuer', () => {
  it.each<IssuerConfig>([
    { profile: 'gitpod-classic', url: 'https://services.acme.gitpod.cloud/idp' },
    { profile: 'gitpod-classic', url: 'https://services.acme.gitpod.cloud/idp', subFields: ['org_id', 'repository'] },
    { profile: 'ona-v2' },
    { profile: 'ona-v3' },
    { profile: 'ona-v3', url: 'https://app.gitpod.io', subFields: ['creator_email'] },
    { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' },
    { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com', jwksUrl: 'https://gitlab.example.com/-/jwks' },
    { profile: 'gitlab-id-token', url: 'https://gitlab.com', subFields: ['project_id'] },
    { profile: 'github' },
    { profile: 'github', subFields: ['repository_owner_id'] },
  ])('builds %j', (config) => {
    const read = readIssuer(config);
    expect(read).toMatchObject({ ok: true, value: { profile: config.profile } });
    if (read.ok) expect(Object.keys(read.value.variants)).toContain(read.value.mainVariant);
  });

  it.each<[IssuerConfig, string[]]>([
    [{ profile: 'gitlab-idtoken' }, ['profile: there is no profile gitlab-idtoken (did you mean gitlab-id-token?)']],
    [{ profile: 'constructor' }, [`profile: there is no profile constructor (there are: ${PROFILE_NAMES.join(', ')})`]],
    [{ profile: 'gitpod-classic' }, ['the profile gitpod-classic needs `url`']],
    [{ profile: 'gitlab-job-jwt' }, ['the profile gitlab-job-jwt needs `iss`']],
    [
      { profile: 'gitlab-job-jwt', iss: 'https://gitlab.example.com' },
      [
        'iss: the `iss` of gitlab-job-jwt is the domain of the instance, without https:// (id tokens carry a URL: for them use the profile gitlab-id-token)',
      ],
    ],
    [{ profile: 'github', algorithm: 'HS256' }, ['algorithm: there is no algorithm HS256 (did you mean RS256?)']],
    [
      { profile: 'gitlab-job-jwt', iss: 'g/x' },
      [expect.stringMatching(/^iss: the `iss` of gitlab-job-jwt is the domain/) as string],
    ],
    [
      { profile: 'ona-v2', subFields: ['org'], iss: 'x' },
      [
        'iss: the profile ona-v2 has no setting `iss` (it has: url)',
        'sub_fields: the profile ona-v2 has no setting `sub_fields` (it has: url)',
      ],
    ],
    [
      { profile: 'ona-v3', subFields: ['creator_mail', 'creator_id', 'creator_id'] },
      [
        'sub_fields.0: ona-v3 cannot put `creator_mail` into `sub` (did you mean creator_email?)',
        'sub_fields.2: `creator_id` is there twice',
      ],
    ],
    [
      { profile: 'github', url: 'http://x', subFields: ['nonsense_of_mine'] },
      [
        'url: an issuer URL begins with https://: http://x (keys that are fetched without TLS can be replaced on the way)',
        expect.stringMatching(
          /^sub_fields\.0: github cannot put `nonsense_of_mine` into `sub` \(there are: repository, /,
        ) as string,
      ],
    ],
    [
      { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com', jwksUrl: 'http://gitlab.example.com/-/jwks' },
      [expect.stringMatching(/^jwks_url: this is no https URL/) as string],
    ],
    [
      { profile: 'gitlab-id-token', url: 'https://gitlab.com', subFields: ['groups_direct'] },
      [expect.stringMatching(/cannot put `groups_direct`/) as string],
    ],
  ])('says everything that is wrong with %j', (config, problems) => {
    expect(problemsOf(config)).toEqual(problems);
  });

  it('takes another algorithm into the profile', () => {
    expect(readIssuer({ profile: 'github', algorithm: 'ES256' })).toMatchObject({ value: { algorithms: ['ES256'] } });
  });

  it('lets a JWKS URL be what an issuer URL may not', () => {
    expect(problemsOf({ profile: 'gitlab-job-jwt', iss: 'g', jwksUrl: 'https://g:8443/-/jwks' })).toEqual([]);
  });
});

describe('profileOfKind', () => {
  it.each(PROFILE_NAMES)('knows the tokens of %s without settings', (name) => {
    expect(profileOfKind(name)).toMatchObject({ profile: name });
  });

  it('knows no other', () => {
    expect(profileOfKind('constructor')).toBeUndefined();
  });
});
