// Each witness of a diff, minted by the issuer and tried at the real Vault and at the gate: the one version admits it, the other does not.
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TargetDiff, diffCatalogs } from '../../src/catalog/diff.ts';
import { parseCatalog } from '../../src/catalog/parse.ts';
import { planCatalog } from '../../src/catalog/plan.ts';
import { type CatalogPlan, type PlannedAccess } from '../../src/catalog/planned.ts';
import { accept, describeProblem } from '../../src/claims/problem.ts';
import { compileTrustPolicy, providerArn } from '../../src/trust/aws/compile.ts';
import { type Witness } from '../../src/trust/tokens/solve.ts';
import { asVaultRole, compileVaultAccess } from '../../src/trust/vault/compile.ts';
import { type Attempt, assumeRole, loginToVault } from '../sandbox/attempt.ts';
import { ORGANIZATION } from '../sandbox/principals.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';

const ISSUERS = `issuers:
  ona: { profile: ona-v3, vault_mount: jwt }
  ona-v2: { profile: ona-v2, vault_mount: jwt-v2 }
  classic: { profile: gitpod-classic, url: https://services.acme.gitpod.cloud/idp }
  gitlab: { profile: gitlab-job-jwt, iss: gitlab.example.com, vault_mount: jwt-gitlab }
  gitlab-id: { profile: gitlab-id-token, url: https://gitlab.example.com, vault_mount: jwt-gitlab-id }
  gitlab-saas: { profile: gitlab-id-token, url: https://gitlab.com, vault_mount: jwt-gitlab-com }
`;

/** Who mints the tokens of an issuer of the catalog. */
const MINTED_BY: Readonly<Record<string, { readonly issuer: string; readonly organization: string }>> = {
  ona: { issuer: 'ona', organization: ORGANIZATION.acme },
  'ona-v2': { issuer: 'ona', organization: ORGANIZATION.onV2 },
  classic: { issuer: 'classic', organization: 'acme' },
  gitlab: { issuer: 'gitlab', organization: 'mygroup' },
  'gitlab-id': { issuer: 'gitlab', organization: 'mygroup' },
  'gitlab-saas': { issuer: 'gitlab-com', organization: 'acme' },
};

const VAULT = 'vault: { policies: [p] }';
const AWS = 'aws: { managed: [ReadOnlyAccess] }';
const BOTH = `${AWS}, ${VAULT}`;

type Row = readonly [what: string, before: string, after: string];

const ROWS: readonly Row[] = [
  [
    'a whole organization',
    `issuer: ona, admit: { organization_id: o, project_id: p }, ${BOTH}`,
    `issuer: ona, scope: organization, admit: { organization_id: o }, ${BOTH}`,
  ],
  [
    'another project',
    `issuer: ona, admit: { organization_id: o, project_id: p }, ${BOTH}`,
    `issuer: ona, admit: { organization_id: o, project_id: [p, q] }, ${BOTH}`,
  ],
  [
    'another organization',
    `issuer: ona, admit: { organization_id: o, project_id: p }, ${BOTH}`,
    `issuer: ona, admit: { organization_id: n, project_id: p }, ${BOTH}`,
  ],
  [
    'users beside environments',
    `issuer: ona, admit: { organization_id: o, environment_id: e }, ${VAULT}`,
    `issuer: ona, variant: user, admit: { organization_id: o, user_id: u }, ${VAULT}`,
  ],
  [
    'addresses of a domain',
    `issuer: ona, admit: { organization_id: o, project_id: p, creator_email: a@acme.example }, ${VAULT}`,
    `issuer: ona, admit: { organization_id: o, project_id: p, creator_email: { like: "*@acme.example" } }, ${VAULT}`,
  ],
  [
    'a project of V2',
    `issuer: ona-v2, admit: { sub: { like: "org:o/prj:p/*" } }, ${BOTH}`,
    `issuer: ona-v2, admit: { sub: { like: "org:o/prj:*" } }, scope: organization, ${BOTH}`,
  ],
  [
    'a repository of Classic',
    `issuer: classic, admit: { context: https://github.com/acme/api }, ${AWS}`,
    `issuer: classic, admit: { context: { like: "https://github.com/acme/*" } }, scope: organization, ${AWS}`,
  ],
  [
    'branches',
    `issuer: gitlab, admit: { project_id: "22", ref_type: branch, ref: main }, ${VAULT}`,
    `issuer: gitlab, admit: { project_id: "22", ref: { like: "main*" } }, ${VAULT}`,
  ],
  [
    'what need not be protected any more',
    `issuer: gitlab-saas, admit: { project_id: "22", ref_protected: "true" }, ${BOTH}`,
    `issuer: gitlab-saas, admit: { project_id: "22" }, ${BOTH}`,
  ],
  [
    'projects of a group',
    `issuer: gitlab-id, admit: { project_path: acme/api, ref: main }, ${BOTH}`,
    `issuer: gitlab-id, admit: { project_path: [acme/api, acme/web], ref: [main, dev] }, ${BOTH}`,
  ],
  [
    'other patterns',
    `issuer: gitlab-id, admit: { project_path: acme/api, ref: { like: "rel-*" } }, ${BOTH}`,
    `issuer: gitlab-id, admit: { project_path: acme/api, ref: { like: "*-rel" } }, ${BOTH}`,
  ],
  [
    'an audience',
    `issuer: gitlab-id, admit: { project_id: "22" }, vault: { policies: [p], audience: a }`,
    `issuer: gitlab-id, admit: { project_id: "22" }, vault: { policies: [p], audience: [a, b] }`,
  ],
  [
    'groups',
    `issuer: gitlab-id, admit: { project_id: "22" }, ${VAULT}`,
    `issuer: gitlab-id, admit: { project_id: "22" }, vault: { policies: [p], groups_claim: groups_direct, user_claim: user_id }`,
  ],
];

function planOf(entry: string): CatalogPlan {
  const { document, mistakes } = parseCatalog(`${ISSUERS}access:\n  api: { ${entry} }\n`);
  const plan = planCatalog(document, () => accept('{}'));
  if (mistakes.length > 0 || !plan.ok) {
    throw new Error([...mistakes, ...(plan.ok ? [] : plan.problems)].map(describeProblem).join('\n'));
  }
  return plan.value;
}

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ progress: () => undefined, now: () => new Date() });
  // The catalog of the sandbox grants nothing at AWS to GitLab.
  for (const Url of ['https://gitlab.com', 'https://gitlab.example.com']) {
    await sandbox.aws.iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com'] }));
  }
});

afterAll(async () => {
  await sandbox.stop();
});

/** Writes the role of a version where the target is, and tries tokens at it. */
async function versionAt(target: TargetDiff['target'], entry: PlannedAccess, role: string) {
  if (target.kind === 'aws') {
    const { issuer, admission } = entry;
    const arn = providerArn('aws', sandbox.account, issuer.profile.issuer.replace('https://', ''));
    const policy = compileTrustPolicy(admission, { providerArn: arn });
    if (!policy.ok) throw new Error('the entry compiles');
    const document = JSON.stringify(policy.value);
    await sandbox.aws.iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: document }));
    return (token: string): Promise<Attempt> => assumeRole(sandbox, { role, token });
  }
  const access = compileVaultAccess(entry.admission, entry.vault ?? {});
  if (!access.ok) throw new Error('the entry compiles');
  const { mount } = target;
  const written = await sandbox.vault.call('POST', `auth/${mount}/role/${role}`, asVaultRole(access.value.role));
  expect(written.errors).toEqual([]);
  return (token: string): Promise<Attempt> => loginToVault(sandbox, { mount, role, token });
}

async function tokenOf({ variant, facts, claims }: Witness, entry: PlannedAccess): Promise<string> {
  const by = MINTED_BY[entry.issuer.name] ?? { issuer: '', organization: '' };
  const audiences = claims.aud === undefined ? [] : [claims.aud].flat().map(String);
  const profile = entry.issuer.profile.profile;
  const jwt = await sandbox.issuer.mint({ ...by, profile, variant, facts }, audiences);
  const minted = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  // What the algebra wrote down is what the issuer says.
  expect(minted).toMatchObject({ sub: claims.sub, iss: claims.iss });
  return jwt;
}

describe('a witness', () => {
  let count = 0;

  it.each(ROWS)('of %s is admitted by one version alone', async (_, before, after) => {
    const [old, next] = [planOf(before), planOf(after)];
    const [oldEntry, nextEntry] = [old.access[0], next.access[0]];
    if (oldEntry === undefined || nextEntry === undefined) throw new Error('there is an entry');
    const { targets } = diffCatalogs(old, next);
    expect(targets.flatMap(({ gained, lost }) => [...gained, ...lost]).length).toBeGreaterThan(0);
    for (const { target, gained, lost } of targets) {
      count += 1;
      const atOld = await versionAt(target, oldEntry, `witness-before-${count}`);
      const atNext = await versionAt(target, nextEntry, `witness-after-${count}`);
      for (const witness of gained) {
        const token = await tokenOf(witness, nextEntry);
        expect({ old: (await atOld(token)).admitted, next: (await atNext(token)).admitted }).toEqual({
          old: false,
          next: true,
        });
      }
      for (const witness of lost) {
        const token = await tokenOf(witness, oldEntry);
        expect({ old: (await atOld(token)).admitted, next: (await atNext(token)).admitted }).toEqual({
          old: true,
          next: false,
        });
      }
    }
  });
});
