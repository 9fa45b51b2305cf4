/** The components under the real engine: with what is there already, with names of before, and what is protected. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateOpenIDConnectProviderCommand, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Moto, startMoto } from '../sandbox/aws/moto.ts';
import { motoIam } from '../sandbox/aws/moto-client.ts';
import { PROJECT } from '../sandbox/pulumi.ts';
import { pluginPath } from '../sandbox/plugins/select.ts';
import type { Ran } from '../sandbox/run.ts';
import { type Vault, startVault } from '../sandbox/vault.ts';
import { type Program, createProgram } from './engine.ts';

const ACCOUNT = '123456789012';
const ORGANIZATION = '0191e223-0000-7000-8000-00000000000a';
const PROJECT_ID = '019527e4-0000-7000-8000-0000000000a1';

let directory: string;
let program: Program;
let moto: Moto;
let vault: Vault;
let pem: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'idp-kit-components-'));
  const inherited = process.env.PATH ?? '';
  const path = `${pluginPath({ directory: join(directory, 'plugins'), path: inherited, pulumiHomes: [] }).dir}:${inherited}`;
  [moto, vault] = await Promise.all([
    startMoto({ path: inherited, home: directory }),
    startVault({ path: inherited, home: directory, proxyUrl: 'http://127.0.0.1:9' }),
  ]);
  pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
  program = await createProgram({
    directory: await mkdtemp(join(directory, 'program-')),
    path,
    env: {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: vault.rootToken,
    },
  });
}, 60_000);

afterAll(async () => {
  await Promise.all([moto.stop(), vault.stop()]);
  await rm(directory, { recursive: true, force: true });
});

const up = (...flags: string[]) => program.pulumi('up', '--yes', '--skip-preview', ...flags);

async function succeed(ran: Promise<Ran>): Promise<string> {
  const { status, stdout, stderr } = await ran;
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

async function providers(): Promise<readonly string[]> {
  const answer = await motoIam(moto.url, ACCOUNT).send(new ListOpenIDConnectProvidersCommand({}));
  return (answer.OpenIDConnectProviderList ?? []).map(({ Arn }) => Arn ?? '');
}

const ARN = `arn:aws:iam::${ACCOUNT}:oidc-provider/app.gitpod.io`;

describe('AwsOidcProvider where one is there already', () => {
  const provider = (args: string) => `
    const provider = new kit.AwsOidcProvider('ona', { issuer: { profile: 'ona-v3' }, accountId: '${ACCOUNT}', partition: 'aws', ${args} });
    export const arn = provider.arn;
  `;

  it('fails; then leaves it to its owner, checks it, or adopts it', async () => {
    const create = { Url: 'https://app.gitpod.io', ClientIDList: ['sts.amazonaws.com'] };
    await motoIam(moto.url, ACCOUNT).send(new CreateOpenIDConnectProviderCommand(create));

    await program.write(provider(''));
    const refused = await up();
    expect(refused.status).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('EntityAlreadyExists');

    await program.write(provider("mode: 'existing', audiences: ['other']"));
    const unfit = await up();
    expect(unfit.status).not.toBe(0);
    expect(unfit.stdout + unfit.stderr).toContain('does not know the audience other');

    await program.write(provider("mode: 'existing'"));
    await succeed(up());
    expect((await succeed(program.pulumi('stack', 'output', 'arn'))).trim()).toBe(ARN);
    await succeed(program.pulumi('destroy', '--yes', '--skip-preview'));
    expect(await providers()).toEqual([ARN]);

    await program.write(provider("mode: 'adopt'"));
    await succeed(up());
    await succeed(up('--expect-no-changes'));
    // It is this program's now, and protected.
    const kept = await program.pulumi('destroy', '--yes', '--skip-preview');
    expect(kept.status).not.toBe(0);
    expect(kept.stdout + kept.stderr).toContain('protected');
    expect(await providers()).toEqual([ARN]);
    await program.write(provider('protect: false'));
    await succeed(up());
    await succeed(program.pulumi('destroy', '--yes', '--skip-preview'));
    expect(await providers()).toEqual([]);
  }, 180_000);
});

describe('VaultJwtMount where one is there already', () => {
  const mount = (issuer: string) => `
    const mount = new kit.VaultJwtMount('ona', { issuer: { profile: 'ona-v3', url: '${issuer}' }, mode: 'existing', path: 'there' });
    export const accessor = mount.accessor;
  `;

  it('leaves it to its owner, and refuses one that is not bound to the issuer', async () => {
    await vault.call('POST', 'sys/auth/there', { type: 'jwt' });
    const config = {
      jwt_validation_pubkeys: [pem],
      bound_issuer: 'https://app.gitpod.io',
      jwt_supported_algs: ['RS256'],
    };
    await vault.call('POST', 'auth/there/config', config);

    await program.write(mount('https://other.example'));
    const unfit = await up();
    expect(unfit.status).not.toBe(0);
    expect(unfit.stdout + unfit.stderr).toContain('is bound to the issuer `https://app.gitpod.io`');

    await program.write(mount('https://app.gitpod.io'));
    await succeed(up());
    expect(await succeed(program.pulumi('stack', 'output', 'accessor'))).toMatch(/^auth_jwt_/);
    await succeed(program.pulumi('destroy', '--yes', '--skip-preview'));
    expect(Object.keys((await vault.call('GET', 'sys/auth')).data)).toContain('there/');
  }, 120_000);
});

describe('an input that comes later', () => {
  it('is checked once it is known, and nothing is made by it', async () => {
    await program.write(`
      new kit.AwsFederatedRole('late', {
        issuer: { profile: 'ona-v3' },
        admission: { claims: { organization_id: { equals: ['${ORGANIZATION}'] }, project_id: { equals: ['${PROJECT_ID}'] } } },
        accountId: '${ACCOUNT}',
        maxSessionSeconds: pulumi.output(Promise.resolve(60)),
      });
    `);
    const { status, stdout, stderr } = await up();
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('maxSessionSeconds: 60 is no session length');
    expect(await program.resources()).toEqual(['AwsFederatedRole late']);
    await succeed(program.pulumi('destroy', '--yes', '--skip-preview'));
  }, 60_000);
});

describe('FederatedAccess', () => {
  const shared = `
    const issuer = { profile: 'ona-v3' };
    const admission = { claims: { organization_id: { equals: ['${ORGANIZATION}'] }, project_id: { equals: ['${PROJECT_ID}'] } } };
    const mount = new kit.VaultJwtMount('ona', { issuer, path: 'jwt-ona', publicKeys: [process.env.TEST_PEM ?? ''], protect: false });
    const awsArgs = { accountId: '${ACCOUNT}', roleName: 'data', inlinePolicies: { list: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }] }) } };
    const vaultArgs = { mount: mount.path, accessor: mount.accessor, grant: { read: ['kv/{environment_id}/*'], tokenType: kit.VaultTokenType.Batch } };
  `;

  it('keeps what a program provisioned by the components for one target', async () => {
    const source = shared.replace('process.env.TEST_PEM', () => JSON.stringify(pem));
    await program.write(`${source}
      new kit.AwsFederatedRole('data', { issuer, admission, ...awsArgs });
      new kit.VaultJwtRole('data', { issuer, admission, ...vaultArgs });
    `);
    await succeed(up());
    const before = await program.resources();
    await succeed(up('--expect-no-changes'));
    await succeed(program.pulumi('refresh', '--yes', '--skip-preview', '--expect-no-changes'));

    await program.write(`${source}
      const access = new kit.FederatedAccess('data', { issuer, admission, aws: awsArgs, vault: vaultArgs });
      export const roles = access.awsRoles;
    `);
    const moved = await succeed(up());
    expect(moved).not.toMatch(/(?:replaced|deleted) (?!.*idp-kit)/);
    const isRaw = (name: string) => !/^(?:AwsFederatedRole|VaultJwtRole|FederatedAccess) /.test(name);
    const after = await program.resources();
    expect(after.filter(isRaw)).toEqual(before.filter(isRaw));
    expect(after.filter((name) => !isRaw(name))).toEqual(['FederatedAccess data']);
    const role = await vault.call('GET', 'auth/jwt-ona/role/data');
    expect(role.data).toMatchObject({ token_type: 'batch', token_no_default_policy: true, role_type: 'jwt' });
    const roles = JSON.parse(await succeed(program.pulumi('stack', 'output', 'roles', '--json'))) as object[];
    expect(roles).toMatchObject([{ arn: `arn:aws:iam::${ACCOUNT}:role/data`, roleName: 'data' }]);
    await succeed(program.pulumi('destroy', '--yes', '--skip-preview'));
    expect(await program.resources()).toEqual([]);
  }, 180_000);
});

it('runs the examples of docs/components.md', async () => {
  const text = await readFile(join(PROJECT, 'docs', 'components.md'), 'utf8');
  const blocks = Array.from(text.matchAll(/^```ts\n([^]*?)^```$/gm), ([, block = '']) => block);
  const source = blocks.join('\n').replaceAll("'idp-kit'", `'${PROJECT}/components/index.ts'`);
  await program.write(source.replace("import * as aws from '@pulumi/aws';\n", ''));
  const preview = await succeed(program.pulumi('preview', '--json'));
  const { steps } = JSON.parse(preview) as { steps: { op: string; newState: { type: string; inputs: object } }[] };
  const trust = steps
    .filter(({ newState }) => newState.type === 'aws:iam/role:Role')
    .map(({ newState }) => newState.inputs);
  // Known at preview, for the policy pack.
  expect(trust).toHaveLength(2);
  for (const inputs of trust) expect(JSON.stringify(inputs)).toContain(`oidc-provider/app.gitpod.io`);
  expect(steps.filter(({ newState }) => newState.type.startsWith('idp-kit:')).map(({ op }) => op)).toEqual(
    Array.from({ length: 6 }, () => 'create'),
  );
}, 60_000);
