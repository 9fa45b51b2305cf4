/** The stand-in plugins under the real engine, against moto (through the gate) and a real Vault (through the proxy). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CreateRoleCommand, GetRoleCommand, ListRolesCommand, UpdateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pluginPath } from '../sandbox/plugins/select.ts';
import { CLASSIC, startGateWorld, type GateWorld } from './gate-support.ts';
import { stackProgram, type Variation } from './stack-program.ts';
import { PATH, startProject, startVault, type Project, type Run, type Vault } from './support.ts';

let world: GateWorld;
let vault: Vault;
let project: Project;

const program = (variation: Variation = {}): string =>
  stackProgram({ url: CLASSIC, caPem: world.authority.caPem }, variation);

beforeAll(async () => {
  world = await startGateWorld();
  const { dir } = world.space;
  for (const folder of ['vault', 'home']) mkdirSync(join(dir, folder));
  vault = await startVault(join(dir, 'vault'), { HTTPS_PROXY: world.proxy.url });
  const plugins = pluginPath({ directory: join(dir, 'plugins'), path: '', pulumiHomes: [] });
  project = await startProject(dir, {
    PATH: `${plugins.dir}:${PATH}`,
    HOME: join(dir, 'home'),
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: world.gate.url,
    AWS_CA_BUNDLE: world.space.file('ca.pem', world.authority.caPem),
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: vault.token,
  });
}, 30_000);

afterAll(async () => {
  await vault.stop();
  await world.stop();
});

async function vaultGet(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${vault.url}/v1/${path}`, { headers: { 'x-vault-token': vault.token } });
  return ((await response.json()) as { data: Record<string, unknown> }).data;
}

const succeeded = (result: Run): string => {
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result.stdout;
};

interface State {
  readonly deployment: {
    readonly resources: readonly { type: string; id?: string; outputs?: Record<string, unknown> }[];
  };
}

async function exported(): Promise<{
  text: string;
  of: (type: string) => State['deployment']['resources'][number] | undefined;
}> {
  const text = succeeded(await project.pulumi('stack', 'export'));
  const { resources } = (JSON.parse(text) as State).deployment;
  return { text, of: (type) => resources.find((resource) => resource.type === type) };
}

const findRole = async () =>
  (await world.iam.send(new ListRolesCommand({}))).Roles?.find(({ RoleName }) => RoleName?.startsWith('ci-') === true);

describe('one of each resource', { timeout: 60_000 }, () => {
  test('preview with unknown values, up, and outputs are there', async () => {
    project.program(program());
    succeeded(await project.pulumi('up', '--yes'));
    const state = await exported();
    const outputs = state.of('pulumi:pulumi:Stack')?.outputs;
    expect(outputs).toMatchObject({ account: '123456789012', partition: 'aws', region: 'eu-central-1' });
    expect(outputs?.roleArn).toMatch(/^arn:aws:iam::123456789012:role\/ci\/ci-[0-9a-f]{7}$/);
    expect(state.of('vault:jwt/authBackendRole:AuthBackendRole')?.id).toBe('auth/gitlab/role/Api-Staging');
    expect(state.of('vault:jwt/authBackend:AuthBackend')?.outputs?.accessor).toMatch(/^auth_jwt_/);
    // A secret input is secret as an output too.
    expect(state.text).not.toContain('secret/data/x');
    expect(await vaultGet('auth/gitlab/role/api-staging')).toMatchObject({
      role_type: 'jwt',
      bound_claims: { project_id: '22', ref: ['main', 'next'] },
      token_type: 'batch',
      token_ttl: 60,
    });
    expect(await vaultGet('sys/auth/gitlab/tune')).toMatchObject({ default_lease_ttl: 3600, max_lease_ttl: 7200 });
  });

  test('a second up, with a refresh before it, finds no changes', async () => {
    succeeded(await project.pulumi('up', '--yes', '--skip-preview', '--refresh', '--expect-no-changes'));
  });

  test('refresh sees drift, and up puts it right', async () => {
    const { RoleName = '' } = (await findRole()) ?? {};
    await world.iam.send(new UpdateRoleCommand({ RoleName, Description: 'someone else', MaxSessionDuration: 43_200 }));
    expect((await project.pulumi('refresh', '--preview-only', '--expect-no-changes')).code).not.toBe(0);
    const shown = succeeded(await project.pulumi('up', '--yes', '--skip-preview', '--refresh', '--diff'));
    expect(shown).toContain('maxSessionDuration');
    const { Role } = await world.iam.send(new GetRoleCommand({ RoleName }));
    expect([Role?.Description, Role?.MaxSessionDuration]).toEqual(['CI', 3600]);
  });

  test('changes update in place or replace; import, get and a provider of its own work', async () => {
    const trust = '{"Version":"2012-10-17","Statement":[]}';
    await world.iam.send(new CreateRoleCommand({ RoleName: 'found', AssumeRolePolicyDocument: trust }));
    project.program(
      program({
        clients: ['https://vault', 'sts.amazonaws.com'],
        session: 7200,
        action: 's3:PutObject',
        tags: { team: 'b' },
        claims: { project_id: '23' },
        mount: 'gitlab2',
        extra: `
new aws.iam.Role('found', { name: 'found', assumeRolePolicy: '${trust}' }, { import: 'found' });
export const readBack = aws.iam.Role.get('again', 'found').assumeRolePolicy;
const keys = { accessKey: 'x', secretKey: 'y', endpoints: [{ iam: '${world.moto.url}', sts: '${world.moto.url}' }] };
const west = new aws.Provider('west', { region: 'cn-north-1', ...keys });
export const other = aws.getPartitionOutput({}, { provider: west }).partition;
new aws.iam.Policy('western', { name: 'western', policy: statement('s3:*') }, { provider: west });`,
      }),
    );
    const preview = succeeded(await project.pulumi('preview', '--json'));
    const { steps } = JSON.parse(preview) as { steps: { op: string; urn: string }[] };
    const ops = (type: string) => steps.filter(({ urn }) => urn.includes(`${type}::`)).map(({ op }) => op);
    expect(ops('OpenIdConnectProvider')).toEqual(['update']);
    expect(ops('iam/role:Role')).toContain('update');
    expect(ops('iam/role:Role')).toContain('import');
    expect(ops('AuthBackend')).toContain('replace');
    expect(ops('GroupAlias')).toEqual(['update']);
    succeeded(await project.pulumi('up', '--yes', '--skip-preview'));
    const outputs = (await exported()).of('pulumi:pulumi:Stack')?.outputs;
    expect(outputs).toMatchObject({ readBack: trust, other: 'aws-cn' });
    const role = { role_type: 'jwt', bound_claims: { project_id: '23' } };
    expect(await vaultGet('auth/gitlab2/role/api-staging')).toMatchObject(role);
    expect(Object.keys(await vaultGet('sys/auth'))).toEqual(['gitlab2/', 'token/']);
  });

  test('destroy leaves nothing', async () => {
    succeeded(await project.pulumi('destroy', '--yes', '--skip-preview'));
    expect((await world.iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect(Object.keys(await vaultGet('sys/auth'))).toEqual(['token/']);
    expect((await vaultGet('sys/policies/acl?list=true')).keys).not.toContainEqual(expect.stringMatching(/^read-/));
  });
});

test(
  'a type that a stand-in does not have is an error that says how to get the real plugin',
  { timeout: 30_000 },
  async () => {
    project.program(`import * as aws from '@pulumi/aws'; new aws.sns.Topic('t');`);
    const { code, stdout, stderr } = await project.pulumi('preview');
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(
      /stand-in for pulumi-resource-aws does not have the resource type 'aws:sns\/topic:Topic'/,
    );
    expect(stdout + stderr).toMatch(/pulumi plugin install resource aws v\d/);
  },
);
