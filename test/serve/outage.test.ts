/** The store or KMS goes away and comes back under a running issuer: what goes on, what fails, and that nothing needs a restart. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { kmsDoor } from '../keys/kms/door.ts';
import { motoOfFile } from '../keys/kms/moto.ts';
import { usePostgres } from '../store/postgres.ts';
import { temporaryDirectory } from './directory.ts';
import { CONFIG, HOSTS, type Running, exchangeForm, registerOver, runIssuer } from './running.ts';

const postgres = usePostgres();
const moto = motoOfFile();

/** Statuses of discovery, keys, liveness, readiness and a token. */
async function statuses({ get, post }: Running, credential: string): Promise<number[]> {
  const documents = ['/.well-known/openid-configuration', '/.well-known/jwks.json', '/healthz', '/readyz'];
  const replies = await Promise.all(documents.map((path) => get(HOSTS.ona, path)));
  const token = await post(HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  if (token.status === 503) {
    expect(token.json).toMatchObject({ error: 'temporarily_unavailable' });
    const bearer = { authorization: `Bearer ${credential}` };
    const requested = await get(HOSTS.ona, '/id-token?audience=a', bearer);
    expect(requested).toMatchObject({ status: 503, json: { message: expect.stringMatching(/try again/) as unknown } });
  }
  return [...replies, token].map(({ status }) => status);
}

it('serves discovery and keys while PostgreSQL is down, and tokens when it is back', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'postgres.url'), await postgres().database(), { mode: 0o600 });
  const config = CONFIG.replace('{ sqlite: issuer.db }', '{ postgres: { url_file: postgres.url } }');
  const running = await runIssuer({ directory, config });
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const keys = (await running.get(HOSTS.ona, '/.well-known/jwks.json')).text;
  expect(await statuses(running, credential)).toEqual([200, 200, 200, 200, 200]);
  await postgres().crash();
  expect(await statuses(running, credential)).toEqual([200, 200, 200, 503, 503]);
  expect((await running.get(HOSTS.ona, '/.well-known/jwks.json')).text).toBe(keys);
  expect(await running.admin('GET', '/admin/issuers/ona/organizations/acme')).toMatchObject({ status: 503 });
  await postgres().start();
  expect(await statuses(running, credential)).toEqual([200, 200, 200, 200, 200]);
  expect((await running.get(HOSTS.ona, '/.well-known/jwks.json')).text).toBe(keys);
}, 60_000);

it('serves the documents of organizations that were there at its start while PostgreSQL is down', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'postgres.url'), await postgres().database(), { mode: 0o600 });
  const config = CONFIG.replace('{ sqlite: issuer.db }', '{ postgres: { url_file: postgres.url } }').replace(
    'kid: "k{n}"',
    'per_organization: true',
  );
  const first = await runIssuer({ directory, config });
  await first.admin('PUT', '/admin/issuers/ona/organizations/acme', { profile: 'ona-v3' });
  await first.stop();
  const running = await runIssuer({ directory, config });
  const documents = ['openid-configuration', 'jwks.json'];
  const read = (id: string) =>
    Promise.all(documents.map(async (name) => (await running.get(HOSTS.ona, `/${id}/.well-known/${name}`)).status));
  await postgres().crash();
  // Whether there is one that nobody has asked for cannot be told now.
  expect([await read('acme'), await read('beta')]).toEqual([
    [200, 200],
    [503, 503],
  ]);
  await postgres().start();
  expect([await read('acme'), await read('beta')]).toEqual([
    [200, 200],
    [404, 404],
  ]);
}, 60_000);

it('serves discovery and keys while KMS is down, and tokens when it is back', async () => {
  const door = await kmsDoor(moto.url());
  const config = CONFIG.replace('[{ secret_file: sealing.key }]', '[{ kms_signing: { create: true } }]');
  const running = await runIssuer({ config, kms: door.kms({ requestTimeout: 800, maxAttempts: 2 }) });
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  expect(await statuses(running, credential)).toEqual([200, 200, 200, 200, 200]);
  await door.shut();
  const [discovery, keys, live, , token] = await statuses(running, credential);
  expect([discovery, keys, live, token]).toEqual([200, 200, 200, 503]);
  await door.open();
  expect(await statuses(running, credential)).toEqual([200, 200, 200, 200, 200]);
}, 60_000);
