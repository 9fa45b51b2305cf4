/** A `TokenIssuer` that fails half-way and goes on; and the issuer that ECS would start then, started here. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IssuerDatabaseKind } from '../../../components/issuer/args.ts';
import { type Child, startChild } from '../../sandbox/net/child.ts';
import { freePort, waitUntil } from '../../sandbox/net/ports.ts';
import { type Postgres, startPostgres } from '../../sandbox/postgres/server.ts';
import { PROJECT } from '../../sandbox/pulumi.ts';
import { PATH } from '../../sandbox-tests/support.ts';
import { type Cloud, REGION, startCloud } from './cloud.ts';
import { DIGEST } from './registered.ts';
import { taskOf } from './task.ts';

let cloud: Cloud;
let postgres: Postgres;
let url: string;
let issuer: Child | undefined;

const URL_OF_ISSUER = 'https://tokens.example.com';
const TOKEN = 'an-admin-token-of-the-test';

beforeAll(async () => {
  [cloud, postgres] = await Promise.all([startCloud(), startPostgres()]);
  url = await postgres.database();
}, 60_000);

afterAll(async () => {
  await issuer?.stop();
  await Promise.all([cloud.stop(), postgres.stop()]);
});

/** In moto's own VPC, before a PostgreSQL of this machine. */
async function program(imageDigest: string): Promise<void> {
  const ec2 = new EC2(cloud.client);
  const { Vpcs = [] } = await ec2.describeVpcs({});
  const subnets = ((await ec2.describeSubnets({})).Subnets ?? []).map(({ SubnetId }) => SubnetId);
  const rest = {
    url: URL_OF_ISSUER,
    zoneId: cloud.zoneId,
    profiles: ['ona-v3'],
    admin: { allowFrom: ['203.0.113.0/24'], tokenSha256: createHash('sha256').update(TOKEN).digest('hex') },
    network: {
      vpcId: Vpcs[0]?.VpcId,
      cidr: Vpcs[0]?.CidrBlock,
      publicSubnetIds: subnets,
      privateSubnetIds: subnets,
    },
    database: { kind: IssuerDatabaseKind.Given, url, caPem: postgres.ca },
  };
  // The digest is an output: it is not known at once.
  cloud.program(`{ ...${JSON.stringify(rest)}, imageDigest: pulumi.output(Promise.resolve('${imageDigest}')) }`);
}

const password = (): string => new URL(url).password;

async function identities(): Promise<ReadonlyMap<string, string | undefined>> {
  const { resources } = await cloud.state();
  return new Map(resources.filter(({ type }) => type.startsWith('aws:')).map(({ urn, id }) => [urn, id]));
}

describe('a TokenIssuer before a database that is there', { timeout: 120_000 }, () => {
  test('a tag for a digest is refused when it is known', async () => {
    await program('latest');
    const { code, stdout, stderr } = await cloud.pulumi('preview');
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('imageDigest: `latest` is no digest of an image');
  });

  test('what fails half-way is resumed: nothing is made twice', async () => {
    await program(DIGEST);
    cloud.front.refuse('ecs CreateService');
    const failed = await cloud.pulumi('up', '--yes', '--skip-preview');
    expect(failed.code).not.toBe(0);
    expect(failed.stdout + failed.stderr).toContain('not now');
    const before = await identities();
    expect(before.size).toBeGreaterThan(40);

    cloud.front.refuse(undefined);
    await cloud.must('up', '--yes', '--skip-preview');
    const after = await identities();
    expect([...after].filter(([urn]) => before.has(urn)).sort()).toEqual([...before].sort());
    expect([...after.keys()].filter((urn) => !before.has(urn)).map((urn) => urn.split('::').at(-1))).toEqual(
      expect.arrayContaining(['tokens-service', 'tokens-tasks', 'tokens-cpu']),
    );
  });

  test('a given URL is in the state as a secret alone', async () => {
    expect(password()).not.toBe('');
    expect((await cloud.state()).text).not.toContain(password());
  });

  test('what ECS is told to start is the issuer, with its keys in KMS and its store', async () => {
    const { container, environment, secrets } = await taskOf('tokens-issuer', cloud.ecs, cloud.secrets);
    const files = join(cloud.dir, 'files');
    mkdirSync(files, { mode: 0o700 });
    const [port, admin] = [await freePort(), await freePort()];
    const inMemory = (text: string) => text.replaceAll('/run/idp', files);
    const [command = '', ...args] = [...(container.entryPoint ?? []), ...(container.command ?? [])];
    issuer = startChild({
      command,
      args,
      env: {
        ...Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, inMemory(text)])),
        ...secrets,
        // What is otherwise here than in the container: where it is, its ports, AWS.
        PATH,
        HOME: cloud.dir,
        IDP_MAIN: join(PROJECT, 'bin', 'idp.js'),
        IDP_ISSUER__LISTEN__PORT: String(port),
        IDP_ISSUER__ADMIN__PORT: String(admin),
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL: cloud.front.url,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    const ready = async () => {
      if (issuer?.running() !== true) throw new Error(`the issuer ended:\n${issuer?.output() ?? ''}`);
      return fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    await waitUntil(ready, { what: 'the issuer', timeoutMs: 30_000 });
    expect(issuer.output()).not.toContain(password());
    await expect(adminAnswers(admin)).resolves.toContain('RS256');
  });
});

/** Over TLS, as the load balancer does: whose certificate it is nobody looks. */
async function adminAnswers(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  const path = '/admin/issuers/issuer/keys';
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\nconnection: close\r\n\r\n`,
  );
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
