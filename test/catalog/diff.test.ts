import { describe, expect, it } from 'vitest';
import { type CatalogDiff, diffCatalogs } from '../../src/catalog/diff.ts';
import { parseCatalog } from '../../src/catalog/parse.ts';
import { planCatalog } from '../../src/catalog/plan.ts';
import { accept, describeProblem } from '../../src/claims/problem.ts';

const ISSUERS = `issuers:
  ona: { profile: ona-v3 }
  fields: { profile: ona-v3, sub_fields: [creator_email], vault_mount: jwt-fields }
  gl: { profile: gitlab-id-token, url: https://gitlab.example.com }
  gh: { profile: github }
`;

function plan(entries: string, issuers = ISSUERS) {
  const { document, mistakes } = parseCatalog(`${issuers}${entries}`);
  expect(mistakes).toEqual([]);
  const planned = planCatalog(document, (file) =>
    accept(JSON.stringify({ Statement: [{ Effect: 'Allow', Action: `${file}:*`, Resource: '*' }] })),
  );
  if (!planned.ok) throw new Error(planned.problems.map(describeProblem).join('\n'));
  return planned.value;
}

const entry = (text: string): string => `access:\n  api: { ${text} }\n`;

const diff = (before: string, after: string): CatalogDiff => diffCatalogs(plan(before), plan(after));

const GL = 'issuer: gl, admit: { project_id: "22", ref_type: branch, ref: main }';
const VAULT = 'vault: { policies: [p], explicit_max_ttl: 5m }';
const ONA = 'issuer: ona, admit: { organization_id: o, project_id: p }';
const AWS = 'aws: { managed: [ReadOnlyAccess] }';

describe('diffCatalogs', () => {
  it.each<[string, string, string]>([
    ['the same', `${GL}, ${VAULT}`, `${GL}, ${VAULT}`],
    [
      'claims in another order',
      `${GL}, ${VAULT}`,
      `issuer: gl, admit: { ref: main, project_id: "22", ref_type: branch }, ${VAULT}`,
    ],
    [
      'one value as a list',
      `${GL}, ${VAULT}`,
      `issuer: gl, admit: { project_id: ["22"], ref_type: branch, ref: main }, ${VAULT}`,
    ],
    [
      'a pattern that a wider one covers',
      `issuer: gl, admit: { project_id: "22", ref: { like: [main*, mainline*] } }, ${VAULT}`,
      `issuer: gl, admit: { project_id: "22", ref: { like: main* } }, ${VAULT}`,
    ],
  ])('finds %s equal', (_, before, after) => {
    expect(diff(entry(before), entry(after))).toEqual({ verdict: 'equal', targets: [] });
  });

  it('shows who gains, by a token that the issuer could mint', () => {
    const wider = GL.replace('ref: main', 'ref: { like: main* }');
    const found = diff(entry(`${GL}, ${VAULT}`), entry(`${wider}, ${VAULT}`));
    expect(found).toMatchObject({
      verdict: 'widens',
      targets: [{ target: { kind: 'vault', mount: 'jwt-gl', role: 'api' }, lost: [], changed: [] }],
    });
    const [witness] = found.targets[0]?.gained ?? [];
    expect(witness?.claims).toMatchObject({
      iss: 'https://gitlab.example.com',
      aud: 'vault.hashicorp.com',
      project_id: '22',
      ref_type: 'branch',
      ref: 'mainx',
    });
    expect(witness?.claims.sub).toBe('project_path:x/x:ref_type:branch:ref:mainx');
    expect(found.targets[0]).not.toHaveProperty('valid');
  });

  it('says how long those who lose keep what they have', () => {
    const wider = GL.replace('ref: main', 'ref: { like: main* }');
    expect(diff(entry(`${wider}, ${VAULT}`), entry(`${GL}, ${VAULT}`))).toMatchObject({
      verdict: 'narrows',
      targets: [{ gained: [], lost: [{ claims: { ref: 'mainx' } }], valid: { kind: 'seconds', seconds: 300 } }],
    });
  });

  it('knows what AWS sees of a claim', () => {
    const both = `${ONA}, ${AWS}`;
    expect(
      diff(entry(both), entry(`issuer: ona, scope: organization, admit: { organization_id: o }, ${AWS}`)),
    ).toMatchObject({
      verdict: 'widens',
      targets: [
        {
          target: { kind: 'aws', role: 'api' },
          gained: [{ variant: 'environment', claims: { organization_id: 'o' } }],
        },
      ],
    });
  });

  it.each<[string, string, string, string, object[]]>([
    [
      'a policy more',
      `${GL}, ${VAULT}`,
      `${GL}, vault: { policies: [p, q], explicit_max_ttl: 5m }`,
      'widens',
      [{ what: 'policies' }],
    ],
    [
      'a policy less',
      `${GL}, vault: { policies: [p, q], explicit_max_ttl: 5m }`,
      `${GL}, ${VAULT}`,
      'narrows',
      [{ what: 'policies', effect: 'narrows' }],
    ],
    [
      'a shorter life',
      `${GL}, ${VAULT}`,
      `${GL}, vault: { policies: [p], explicit_max_ttl: 1m }`,
      'narrows',
      [{ what: 'ttl' }, { what: 'max_ttl' }, { what: 'explicit_max_ttl', before: 300, after: 60 }],
    ],
    [
      'a path more',
      `${GL}, vault: { read: [secret/a/*] }`,
      `${GL}, vault: { read: [secret/a/*, secret/b/*] }`,
      'widens',
      [{ what: 'paths' }],
    ],
    [
      'a boundary',
      `${ONA}, ${AWS}`,
      `${ONA}, aws: { managed: [ReadOnlyAccess], boundary: ViewOnlyAccess }`,
      'narrows',
      [{ what: 'boundary' }],
    ],
    [
      'no boundary any more',
      `${ONA}, aws: { managed: [ReadOnlyAccess], boundary: ViewOnlyAccess }`,
      `${ONA}, ${AWS}`,
      'widens',
      [{ what: 'boundary' }],
    ],
    [
      'a longer session',
      `${ONA}, ${AWS}`,
      `${ONA}, aws: { managed: [ReadOnlyAccess], session: 2h }`,
      'widens',
      [{ what: 'session', before: 3600, after: 7200 }],
    ],
    [
      'the same rights in one file less',
      `${ONA}, aws: { inline: [a.json, b.json] }`,
      `${ONA}, aws: { inline: [a.json] }`,
      'narrows',
      [{ what: 'inline' }],
    ],
    [
      'other rights in a file',
      `${ONA}, aws: { inline: [a.json] }`,
      `${ONA}, aws: { inline: [a.json, b.json] }`,
      'widens',
      [{ what: 'inline' }],
    ],
  ])('sees %s for the same tokens', (_, before, after, verdict, changed) => {
    expect(diff(entry(before), entry(after))).toMatchObject({ verdict, targets: [{ gained: [], lost: [], changed }] });
  });

  it('counts a role that comes as gained and one that goes as lost', () => {
    const found = diff('access: {}\n', entry(`${GL}, ${VAULT}`));
    expect(found).toMatchObject({ verdict: 'widens', targets: [{ gained: [{ claims: { ref: 'main' } }], lost: [] }] });
    expect(diff(entry(`${GL}, ${VAULT}`), 'access: {}\n')).toMatchObject({
      verdict: 'narrows',
      targets: [{ gained: [] }],
    });
    const moved = entry(`issuer: fields, admit: { organization_id: o, project_id: p }, ${VAULT}`);
    expect(diff(entry(`${ONA}, ${VAULT}`), moved)).toMatchObject({
      verdict: 'widens',
      targets: [
        { target: { mount: 'jwt-ona' }, gained: [] },
        { target: { mount: 'jwt-fields' }, lost: [] },
      ],
    });
  });

  it('counts what changes at the issuer as trust', () => {
    const text = entry(`${ONA}, ${AWS}`);
    const other = ISSUERS.replace('ona: { profile: ona-v3 }', 'ona: { profile: ona-v3, url: https://ona.example.com }');
    expect(diffCatalogs(plan(text), plan(text, other))).toMatchObject({
      verdict: 'widens',
      targets: [
        {
          gained: [{ claims: { iss: 'https://ona.example.com' } }],
          lost: [{ claims: { iss: 'https://app.gitpod.io' } }],
        },
      ],
    });
    const signs = ISSUERS.replace('ona: { profile: ona-v3 }', 'ona: { profile: ona-v3, algorithm: ES256 }');
    const vault = entry(`${ONA}, ${VAULT}`);
    expect(diffCatalogs(plan(vault), plan(vault, signs))).toMatchObject({
      targets: [{ changed: [{ what: 'algorithms' }] }],
    });
  });

  it('counts keys from elsewhere as trust, though the tokens read the same', () => {
    const text = entry(`issuer: job, admit: { project_id: "22", ref: main }, ${VAULT}`);
    const issuers = (host: string) =>
      `issuers:\n  job: { profile: gitlab-job-jwt, iss: gitlab.example.com, jwks_url: https://${host}/jwks }\n`;
    const found = diffCatalogs(plan(text, issuers('gitlab.example.com')), plan(text, issuers('keys.example.org')));
    expect(found).toMatchObject({ verdict: 'widens', targets: [{ gained: [], changed: [{ what: 'keys' }] }] });
  });

  it('knows a role by its own name, whatever the entry is called', () => {
    const aws = 'aws: { managed: [ReadOnlyAccess], role: ci }';
    const renamed = `access:\n  web: { ${ONA}, ${aws} }\n`;
    expect(diff(entry(`${ONA}, ${aws}`), renamed)).toEqual({ verdict: 'equal', targets: [] });
    expect(diff(entry(`${ONA}, ${AWS}`), renamed)).toMatchObject({
      verdict: 'widens',
      targets: [
        { target: { role: 'api' }, gained: [] },
        { target: { role: 'ci' }, lost: [] },
      ],
    });
  });

  it('sees that a role is in another account', () => {
    const at = (account: string) => `${entry(`${ONA}, ${AWS}`)}environments:\n  prod: { account: "${account}" }\n`;
    expect(diff(at('111122223333'), at('444455556666'))).toMatchObject({
      verdict: 'widens',
      targets: [{ changed: [{ what: 'environments', before: ['prod 111122223333'] }] }],
    });
  });

  it('knows the members of a group', () => {
    const access = entry(`${GL}, vault: { policies: [p], groups_claim: groups_direct, user_claim: user_id }`);
    const group = (name: string) =>
      `${access}groups:\n  devs: { issuer: gl, member_of: ${name}, vault: { policies: [devs] } }\n`;
    expect(diff(group('acme/devs'), group('acme/ops'))).toMatchObject({
      verdict: 'widens',
      targets: [
        {
          target: { kind: 'vault-group', mount: 'jwt-gl', group: 'devs' },
          gained: [{ claims: { groups_direct: ['acme/ops'] } }],
          lost: [{ claims: { groups_direct: ['acme/devs'] } }],
        },
      ],
    });
    // Who is let in by the role is a member as well.
    const wider = group('acme/devs').replace('ref: main', 'ref: { like: main* }');
    expect(diff(group('acme/devs'), wider).targets.map(({ target }) => target.kind)).toEqual(['vault', 'vault-group']);
  });
});
