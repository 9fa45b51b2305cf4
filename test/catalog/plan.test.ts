import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../src/catalog/parse.ts';
import { planCatalog } from '../../src/catalog/plan.ts';
import { accept, describeProblem } from '../../src/claims/problem.ts';

const ISSUERS = `issuers:
  ona: { profile: ona-v3 }
  ona2: { profile: ona-v2, vault_mount: jwt-ona }
  gl: { profile: gitlab-job-jwt, iss: g }
  tok: { profile: gitlab-id-token, url: https://gitlab.example.com }
`;

function plan(text: string) {
  const { document, mistakes } = parseCatalog(text);
  expect(mistakes).toEqual([]);
  return planCatalog(document, () => accept('{ "Statement": [] }'));
}

function problems(text: string): string[] {
  const planned = plan(text);
  return planned.ok ? [] : planned.problems.map(describeProblem);
}

const access = (entry: string, more = '') => `${ISSUERS}access:\n  api: { ${entry} }\n${more}`;

describe('planCatalog', () => {
  it('plans every kind of grant', () => {
    const planned = plan(
      access(
        'issuer: tok, variant: job, admit: { project_path: [g/a, g/b] }, ' +
          'aws: { inline: [a/one.json, two.json], boundary: arn:aws:iam::123456789012:policy/b, session: 12h, audience: [x, y] }, ' +
          'vault: { write: [secret/x/*], kv: 2, audience: v, ttl: 1m, explicit_max_ttl: 1h, user_claim: job_id, groups_claim: groups_direct }',
        'groups:\n  devs: { issuer: tok, member_of: acme/devs, vault: { policies: [devs], read: [secret/devs/*] } }\n',
      ),
    );
    expect(planned).toMatchObject({
      ok: true,
      value: {
        access: [
          {
            name: 'api',
            args: { variants: ['job'], claims: { project_path: { equals: ['g/a', 'g/b'] } } },
            aws: {
              managed: [],
              inline: { one: '{"Statement":[]}', two: '{"Statement":[]}' },
              boundary: 'arn:aws:iam::123456789012:policy/b',
              session: 43_200,
              audiences: ['x', 'y'],
            },
            vault: {
              write: ['secret/x/*'],
              kv: 2,
              audiences: ['v'],
              ttl: 60,
              explicitMaxTtl: 3600,
              userClaim: 'job_id',
              groupsClaim: 'groups_direct',
            },
          },
        ],
        groups: [{ name: 'devs', memberOf: 'acme/devs', grant: { policies: ['devs'], read: ['secret/devs/*'] } }],
      },
    });
  });

  it('leaves out what is not said', () => {
    const planned = plan(access('issuer: gl, admit: { project_id: "22" }, vault: { policies: [p] }'));
    expect(planned.ok && planned.value.access[0]).toEqual({
      name: 'api',
      issuer: expect.objectContaining({ name: 'gl' }) as unknown,
      args: { claims: { project_id: { equals: ['22'] } } },
      admission: expect.objectContaining({ scope: 'workload' }) as unknown,
      also: [],
      vault: { policies: ['p'] },
      vaultRole: { name: 'api', adopt: false },
    });
  });

  it('reads what several stacks take from it: environments, names, what is adopted, the own issuer, further admissions', () => {
    const { document, mistakes } = parseCatalog(`issuers:
  own: { profile: ona-v3, own: /acme, at_aws: existing, at_vault: adopt }
  own2: { profile: ona-v2, own: /acme, vault_mount: jwt-own }
environments:
  dev: { account: "111111111111", namespace: team/dev }
access:
  api:
    issuer: own2
    admit: { sub: { like: "org:o/prj:p/*", equals: "org:o/prj:q/env:e" } }
    also: [{ issuer: own, admit: { organization_id: o, project_id: p } }]
    environments: [dev]
    aws: { managed: [R], role: Deploy, path: /ci/, adopt: true }
    vault: { policies: [p], role: deploy.api, adopt: true, token_type: batch, bound_cidrs: [10.0.0.0/8], default_policy: false }
`);
    expect(mistakes).toEqual([]);
    const url = 'https://idp.example.com/acme';
    const planned = planCatalog(document, () => accept(''), { ownUrl: 'https://idp.example.com' });
    expect(planned).toMatchObject({
      ok: true,
      value: {
        issuers: [
          { profile: { issuer: url }, own: true, atAws: 'existing', atVault: 'adopt' },
          { profile: { issuer: url }, own: true, atAws: 'create', atVault: 'create' },
        ],
        access: [
          {
            args: { claims: { sub: { like: ['org:o/prj:p/*'], equals: ['org:o/prj:q/env:e'] } } },
            also: [{ issuer: { name: 'own' }, args: { claims: { project_id: { equals: ['p'] } } } }],
            environments: ['dev'],
            aws: { role: 'Deploy', path: '/ci/', adopt: true },
            vault: { tokenType: 'batch', boundCidrs: ['10.0.0.0/8'], defaultPolicy: false },
            vaultRole: { name: 'deploy.api', adopt: true },
          },
        ],
        environments: [{ name: 'dev', account: '111111111111', namespace: 'team/dev' }],
      },
    });
  });

  it('lets roles of one name be in environments that do not meet, and in no others', () => {
    const both = (first: string, second: string) => `${ISSUERS}environments: { dev: {}, prod: {} }
access:
  one: { issuer: gl, admit: { project_id: "22" }, ${first} vault: { policies: [p], role: deploy } }
  two: { issuer: gl, admit: { project_id: "23" }, ${second} vault: { policies: [p], role: deploy } }
`;
    expect(problems(both('environments: [dev],', 'environments: [prod],'))).toEqual([]);
    const twice =
      'access.two.vault.role: one has a role of this name already (write another `role`, or give each other `environments`)';
    expect(problems(both('environments: [dev],', ''))).toEqual([twice]);
    expect(problems(both('environments: [dev, prod],', 'environments: [prod],'))).toEqual([twice]);
  });

  it.each<[string, string, RegExp[]]>([
    ['nothing granted', 'issuer: gl, admit: { project_id: "22" }', [/^access.api: this entry gets nothing/]],
    [
      'an environment that is not there',
      'issuer: gl, admit: { project_id: "22" }, environments: [prod], vault: { policies: [p] }',
      [/^access.api.environments.0: there is no environment `prod` \(declare it under `environments`\)/],
    ],
    [
      'what is wrong beside the first admission',
      'issuer: ona, admit: { organization_id: o, project_id: p }, also: [{ issuer: ona2, admit: { project: p } }, { issuer: none, admit: {} }], vault: { policies: [p] }',
      [/^access.api.also.0.admit.project: /, /^access.api.also.1.issuer: there is no issuer `none`/],
    ],
    [
      'further admissions of another mount',
      'issuer: ona, admit: { organization_id: o, project_id: p }, also: [{ issuer: tok, admit: { project_id: "1" } }], vault: { policies: [p] }',
      [/^access.api.also.0.issuer: a Vault role is at one mount/, /^access.api.also.0.admit/],
    ],
    [
      'nothing in aws',
      'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { session: 1h }',
      [/^access.api.aws: nothing is granted/],
    ],
    [
      'nothing in vault',
      'issuer: gl, admit: { project_id: "22" }, vault: { ttl: 1m }',
      [/^access.api.vault: nothing is granted/],
    ],
    [
      'an unknown issuer',
      'issuer: onaa, admit: { organization_id: o }, vault: { policies: [p] }',
      [/^access.api.issuer: there is no issuer `onaa` \(did you mean ona\?\)/],
    ],
    ...['NoSuch Policy', '', 'arn:aws:iam::12:policy/x', 'x y'].map((name): [string, string, RegExp[]] => [
      `a policy that IAM cannot have: ${name}`,
      `issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: ['${name}'], boundary: '${name}' }`,
      [/^access.api.aws.managed.0: `.*` is no policy of IAM/, /^access.api.aws.boundary: `.*` is no policy of IAM/],
    ]),
    [
      'data/ written beside kv: 2',
      'issuer: gl, admit: { project_id: "22" }, vault: { kv: 2, read: [secret/data/x/*] }',
      [/^access.api.vault.read.0: with `kv: 2` this would be `secret\/data\/data\/x\/\*`.*\(write secret\/x\/\*\)/],
    ],
    [
      'a wide admission',
      'issuer: ona, admit: { organization_id: o }, vault: { policies: [p] }',
      [/^access.api.admit: this admits everything in the organization/],
    ],
    [
      'a claim that AWS does not see',
      'issuer: ona, admit: { organization_id: o, creator_id: c }, aws: { managed: [ReadOnlyAccess] }',
      [/^access.api.admit.creator_id: AWS cannot see/],
    ],
    [
      'a session that is too short',
      'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: [x], session: 30m }',
      [/^access.api.aws.session: a role allows sessions of at least 1h/],
    ],
    [
      'a session that is too long',
      'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: [x], session: 13h }',
      [/aws.session/],
    ],
    [
      'administrators',
      'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: [AdministratorAccess] }',
      [/^access.api.aws.managed: AdministratorAccess makes one leaked token the whole account/],
    ],
    [
      'administrators by ARN',
      'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: ["arn:aws:iam::aws:policy/AdministratorAccess"] }',
      [/AdministratorAccess/],
    ],
    [
      'an audience with a star',
      'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: [x], audience: "sts.*" }',
      [/^access.api.aws.audience: an audience is a plain value/],
    ],
    [
      'several of them',
      'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { session: 1m }, vault: { read: ["*"], ttl: 1h, max_ttl: 1m }',
      [/vault.ttl/, /vault.read.0/, /nothing is granted/, /aws.session/],
    ],
  ])('refuses %s', (_, entry, messages) => {
    const found = problems(access(entry));
    expect(found).toEqual(messages.map((message) => expect.stringMatching(message) as string));
  });

  it('refuses two policies of one name, of which one would be lost', () => {
    const entry = 'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { inline: [a/x.json, b/x.json] }';
    expect(problems(access(entry))).toEqual([expect.stringMatching(/^access.api.aws.inline: .*b\/x.json/)]);
  });

  it('takes administrators within a boundary', () => {
    expect(
      problems(
        access(
          'issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: [AdministratorAccess], boundary: PowerUserAccess }',
        ),
      ),
    ).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    [
      'of tokens without groups',
      '{ issuer: gl, member_of: x, vault: { policies: [p] } }',
      /^groups.g.issuer: tokens of gitlab-job-jwt list no groups/,
    ],
    [
      'of an unknown issuer',
      '{ issuer: x, member_of: x, vault: { policies: [p] } }',
      /^groups.g.issuer: there is no issuer `x`/,
    ],
    ['that gets nothing', '{ issuer: tok, member_of: x, vault: {} }', /^groups.g.vault: nothing is granted/],
    [
      'that gets everything',
      '{ issuer: tok, member_of: x, vault: { read: ["*"] } }',
      /^groups.g.vault.read.0: `\*` is a whole secrets engine/,
    ],
    [
      'with a claim in its path',
      '{ issuer: tok, member_of: x, vault: { read: ["secret/{project_id}/*"] } }',
      /^groups.g.vault/,
    ],
  ])('refuses a group %s', (_, group, message) => {
    expect(problems(`${ISSUERS}access: {}\ngroups:\n  g: ${group}\n`)).toEqual([expect.stringMatching(message)]);
  });

  it('refuses a second group of the same members, of which Vault would know one', () => {
    const group = '{ issuer: tok, member_of: acme/devs, vault: { policies: [p] } }';
    expect(problems(`${ISSUERS}access: {}\ngroups:\n  g: ${group}\n  h: ${group}\n`)).toEqual([
      'groups.h.member_of: `acme/devs` is the group of g already (grant it all in g)',
    ]);
  });

  it('lets issuers with one URL share a mount, and no others', () => {
    expect(problems(`${ISSUERS}access: {}\n`)).toEqual([]);
    expect(problems(`${ISSUERS}  gh: { profile: github, vault_mount: jwt-gl }\naccess: {}\n`)).toEqual([
      expect.stringMatching(/^issuers.gh.vault_mount: the mount jwt-gl is that of the issuer gl already/),
    ]);
    expect(
      problems(
        'issuers:\n  a: { profile: gitlab-job-jwt, iss: g, vault_mount: m }\n  b: { profile: gitlab-job-jwt, iss: h, vault_mount: m }\naccess: {}\n',
      ),
    ).toHaveLength(1);
  });

  it('checks the claims of an entry while the settings of its issuer are wrong', () => {
    expect(
      problems(
        'issuers: { a: { profile: gitpod-classic } }\naccess:\n  api: { issuer: a, admit: { x: y }, vault: { policies: [p] } }\n',
      ),
    ).toEqual([
      'issuers.a: the profile gitpod-classic needs `url`',
      expect.stringMatching(/^access\.api\.admit\.x: gitpod-classic tokens .* have no claim/),
    ]);
  });

  it('knows no issuer by what every object has', () => {
    expect(problems(access('issuer: constructor, admit: { project_id: "22" }, vault: { policies: [p] }'))).toEqual([
      expect.stringMatching(/there is no issuer `constructor`/),
    ]);
  });
});

describe('entries of one mount', () => {
  const entries = (second: string, issuer = 'gl') =>
    `${ISSUERS}  gl2: { profile: gitlab-job-jwt, iss: g, vault_mount: jwt-other }\naccess:\n` +
    '  one: { issuer: gl, admit: { project_path: [g/a, g/b] }, vault: { read: ["secret/{project_path}/*"] } }\n' +
    `  two: { issuer: ${issuer}, admit: { project_id: "22" }, vault: ${second} }\n`;

  it('may not name entities by different numbers where a path hangs on the entity', () => {
    // User 22 and project 22 would be one entity, with the metadata of whoever logged in last.
    expect(problems(entries('{ policies: [p], user_claim: user_id }'))).toEqual([
      expect.stringMatching(
        /^access.two.vault: `user_id` names the Vault entities of two and `project_id` those of one/,
      ),
    ]);
  });

  it.each<[string, string, string?]>([
    ['by the same claim', '{ policies: [p] }'],
    ['on another mount', '{ policies: [p], user_claim: user_id }', 'gl2'],
  ])('are fine %s', (_, second, issuer) => {
    expect(problems(entries(second, issuer))).toEqual([]);
  });
});
