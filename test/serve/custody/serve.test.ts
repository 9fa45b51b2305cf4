// An issuer with each way to hold private keys: over HTTP, with moto as AWS KMS.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../issuer/issuer.ts';
import { kmsDoor } from '../../keys/kms/door.ts';
import { motoOfFile } from '../../keys/kms/moto.ts';
import { temporaryDirectory } from '../directory.ts';
import { CONFIG, HOSTS, type Running, exchangeForm, registerOver, runIssuer } from '../running.ts';

const moto = motoOfFile();
const withCustody = (custody: string) => CONFIG.replace('[{ secret_file: sealing.key }]', custody);

const JWKS = '/.well-known/jwks.json';
const DISCOVERY = '/.well-known/openid-configuration';
const KEYS = '/admin/issuers/ona/keys';

/** A workload that asks for tokens. */
async function workload(running: Running) {
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  return () => running.post(HOSTS.ona, '/token', exchangeForm(credential, 'sts.amazonaws.com'));
}

async function verified(running: Running, token: unknown): Promise<string | undefined> {
  const jwks = createLocalJWKSet((await running.get(HOSTS.ona, JWKS)).json as JSONWebKeySet);
  const { protectedHeader } = await jwtVerify((token as { access_token: string }).access_token, jwks);
  return protectedHeader.kid;
}

it('while KMS is down: keys and discovery go on, tokens are a clear 503, and it comes back by itself', async () => {
  const door = await kmsDoor(moto.url());
  const running = await runIssuer({
    config: withCustody('[{ kms_signing: { create: true } }]'),
    kms: door.kms(),
  });
  const ask = await workload(running);
  expect(await verified(running, (await ask()).json)).toBe('k0');
  const published = await running.get(HOSTS.ona, JWKS);
  await door.shut();
  expect(await ask()).toMatchObject({ status: 503, json: { error: 'temporarily_unavailable' } });
  expect(await running.get(HOSTS.ona, JWKS)).toMatchObject({ status: 200, text: published.text });
  expect(await running.get(HOSTS.ona, DISCOVERY)).toMatchObject({ status: 200 });
  // Ready: taken out of the load balancer, it could not serve those.
  expect(await running.get(HOSTS.ona, '/readyz')).toMatchObject({ status: 200 });
  expect(await running.admin('POST', `${KEYS}/rotate`)).toMatchObject({
    status: 503,
    json: { detail: expect.stringMatching(/^AWS KMS cannot create a key: it cannot be reached/) as unknown },
  });
  expect(running.log()).toMatch(/AWS KMS cannot sign with arn:aws:kms:.*it cannot be reached \(ECONNREFUSED\)/);
  await door.open();
  expect(await verified(running, (await ask()).json)).toBe('k0');
  expect(await running.admin('POST', `${KEYS}/rotate`)).toMatchObject({ status: 200 });
});

it('where no given key is left, a rotation says so and changes nothing', async () => {
  const keys = { ona: await moto.key('RSA_2048'), gitlab: await moto.key('RSA_2048') };
  const config = withCustody(`[{ kms_signing: { keys: ${JSON.stringify(keys).replace(/"(arn[^"]+)"/g, '["$1"]')} } }]`);
  const running = await runIssuer({
    config: config.slice(0, config.indexOf('  classic:')),
    kms: (await kmsDoor(moto.url())).kms(),
  });
  const before = await running.admin('GET', KEYS);
  expect(await running.admin('POST', `${KEYS}/rotate`)).toMatchObject({
    status: 409,
    json: { detail: expect.stringMatching(/the issuer ona has no KMS key left for RS256/) as unknown },
  });
  expect((await running.admin('GET', KEYS)).text).toBe(before.text);
});

describe('rotation of what seals', () => {
  it('from a secret to another, to KMS and back, without a change of the keys', async () => {
    const directory = await temporaryDirectory();
    const kms = (await kmsDoor(moto.url())).kms();
    const sealing = `{ kms_sealing: { key: "${await moto.key('SYMMETRIC_DEFAULT')}" } }`;
    await writeFile(join(directory, 'new.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
    const start = (custody: string) => runIssuer({ config: withCustody(custody), directory, kms });
    const first = await start('[{ secret_file: sealing.key }]');
    const published = (await first.get(HOSTS.ona, JWKS)).text;
    const { credential } = await registerOver(first, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
    await first.stop();
    const steps = [
      '[{ secret_file: new.key }, { secret_file: sealing.key }]',
      `[${sealing}, { secret_file: new.key }]`,
      `[{ secret_file: sealing.key }, ${sealing}]`,
      '[{ secret_file: sealing.key }]',
    ];
    for (const custody of steps) {
      const running = await start(custody);
      const resealed = await running.admin('POST', `${KEYS}/reseal`);
      expect(resealed).toMatchObject({ status: 200, json: { resealed: custody === steps.at(-1) ? [] : ['k0'] } });
      for (const issuer of ['gitlab', 'classic']) await running.admin('POST', `/admin/issuers/${issuer}/keys/reseal`);
      expect((await running.get(HOSTS.ona, JWKS)).text).toBe(published);
      const token = await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'sts.amazonaws.com'));
      expect(await verified(running, token.json)).toBe('k0');
      await running.stop();
    }
  });

  it('is audited', async () => {
    const running = await runIssuer();
    await running.admin('POST', `${KEYS}/reseal`);
    expect((await running.admin('GET', '/admin/audit?limit=5')).json).toMatchObject({ entries: [] });
    const { directory } = running;
    await running.stop();
    await writeFile(join(directory, 'new.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
    const config = withCustody('[{ secret_file: new.key }, { secret_file: sealing.key }]');
    const again = await runIssuer({ config, directory });
    await again.admin('POST', `${KEYS}/reseal`);
    expect((await again.admin('GET', '/admin/audit?limit=5')).json).toMatchObject({
      entries: [{ kind: 'keys-resealed', issuer: 'ona', kid: 'k0' }],
    });
  });
});

it('loads the AWS SDK for those alone who have keys there', async () => {
  const program = `
    const { registerHooks } = await import('node:module');
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => { loaded.push(name); return next(name, context); } });
    await import(${JSON.stringify(new URL('../../../src/serve/start.ts', import.meta.url).href)});
    await import(${JSON.stringify(new URL('../../../src/serve/check.ts', import.meta.url).href)});
    console.log(JSON.stringify(loaded.filter((name) => /fastify$|aws-sdk/.test(name))));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(new Set(JSON.parse(stdout) as string[])).toEqual(new Set(['fastify']));
});
