/** An issuer on PostgreSQL: two replicas on one store, and what goes on while it is down. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { usePostgres } from '../../store/postgres.ts';
import { ENVIRONMENT } from '../../issuer/issuer.ts';
import { temporaryDirectory } from '../directory.ts';
import { CONFIG, HOSTS, type Running, exchangeForm, registerOver, runIssuer, writeFiles } from '../running.ts';

const postgres = usePostgres();

const config = CONFIG.replace('{ sqlite: issuer.db }', '{ postgres: { url_file: postgres.url, ca_file: ca.pem } }');

/** Longer than the interval at which a replica looks for changes. */
const REFRESHED = { timeout: 20_000, interval: 100 };

async function directoryOnPostgres(): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'postgres.url': await postgres().database(), 'ca.pem': postgres().ca });
  await chmod(join(directory, 'postgres.url'), 0o600);
  return directory;
}

async function kids({ get }: Running): Promise<string[]> {
  const { json } = await get(HOSTS.ona, '/.well-known/jwks.json');
  return (json as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

async function register(running: Running): Promise<string> {
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  return credential;
}

it('has one ring for two replicas, which registers at one and signs at the other', async () => {
  const directory = await directoryOnPostgres();
  const [one, other] = await Promise.all([runIssuer({ directory, config }), runIssuer({ directory, config })]);
  expect(await kids(other)).toEqual(await kids(one));
  const credential = await register(one);
  expect((await other.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'))).status).toBe(200);
  expect((await one.admin('POST', '/admin/issuers/ona/keys/rotate')).status).toBe(200);
  await expect.poll(() => kids(other), REFRESHED).toEqual(['k0', 'k1']);
});

it('publishes keys while the store is down, refuses tokens, and goes on by itself', async () => {
  const running = await runIssuer({ directory: await directoryOnPostgres(), config });
  const credential = await register(running);
  const token = () => running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  await postgres().crash();
  const refused = await token();
  expect([refused.status, refused.json]).toMatchObject([503, { error: 'temporarily_unavailable' }]);
  expect(await kids(running)).toEqual(['k0']);
  expect((await running.get(HOSTS.ona, '/.well-known/openid-configuration')).status).toBe(200);
  expect((await running.get(HOSTS.ona, '/healthz')).status).toBe(200);
  const unready = await running.get(HOSTS.ona, '/readyz');
  expect([unready.status, unready.json]).toMatchObject([503, { checks: { store: 'unavailable' } }]);
  await postgres().start();
  expect((await token()).status).toBe(200);
  expect((await running.get(HOSTS.ona, '/readyz')).status).toBe(200);
  expect(running.log()).toContain('nobody listens there');
  for (const secret of [postgres().password, credential]) expect(running.log()).not.toContain(secret);
});
