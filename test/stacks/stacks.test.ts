// One catalog, several stacks: the order of things, environments, shards, another stack's issuer, and a switch of token versions.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ListRolesCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { diffCatalogs } from '../../src/catalog/diff.ts';
import { describeMistakes, loadCatalog } from '../../src/catalog/load.ts';
import { shardOf } from '../../src/catalog/select.ts';
import { publish, startProject } from '../sandbox-tests/support.ts';
import { type StackWorld, ACCOUNT, CLASSIC, ONA, done, startStackWorld, stepsOf } from './world.ts';

/** Engines of Pulumi, on a machine that has more to do. */
vi.setConfig({ testTimeout: 180_000 });

let world: StackWorld;

beforeAll(async () => {
  world = await startStackWorld();
});

afterAll(async () => {
  await world.stop();
});

const GRANT = 'aws: { managed: [ReadOnlyAccess] }';

/** moto has providers of these issuers already, made by somebody else. */
const ISSUERS = `issuers:
  ona: { profile: ona-v3, ca_file: ../ca.pem, vault_mount: jwt, at_aws: existing }
  ona-v2: { profile: ona-v2, ca_file: ../ca.pem, vault_mount: jwt, at_aws: existing }
`;

const classic = (more: string) =>
  `issuers:\n  classic: { profile: gitpod-classic, ca_file: ../ca.pem, at_aws: existing, ${more} }\n`;

const ENTRY = 'issuer: classic, admit: { context: https://github.com/acme/api }';

const roles = async () =>
  ((await world.gate.iam.send(new ListRolesCommand({}))).Roles ?? []).map(({ RoleName }) => String(RoleName)).sort();

describe('an issuer that does not answer', () => {
  it('is a warning at preview and the end of an update, unless it is said that it cannot be seen from here', async () => {
    const documents = new Map(world.gate.documents.documents);
    world.gate.documents.documents.clear();
    try {
      const catalog = world.file(
        'order.yaml',
        `${classic(`url: ${CLASSIC}`)}access:\n  order: { ${ENTRY}, ${GRANT} }\n`,
      );
      const stack = await world.stack('aws-order', { 'idp-kit:catalog': catalog });
      const { status, stdout } = await stack.preview();
      expect(status).toBe(0);
      expect(stdout).toContain('classic must answer before trust in it is written: `pulumi up` will refuse.');
      const refused = await stack.up();
      expect(refused.status).not.toBe(0);
      expect(refused.stdout).toContain(`${CLASSIC}/.well-known/openid-configuration answers HTTP 404`);
      expect(refused.stdout).toContain("pulumi config set --path 'idp-kit:notCheckedFromHere[0]' classic");
      expect(await roles()).not.toContain('order');

      const blind = await world.stack('aws-blind', {
        'idp-kit:catalog': catalog,
        'idp-kit:notCheckedFromHere': ['classic'],
      });
      done(await blind.up());
      expect(await roles()).toContain('order');
    } finally {
      for (const [url, document] of documents) world.gate.documents.documents.set(url, document);
    }
  });
});

describe('environments', () => {
  const CATALOG = `${classic(`url: ${CLASSIC}`)}environments:
  dev: { account: "${ACCOUNT}", namespace: team/dev }
  prod: { account: "222222222222" }
access:
  both: { ${ENTRY}, ${GRANT} }
  in-dev: { ${ENTRY}, environments: [dev], ${GRANT}, vault: { policies: [p] } }
  in-prod: { ${ENTRY}, environments: [prod], ${GRANT} }
`;

  it('take their entries, and the credentials of their account alone', async () => {
    const catalog = world.file('environments.yaml', CATALOG);
    const dev = await world.stack('aws-dev', { 'idp-kit:catalog': catalog, 'idp-kit:environment': 'dev' });
    const made = (await stepsOf(dev)).filter(({ type }) => type === 'aws:iam/role:Role');
    expect(made.map(({ inputs }) => String(inputs.name)).sort()).toEqual(['both', 'in-dev']);
    const prod = await world.stack('aws-prod', { 'idp-kit:catalog': catalog, 'idp-kit:environment': 'prod' });
    const refused = await prod.preview();
    expect(refused.stdout).toContain(`these AWS credentials are of the account ${ACCOUNT}`);
    expect(refused.stdout).toContain('the environment prod is the account 222222222222');
  });

  it('put everything at Vault into their namespace', async () => {
    const catalog = world.file('environments.yaml', CATALOG);
    const dev = await world.stack('vault-dev', { 'idp-kit:catalog': catalog, 'idp-kit:environment': 'dev' });
    const made = (await stepsOf(dev)).filter(({ type }) => type.startsWith('vault:'));
    expect(made.map(({ type, inputs }) => [type, inputs.namespace])).toEqual([
      ['vault:jwt/authBackend:AuthBackend', 'team/dev'],
      ['vault:jwt/authBackendRole:AuthBackendRole', 'team/dev'],
    ]);
  });

  it('that are misspelt end the program, with everything else that is wrong', async () => {
    const catalog = world.file('environments.yaml', CATALOG);
    const wrong = await world.stack('aws-wrong', {
      'idp-kit:catalog': catalog,
      'idp-kit:enviroment': 'dev',
      'idp-kit:shard': '3/2',
      'idp-kit:issuerUrl': 'http://x',
    });
    const { stdout } = await wrong.preview();
    expect(stdout).toContain('idp-kit:enviroment: there is no such setting (did you mean environment?)');
    expect(stdout).toContain('idp-kit:shard: `3/2` is no shard');
    expect(stdout).toContain('idp-kit:issuerUrl: an issuer URL begins with https://');
  });
});

describe('the kit’s own issuer', () => {
  it('is the one of another stack, known at preview; a configured URL wins', async () => {
    const folder = join(world.gate.space.dir, 'pulumi');
    mkdirSync(join(folder, 'issuer'), { recursive: true });
    const project = await startProject(folder, {
      ...world.env,
      PATH: world.pulumi.path,
      HOME: folder,
      PULUMI_CONFIG_PASSPHRASE: 'x',
    });
    project.program(`export const url = '${CLASSIC}';`);
    expect((await project.pulumi('up', '--yes', '--skip-preview')).code).toBe(0);
    const catalog = world.file('own.yaml', `${classic('own: true')}access:\n  own: { ${ENTRY}, ${GRANT} }\n`);
    const trustOf = async (config: Readonly<Record<string, unknown>>) => {
      const steps = await stepsOf(await world.stack('aws-own', { 'idp-kit:catalog': catalog, ...config }));
      return String(steps.find(({ type }) => type === 'aws:iam/role:Role')?.inputs.assumeRolePolicy);
    };
    const reference = 'organization/stand-ins/test';
    expect(await trustOf({ 'idp-kit:issuerStack': reference })).toContain('services.acme.gitpod.cloud/idp:sub');
    const other = { 'idp-kit:issuerStack': reference, 'idp-kit:issuerUrl': ONA };
    expect(await trustOf(other)).toContain('app.gitpod.io:sub');
  });
});

describe('shards', () => {
  it('have each entry once; the mount is made by the first, and read by the others', async () => {
    const names = ['alpha', 'beta', 'gamma', 'delta'];
    const entries = names.map(
      (name) =>
        `  ${name}: { issuer: ona, admit: { organization_id: o, project_id: ${name} }, vault: { read: ["kv/{environment_id}/*"] } }\n`,
    );
    const catalog = world.file('shards.yaml', `${ISSUERS}access:\n${entries.join('')}`);
    const [first, second] = await Promise.all(
      [1, 2].map((number) =>
        world.stack(`vault-s${number}`, { 'idp-kit:catalog': catalog, 'idp-kit:shard': `${number}/2` }),
      ),
    );
    if (first === undefined || second === undefined) throw new Error('there are two');
    const early = await second.up();
    expect(early.status).not.toBe(0);
    done(await first.up());
    done(await second.up());
    const { accessor } = (await world.callVault('GET', 'sys/auth')).data['jwt/'] as { accessor: string };
    for (const name of names) {
      const policy = await world.callVault('GET', `sys/policies/acl/idp-${name}`);
      expect(policy.data.policy).toContain(`{{identity.entity.aliases.${accessor}.metadata.environment_id}}`);
    }
    const isRole = (urn: string) => urn.includes(':AuthBackendRole::');
    const counts = await Promise.all(
      [first, second].map(async (stack) => (await stack.resources()).filter(isRole).length),
    );
    expect(counts).toEqual([1, 2].map((number) => names.filter((name) => shardOf(name, 2) === number).length));
    done(await second.destroy());
    done(await first.destroy());
  });
});

function planOf(file: string) {
  const loaded = loadCatalog(file);
  if (!loaded.ok) throw new Error(describeMistakes(file, loaded.mistakes));
  return loaded.plan;
}

describe('a switch from V2 tokens to V3', () => {
  const V2 = 'issuer: ona-v2, admit: { sub: { like: "org:o/prj:p/*" } }';
  const V3 = 'issuer: ona, admit: { organization_id: o, project_id: p }';
  // With the claim that both have, a workload stays the same entity of Vault.
  const GRANTS = `${GRANT}, vault: { policies: [p], user_claim: sub }`;
  type Step = readonly [what: string, entry: string, v2: boolean, v3: boolean, verdict: string];
  const STEPS: readonly Step[] = [
    ['old', `${V2}, ${GRANTS}`, true, false, 'equal'],
    ['both', `${V2}, also: [{ ${V3} }], ${GRANTS}`, true, true, 'widens'],
    ['new', `${V3}, ${GRANTS}`, false, true, 'narrows'],
  ];

  it('lets in the old, then both by the same roles, then the new alone', async () => {
    publish(world.gate.documents, ONA, [world.gate.key.jwk]);
    const catalog = () => world.file('switch.yaml', `${ISSUERS}access:\n  switch: { ${STEPS[0]?.[1] ?? ''} }\n`);
    const config = { 'idp-kit:catalog': catalog() };
    const stacks = await Promise.all([world.stack('aws-switch', config), world.stack('vault-switch', config)]);
    const v2 = { sub: 'org:o/prj:p/env:e', org: 'o', gsub: 'e' };
    const v3 = { sub: 'organization_id:o:project_id:p', organization_id: 'o', project_id: 'p', environment_id: 'e' };
    let before = planOf(catalog());
    for (const [what, entry, old, next, verdict] of STEPS) {
      const after = planOf(world.file('switch.yaml', `${ISSUERS}access:\n  switch: { ${entry} }\n`));
      expect(diffCatalogs(before, after).verdict, what).toBe(verdict);
      before = after;
      for (const ran of await Promise.all(stacks.map((stack) => stack.up()))) done(ran);
      for (const [target, aud] of [
        ['aws', 'sts.amazonaws.com'],
        ['vault', 'vault.hashicorp.com'],
      ] as const) {
        const mint = (claims: Readonly<Record<string, unknown>>) =>
          world.gate.mint(world.gate.claims({ ...claims, aud: [aud] }));
        expect(await world.tryAt(target, 'switch', await mint(v2)), `${what}: V2 at ${target}`).toBe(old);
        expect(await world.tryAt(target, 'switch', await mint(v3)), `${what}: V3 at ${target}`).toBe(next);
        const stranger = { ...v3, sub: 'organization_id:o:project_id:q', project_id: 'q' };
        expect(await world.tryAt(target, 'switch', await mint(stranger)), `${what}: another project`).toBe(false);
      }
    }
  });
});
