/** The pack under the real engine, at preview: what it reports of raw resources, of what is not known yet, and of the components. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineEvent, LocalWorkspace, type PolicyEvent, type Stack } from '@pulumi/pulumi/automation/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pluginPath } from '../sandbox/plugins/select.ts';
import { PROJECT } from '../sandbox/pulumi.ts';

const EXECUTABLE = join(PROJECT, 'bin', 'pulumi-analyzer-idp-kit.js');

let directory: string;
let stack: Stack;

/** A preview asks neither AWS nor Vault. */
const NOWHERE = 'http://127.0.0.1:9';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'idp-kit-policy-'));
  const [program, home] = [join(directory, 'program'), join(directory, 'home')];
  await Promise.all([mkdir(program), mkdir(home), mkdir(join(directory, 'state'))]);
  await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  await writeFile(join(program, 'package.json'), '{ "type": "module" }\n');
  await writeFile(
    join(program, 'Pulumi.yaml'),
    'name: reviewed\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n',
  );
  const inherited = process.env.PATH ?? '';
  const plugins = pluginPath({ directory: join(directory, 'plugins'), path: inherited, pulumiHomes: [] });
  stack = await LocalWorkspace.createOrSelectStack(
    { stackName: 'dev', workDir: program },
    {
      envVars: {
        PATH: `${plugins.dir}:${inherited}`,
        HOME: home,
        PULUMI_HOME: join(home, 'pulumi'),
        PULUMI_BACKEND_URL: `file://${join(directory, 'state')}`,
        PULUMI_CONFIG_PASSPHRASE: 'of the test',
        PULUMI_SKIP_UPDATE_CHECK: 'true',
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
        AWS_ENDPOINT_URL: NOWHERE,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'us-east-1',
        VAULT_ADDR: NOWHERE,
        VAULT_TOKEN: 'test',
      },
    },
  );
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

interface Previewed {
  readonly isFine: boolean;
  readonly events: readonly PolicyEvent[];
  /** `rule level resource`, in order. */
  readonly violations: readonly string[];
}

async function preview(source: string, config?: object, pack = EXECUTABLE): Promise<Previewed> {
  const head = `
    import * as pulumi from '@pulumi/pulumi';
    import * as aws from '@pulumi/aws';
    import * as vault from '@pulumi/vault';
    import * as kit from '${PROJECT}/components/index.ts';
    void [pulumi, aws, vault, kit];
    const trust = (...Statement) => JSON.stringify({ Version: '2012-10-17', Statement });
    const HOST = 'token.actions.githubusercontent.com';
    const statement = (sub, Federated = 'arn:aws:iam::123456789012:oidc-provider/' + HOST) => ({
      Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated },
      Condition: { StringLike: { [HOST + ':sub']: sub }, StringEquals: { [HOST + ':aud']: 'sts.amazonaws.com' } },
    });
  `;
  // What the statements above are, is not said in types: Node strips what there is.
  await writeFile(join(directory, 'program', 'index.ts'), `${head}${source}`);
  const events: PolicyEvent[] = [];
  const onEvent = ({ policyEvent }: EngineEvent) => {
    if (policyEvent !== undefined) events.push(policyEvent);
  };
  const file = join(directory, 'settings.json');
  if (config !== undefined) await writeFile(file, JSON.stringify(config));
  const packs = { policyPacks: [pack], ...(config === undefined ? {} : { policyPackConfigs: [file] }) };
  const failure = await stack.preview({ ...packs, onEvent }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (failure !== undefined && events.length === 0) throw new Error(failure);
  const shown = ({ policyName, enforcementLevel, resourceUrn = '' }: PolicyEvent) =>
    `${policyName} ${enforcementLevel} ${resourceUrn.split('::').at(-1) ?? ''}`;
  return { isFine: failure === undefined, events, violations: events.map(shown).sort() };
}

describe('raw resources', () => {
  it('stop the preview where a mandatory rule is broken', async () => {
    const { isFine, violations, events } = await preview(`
      new aws.iam.Role('open', { assumeRolePolicy: trust(statement('repo:acme*')) });
      new aws.iam.Role('safe', { assumeRolePolicy: trust(statement('repo:acme@1/api@2:ref:refs/heads/main')) });
      const mount = new vault.jwt.AuthBackend('jwt', {
        path: 'jwt', type: 'jwt', jwksUrl: 'https://gitlab.example.com/-/jwks', boundIssuer: 'gitlab.example.com', jwtSupportedAlgs: ['RS256'],
      });
      new vault.jwt.AuthBackendRole('ci', {
        backend: 'jwt', roleName: 'ci', roleType: 'jwt', userClaim: 'project_id', boundClaims: { project_id: '22,23' }, tokenPolicies: ['ci'],
      }, { dependsOn: mount });
      new vault.Policy('ci', { name: 'ci', policy: 'path "kv/{{identity.entity.aliases.x.metadata.project_id}}*" { capabilities = ["read"] }' });
    `);
    expect(violations).toEqual([
      'aws-tenant-pattern mandatory open',
      'vault-comma mandatory ci',
      'vault-endless-token mandatory ci',
      'vault-template mandatory ci',
    ]);
    expect(isFine).toBe(false);
    expect(events[0]?.message).toContain('"sub":"repo:acmex/x:pull_request"');
    expect(events[0]).toMatchObject({ policyPackName: 'idp-kit', severity: 'critical' });
  });

  it('do not stop it where only an advisory one is', async () => {
    const { isFine, violations } = await preview(`
      new aws.iam.Role('long', { assumeRolePolicy: trust(statement('repo:acme@1/api@2:ref:refs/heads/main')), maxSessionDuration: 7200 });
    `);
    expect(violations).toEqual(['aws-session advisory long']);
    expect(isFine).toBe(true);
  });

  it('are told of where they are not known yet, and judged as far as they are', async () => {
    const { isFine, violations } = await preview(`
      const github = new aws.iam.OpenIdConnectProvider('github', { url: 'https://' + HOST, clientIdLists: ['sts.amazonaws.com'] });
      new aws.iam.Role('text', { assumeRolePolicy: github.arn.apply((arn) => trust(statement('repo:acme*', arn))), maxSessionDuration: 7200 });
      new aws.iam.Role('object', { assumeRolePolicy: { Version: '2012-10-17', Statement: [statement('repo:acme*', github.arn)] } });
      const made = new vault.Policy('made', { name: 'made', policy: 'path "kv/x" { capabilities = ["read"] }' });
      new vault.jwt.AuthBackendRole('part', {
        backend: 'jwt', roleName: 'part', roleType: 'jwt', userClaim: 'sub', boundAudiences: ['x'],
        boundSubject: github.arn, tokenPolicies: [made.name],
      });
    `);
    expect(violations).toEqual([
      'aws-tenant-pattern mandatory object',
      'undecided advisory part',
      'undecided advisory text',
      'vault-endless-token mandatory part',
    ]);
    expect(isFine).toBe(false);
  });
});

const COMPONENTS = `
  const issuer = { profile: 'ona-v3' };
  const claims = { organization_id: { equals: ['0191e223-0000-7000-8000-00000000000a'] } };
  const projects = { project_id: { equals: ['019527e4-0000-7000-8000-0000000000a1', '019527e4-0000-7000-8000-0000000000a2'] } };
  const accountId = '123456789012';
  new kit.AwsOidcProvider('ona', { issuer, accountId, partition: 'aws' });
  const { path: mount, accessor } = new kit.VaultJwtMount('ona', { issuer });
`;

describe('components', () => {
  it('are quiet by themselves, before there is a mount', async () => {
    const { isFine, violations } = await preview(`${COMPONENTS}
      const admission = { claims: { ...claims, ...projects } };
      const grant = { read: ['kv/{environment_id}/*'] };
      new kit.FederatedAccess('data', { issuer, admission, aws: { accountId }, vault: { mount, accessor, grant } });
      new kit.VaultJwtRole('vault', { issuer, admission, mount, accessor, grant });
      new kit.AwsFederatedRole('wide', { issuer, admission: { claims, scope: 'organization' }, accountId, maxSessionSeconds: 7200 });
    `);
    expect(violations).toEqual([]);
    expect(isFine).toBe(true);
  });

  it('are named where a rule is broken in what they made', async () => {
    const { events, violations } = await preview(
      `${COMPONENTS}
      new kit.FederatedAccess('data', { issuer, admission: { claims: { ...claims, ...projects } }, aws: { accountId } });
    `,
      { 'trust-settings': { tenants: ['https://app.gitpod.io=another'] } },
    );
    expect(violations).toEqual(['foreign-tenant mandatory data-role']);
    expect(events[0]?.message).toContain('made by: idp-kit:index:FederatedAccess data');
  });
});

describe('the policy configuration of a stack', () => {
  const OPEN = `new aws.iam.Role('open', { assumeRolePolicy: trust(statement('repo:acme*')) });`;

  it('says how a rule is enforced', async () => {
    const { isFine, violations } = await preview(OPEN, { 'aws-tenant-pattern': 'advisory' });
    expect(violations).toEqual(['aws-tenant-pattern advisory open']);
    expect(isFine).toBe(true);
  });

  it('accepts a finding until a day', async () => {
    const accepted = { rule: 'aws-tenant-pattern', resource: 'aws:iam/role:Role::open', reason: 'for the move' };
    const until = (day: string) => ({ 'trust-settings': { suppressions: [{ ...accepted, until: day }] } });
    expect(await preview(OPEN, until('9999-12-31'))).toMatchObject({ isFine: true, violations: [] });
    expect((await preview(OPEN, until('2020-12-31'))).violations).toEqual([
      'aws-tenant-pattern mandatory open',
      'suppression-expired advisory reviewed-dev',
    ]);
  });

  it('is refused where it is wrong, with everything that is', async () => {
    const config = {
      'trust-settings': {
        tenants: ['=x'],
        suppressions: [{ rule: 'no-rule', resource: 'x', reason: 'x', until: 'soon' }],
      },
    };
    const refused = await preview(OPEN, config).catch((error: unknown) => String(error));
    expect(refused).toContain('tenants.0: `=x` is no tenant');
    expect(refused).toContain('`soon` is no day');
  });
});

it('starts as a folder, the way a current language host starts it', async () => {
  const start = join(directory, 'start');
  const runner = join(PROJECT, 'node_modules', '@pulumi', 'pulumi', 'cmd', 'run-policy-pack');
  const script = `#!/bin/sh\ncd '${join(PROJECT, 'policy')}' && exec '${process.execPath}' '${runner}' "$1" .\n`;
  await writeFile(start, script, { mode: 0o755 });
  const { violations } = await preview(
    `new aws.iam.Role('open', { assumeRolePolicy: trust(statement('repo:acme*')) });`,
    undefined,
    start,
  );
  expect(violations).toEqual(['aws-tenant-pattern mandatory open']);
});
