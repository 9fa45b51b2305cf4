/**
 * The image as the stack `issuer` would have ECS run it, with its keys in KMS and its store in PostgreSQL; and the stacks `aws` and
 * `vault` after it, by which Vault and AWS's gate trust it. Skipped, and said why, where no container can run.
 */
import { createHash, randomBytes } from 'node:crypto';
import { ECS } from '@aws-sdk/client-ecs';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { Agent, EnvHttpProxyAgent, fetch, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { taskOf } from '../components/issuer/task.ts';
import { type Postgres, startPostgres } from '../sandbox/postgres/server.ts';
import { exchangeForm } from '../serve/running.ts';
import { catalogOf, clientOf, issuerArguments } from '../stacks/issuer.ts';
import { type StackWorld, CLASSIC, done, startStackWorld } from '../stacks/world.ts';
import { startBalancer } from './balancer.ts';
import { becomesHealthy, builtImage, findContainers, freePorts, must } from './containers.ts';
import { startTask } from './task.ts';

const HOST = new URL(CLASSIC).hostname;
const ADMIN_TOKEN = randomBytes(32).toString('hex');
const FACTS = {
  organization_id: 'acme',
  environment_id: 'env-1',
  runner_id: 'runner-1',
  runner_name: 'the runner',
  creator_principal: 'PRINCIPAL_USER',
  creator_id: 'user-1',
  creator_name: 'Ada',
};

const found = await findContainers();
if (!found.ok) console.warn(`The issuer's image is tried with no relying party: ${found.reason}`);

describe.runIf(found.ok)('the image, run by the definition of its task', () => {
  let world: StackWorld;
  let postgres: Postgres;
  let image: Awaited<ReturnType<typeof builtImage>>;

  beforeAll(async () => {
    if (!found.ok) throw new Error(found.reason);
    image = await builtImage(found);
    [world, postgres] = await Promise.all([startStackWorld(), startPostgres()]);
  }, 900_000);

  afterAll(async () => {
    await Promise.all([world.stop(), postgres.stop()]);
    await image[Symbol.asyncDispose]();
  });

  it('is trusted by AWS and Vault for the tokens that it issues', { timeout: 180_000 }, async () => {
    const database = await postgres.database();
    const digest = await must(image.podman.run(['image', 'inspect', '--format', '{{.Digest}}', image.name]));
    const issuer = await world.stack('issuer', {
      'idp-kit:issuer': {
        ...(await issuerArguments(world)),
        imageDigest: digest.output.trim(),
        admin: { allowFrom: ['203.0.113.0/24'], tokenSha256: createHash('sha256').update(ADMIN_TOKEN).digest('hex') },
      },
      'idp-kit:issuerDatabaseUrl': database,
      'idp-kit:issuerDatabaseCaFile': world.file('database-ca.pem', postgres.ca),
    });
    done(await issuer.up());

    const client = clientOf(world);
    const task = await taskOf('issuer-issuer', new ECS(client), new SecretsManager(client));
    expect(task.container.image).toMatch(new RegExp(`@${digest.output.trim()}$`));
    const [port = 0, admin = 0] = await freePorts(2);
    const container = await startTask(
      image,
      task,
      {
        IDP_ISSUER__LISTEN__PORT: String(port),
        IDP_ISSUER__ADMIN__PORT: String(admin),
        AWS_REGION: client.region,
        AWS_ENDPOINT_URL: client.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
      onTestFinished,
    );
    await becomesHealthy(container);
    const balancer = await startBalancer(world.gate.authority, HOST, port);
    onTestFinished(balancer.stop);
    world.gate.proxy.route(HOST, balancer.address);

    const catalog = world.file('of-the-container.yaml', catalogOf('read: ["secret/prj-1/*"], kv: 2'));
    const config = { 'idp-kit:catalog': catalog, 'idp-kit:issuerStack': `organization/idp-kit/${issuer.name}` };
    // Each asks the container for its discovery and keys before it writes anything.
    const parties = await Promise.all([world.stack('aws', config), world.stack('vault', config)]);
    for (const ran of await Promise.all(parties.map((party) => party.up()))) done(ran);
    await world.callVault('POST', 'secret/data/prj-1/database', { data: { password: 'of-the-project' } });

    const [own, other] = await register(admin, ['prj-1', 'prj-2']);
    for (const [credential, admitted] of [
      [own, true],
      [other, false],
    ] as const) {
      const atAws = await world.tryAt('aws', 'api', await exchange(credential, 'sts.amazonaws.com'));
      expect(atAws).toBe(admitted);
      const secret = await secretBy(await exchange(credential, 'vault.hashicorp.com'));
      expect(secret).toEqual(admitted ? { password: 'of-the-project' } : undefined);
    }
    const logs = await container.logs();
    for (const secret of [new URL(database).password, ADMIN_TOKEN, own ?? '']) expect(logs).not.toContain(secret);
  });

  /** Registers a workload for each project. @returns their credentials */
  async function register(port: number, projects: readonly string[]): Promise<string[]> {
    // As the load balancer reaches it: whose certificate it is nobody looks.
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    onTestFinished(() => dispatcher.close());
    const call = async (method: 'PUT' | 'POST', path: string, body: unknown) => {
      const reply = await request(`https://127.0.0.1:${port}/admin/issuers/issuer/${path}`, {
        dispatcher,
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([200, 201]).toContain(reply.statusCode);
      return (await reply.body.json()) as { readonly credential: string };
    };
    await call('PUT', 'organizations/acme', { profile: 'ona-v3' });
    const registered = projects.map((project_id) =>
      call('POST', 'registrations', { organization: 'acme', facts: { ...FACTS, project_id } }),
    );
    return (await Promise.all(registered)).map(({ credential }) => credential);
  }

  /** By the issuer's name, through the proxy, as a workload asks. */
  async function exchange(credential = '', audience: string): Promise<string> {
    const ca = { ca: world.gate.authority.caPem };
    const dispatcher = new EnvHttpProxyAgent({
      httpsProxy: world.gate.proxy.url,
      requestTls: ca,
      connect: ca,
      noProxy: '',
    });
    onTestFinished(() => dispatcher.close());
    const form = exchangeForm(credential, audience).map(([name, value]): [string, string] => [name, value]);
    const body = new URLSearchParams(form);
    const reply = await fetch(`${CLASSIC}/token`, { method: 'POST', body, dispatcher });
    const { access_token: token } = (await reply.json()) as { readonly access_token?: string };
    if (token === undefined) throw new Error(`no token: HTTP ${reply.status}`);
    return token;
  }

  /** What a workload reads with this token; nothing where Vault does not let it in. */
  async function secretBy(jwt: string): Promise<unknown> {
    const body = JSON.stringify({ role: 'api', jwt });
    const login = await fetch(`${world.vault.url}/v1/auth/jwt/login`, { method: 'POST', body });
    const { auth } = (await login.json()) as { readonly auth?: { readonly client_token: string } };
    if (auth === undefined) return undefined;
    const headers = { 'x-vault-token': auth.client_token };
    const read = await fetch(`${world.vault.url}/v1/secret/data/prj-1/database`, { headers });
    return ((await read.json()) as { readonly data: { readonly data: unknown } }).data.data;
  }
});
