// The stack `issuer`: from its configuration to what the stacks `aws` and `vault` trust, by its output alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Stack } from '../sandbox/pulumi.ts';
import { catalogOf, issuerArguments } from './issuer.ts';
import { type StackWorld, CLASSIC, done, startStackWorld } from './world.ts';

/** Engines of Pulumi, on a machine that has more to do. */
vi.setConfig({ testTimeout: 180_000 });

const PASSWORD = 'a-password-of-the-test';

let world: StackWorld;
let issuer: Stack;
/** Arguments of the component, as `Pulumi.issuer.yaml` has them. */
let configured: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  world = await startStackWorld();
  configured = await issuerArguments(world);
  issuer = await issuerStack({
    'idp-kit:issuer': configured,
    'idp-kit:issuerDatabaseUrl': `postgresql://idp:${PASSWORD}@db.example.com/issuer`,
    'idp-kit:issuerDatabaseCaFile': world.file('database-ca.pem', world.gate.authority.caPem),
  });
});

afterAll(async () => {
  await world.stop();
});

const issuerStack = (config: Readonly<Record<string, unknown>>) => world.stack('issuer', config);

/** The state of a stack, as the backend keeps it. */
function stateOf({ name }: Stack) {
  const text = readFileSync(join(world.pulumi.directory, 'state/.pulumi/stacks/idp-kit', `${name}.json`), 'utf8');
  const { checkpoint } = JSON.parse(text) as {
    readonly checkpoint: { readonly latest: { readonly resources?: readonly { outputs?: Record<string, unknown> }[] } };
  };
  return { text, outputs: checkpoint.latest.resources?.[0]?.outputs };
}

describe('the stack issuer', () => {
  it('is made from its configuration, with the URL of its database as a secret', async () => {
    expect(done(await issuer.up())).not.toContain(PASSWORD);
    const { text, outputs } = stateOf(issuer);
    expect(outputs?.repositoryUrl).toContain('/issuer-image');
    expect(outputs).toMatchObject({
      url: CLASSIC,
      jwksUri: `${CLASSIC}/.well-known/jwks.json`,
      adminUrl: 'https://services.acme.gitpod.cloud:8443',
      keyArns: [expect.stringMatching(/^arn:aws:kms:/), expect.stringMatching(/^arn:aws:kms:/)],
    });
    expect(text).toContain('aws:secretsmanager/secretVersion:SecretVersion');
    expect(text).not.toContain(PASSWORD);
  });

  it('is what aws and vault trust, who know it by its name alone', async () => {
    const catalog = world.file('of-the-issuer.yaml', catalogOf('policies: [data-read]'));
    const config = { 'idp-kit:catalog': catalog, 'idp-kit:issuerStack': `organization/idp-kit/${issuer.name}` };
    const parties = await Promise.all([world.stack('aws', config), world.stack('vault', config)]);
    for (const ran of await Promise.all(parties.map((party) => party.up()))) done(ran);
    const token = (project: string, aud: string) =>
      world.gate.mint(
        world.gate.claims({
          iss: CLASSIC,
          sub: `organization_id:acme:project_id:${project}`,
          aud: [aud],
          organization_id: 'acme',
          project_id: project,
          environment_id: 'env-1',
        }),
      );
    for (const [target, aud] of [
      ['aws', 'sts.amazonaws.com'],
      ['vault', 'vault.hashicorp.com'],
    ] as const) {
      expect(await world.tryAt(target, 'api', await token('prj-1', aud)), target).toBe(true);
      expect(await world.tryAt(target, 'api', await token('prj-2', aud)), target).toBe(false);
    }
    for (const ran of await Promise.all(parties.map((party) => party.destroy()))) done(ran);
  });

  it('stays as it is at a second update, with a look at AWS before it', async () => {
    done(await issuer.up('--refresh', '--expect-no-changes'));
  });

  it('is destroyed without a rest', async () => {
    done(await issuer.destroy());
    expect(await issuer.resources()).toEqual([]);
  });
});

describe('a configuration that is wrong', () => {
  type Wrong = readonly [what: string, change: Readonly<Record<string, unknown>>, says: readonly string[]];
  const WRONG: readonly Wrong[] = [
    [
      'in its shape',
      { imageDigst: 'sha256:…', profiles: 'ona-v3', database: { kind: 'given', majorVersion: 17 }, admin: {} },
      [
        'idp-kit:issuer.imageDigst: there is no such argument (did you mean imageDigest?)',
        'idp-kit:issuer.profiles: this must be a list',
        'idp-kit:issuer.database.majorVersion: this must be a text (put it in quotes)',
        'idp-kit:issuer.admin.allowFrom: this argument is missing',
      ],
    ],
    [
      'in what it means',
      { url: 'http://tokens.example.com', profiles: ['ona'] },
      [
        'url: an issuer URL begins with https://',
        'profiles: there is no profile ona',
        'database: a given database needs either `url` or `urlSecretArn`',
      ],
    ],
  ];
  it.each(WRONG)('%s is said whole', async (_what, change, says) => {
    const { status, stdout } = await (await issuerStack({ 'idp-kit:issuer': { ...configured, ...change } })).preview();
    expect(status).not.toBe(0);
    for (const line of says) expect(stdout).toContain(line);
  });

  it('ends before anything is registered', async () => {
    const none = await (await issuerStack({})).preview();
    expect(none.stdout).toContain('idp-kit:issuer is not configured; nothing is provisioned.');
    const config = { 'idp-kit:issuer': configured, 'idp-kit:issuerDatabaseCaFile': 'no-such.pem' };
    expect((await (await issuerStack(config)).preview()).stdout).toMatch(/there is no file .*no-such\.pem/);
  });
});
