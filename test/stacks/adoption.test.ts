// From roles that somebody made by hand to a catalog: `idp import`, and updates that replace nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttachRolePolicyCommand, CreateRoleCommand, GetRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { providerArn } from '../sandbox-tests/gate-support.ts';
import { PROJECT as CHECKOUT } from '../sandbox/pulumi.ts';
import { run } from '../sandbox/run.ts';
import { type StackWorld, ONA, done, startStackWorld, stepsOf } from './world.ts';

/** Engines of Pulumi, on a machine that has more to do. */
vi.setConfig({ testTimeout: 180_000 });

let world: StackWorld;

const ORGANIZATION = '0191e223-0000-7000-8000-000000000001';
const PROJECT = '019527e4-0000-7000-8000-000000000002';
const SUBJECT = `organization_id:${ORGANIZATION}:project_id:${PROJECT}`;

/** As people write it: two values where one says all, and an audience in a list. */
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Ona',
      Effect: 'Allow',
      Principal: { Federated: providerArn(ONA) },
      Action: ['sts:AssumeRoleWithWebIdentity'],
      Condition: {
        StringEquals: { 'app.gitpod.io:aud': ['sts.amazonaws.com'] },
        StringLike: { 'app.gitpod.io:sub': [SUBJECT, SUBJECT] },
      },
    },
  ],
});

const KNOWN = `issuers:
  ona: { profile: ona-v3, ca_file: ../ca.pem, vault_mount: jwt }
access: {}
`;

beforeAll(async () => {
  world = await startStackWorld();
  const { iam } = world.gate;
  const role = { RoleName: 'Deploy_API', Path: '/ci/', Description: 'made by hand', MaxSessionDuration: 7200 };
  await iam.send(
    new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: TRUST, Tags: [{ Key: 'team', Value: 'a' }] }),
  );
  const RoleName = role.RoleName;
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }));
  const inline = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] };
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'read-bucket', PolicyDocument: JSON.stringify(inline) }),
  );
  await world.callVault('POST', 'sys/auth/jwt', { type: 'jwt', description: 'made by hand' });
  await world.callVault('POST', 'auth/jwt/config', {
    oidc_discovery_url: ONA,
    oidc_discovery_ca_pem: world.gate.authority.caPem,
    bound_issuer: ONA,
  });
  await world.callVault('POST', 'auth/jwt/role/deploy', {
    role_type: 'jwt',
    user_claim: 'environment_id',
    bound_audiences: ['vault.hashicorp.com'],
    bound_claims: { organization_id: ORGANIZATION, project_id: [PROJECT] },
    token_policies: ['data-read'],
    token_ttl: 600,
  });
});

afterAll(async () => {
  await world.stop();
});

const imported = async (kind: 'aws' | 'vault') => {
  const known = world.file('known.yaml', KNOWN);
  const out = join(world.gate.space.dir, 'catalog', `${kind}.yaml`);
  const argv = [join(CHECKOUT, 'bin', 'idp.js'), 'import', kind, '--catalog', known, '--out', out];
  const ran = await run(process.execPath, argv, { env: { ...world.env, HOME: world.gate.space.dir } });
  if (ran.status > 1) throw new Error(ran.stderr);
  return { ...ran, out, text: readFileSync(out, 'utf8') };
};

/** The catalog without its marks, as it is once everything is adopted. */
function unmark(file: string): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replaceAll(/,\s*(?:at_aws: adopt|at_vault: adopt|adopt: true)/g, ''));
}

/** Of the engine's summary; components count as resources, and change with what they are told. */
const changesIn = (output: string): string[] =>
  [...output.matchAll(/^ +[~+-]+ +([0-9]+ (?:updated|created|deleted|replaced))$/gm)].map(([, change = '']) => change);

const token = (claims: Readonly<Record<string, unknown>>) =>
  world.gate.mint(
    world.gate.claims({
      sub: SUBJECT,
      organization_id: ORGANIZATION,
      project_id: PROJECT,
      environment_id: 'e1',
      ...claims,
    }),
  );

describe('a role at AWS', () => {
  it('is imported as it is, then updated in place, and never replaced', async () => {
    const { status, stderr, out, text } = await imported('aws');
    expect(stderr).toContain('1 of 1 roles are imported');
    expect(status).toBe(0);
    expect(text).toContain(`admit: { organization_id: ${ORGANIZATION}, project_id: ${PROJECT} }`);
    const found = async () => (await world.gate.iam.send(new GetRoleCommand({ RoleName: 'Deploy_API' }))).Role;
    const before = await found();
    const stack = await world.stack('aws', { 'idp-kit:catalog': out });
    const steps = await stepsOf(stack);
    const ops = (type: string) => steps.filter((step) => step.type === type).map(({ op }) => op);
    expect(ops('aws:iam/role:Role')).toEqual(['import']);
    expect(ops('aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual(['import']);
    done(await stack.up());
    expect(await found()).toEqual(before);

    unmark(out);
    expect(changesIn(done(await stack.up()))).toEqual(['3 updated']);
    const after = await found();
    expect(after?.RoleId).toBe(before?.RoleId);
    expect(after?.Path).toBe('/ci/');
    expect(after?.Tags).toEqual([{ Key: 'team', Value: 'a' }]);
    expect(after?.MaxSessionDuration).toBe(7200);
    expect(after?.AssumeRolePolicyDocument).not.toBe(before?.AssumeRolePolicyDocument);
    expect(await world.tryAt('aws', 'ci/Deploy_API', await token({}))).toBe(true);
    expect(await world.tryAt('aws', 'ci/Deploy_API', await token({ sub: `${SUBJECT}x` }))).toBe(false);
    done(await stack.up('--expect-no-changes'));
  });
});

describe('a mount and its role at Vault', () => {
  it('are imported as they are, then updated in place, and never replaced', async () => {
    const { status, stderr, out, text } = await imported('vault');
    expect(stderr).toContain('1 of 1 roles are imported');
    expect(status).toBe(0);
    expect(text).toContain('an update changes token_explicit_max_ttl: 0 becomes 600');
    const mounts = async () => (await world.callVault('GET', 'sys/auth')).data['jwt/'];
    const role = async () => (await world.callVault('GET', 'auth/jwt/role/deploy')).data;
    const before = { mount: await mounts(), role: await role() };
    const stack = await world.stack('vault', { 'idp-kit:catalog': out });
    const steps = await stepsOf(stack);
    expect(steps.filter(({ type }) => type.startsWith('vault:')).map(({ op, type }) => [op, type])).toEqual([
      ['import', 'vault:jwt/authBackend:AuthBackend'],
      ['import', 'vault:jwt/authBackendRole:AuthBackendRole'],
    ]);
    done(await stack.up());
    expect({ mount: await mounts(), role: await role() }).toEqual(before);

    unmark(out);
    expect(changesIn(done(await stack.up()))).toEqual(['2 updated']);
    expect(await mounts()).toMatchObject({ accessor: (before.mount as { accessor: string }).accessor });
    expect(await role()).toMatchObject({ token_ttl: 600, token_explicit_max_ttl: 600, token_policies: ['data-read'] });
    expect(await world.tryAt('vault', 'deploy', await token({ aud: ['vault.hashicorp.com'] }))).toBe(true);
    expect(await world.tryAt('vault', 'deploy', await token({ aud: ['vault.hashicorp.com'], project_id: 'p' }))).toBe(
      false,
    );
    done(await stack.up('--expect-no-changes'));
  });
});
