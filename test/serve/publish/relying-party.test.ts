// What relying parties make of the static files: jose's remote JWKS over TLS, across rotations, and after a crash.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRemoteJWKSet, customFetch } from 'jose/jwks/remote';
import { jwtVerify } from 'jose/jwt/verify';
import { Agent, fetch as fetchBy } from 'undici';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { folderTarget } from '../../../src/serve/publish/folder.ts';
import { createAuthority } from '../../sandbox/net/authority.ts';
import { temporaryDirectory } from '../directory.ts';
import { writeFiles } from '../running.ts';
import {
  DISCOVERY,
  HOST,
  JWKS,
  STATIC_CONFIG,
  URL_OF,
  kidsIn,
  serveFolder,
  staticWorld,
  type StaticWorld,
} from './world.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** jose signs with keys of its own kinds, and a ring with a function: the JWS is put together here. */
async function tokenOf(
  { issuer, now }: StaticWorld,
  algorithm: 'ES256' | 'RS256',
  life: number,
): Promise<string | undefined> {
  const signer = issuer.ring.signer(algorithm);
  if (signer === undefined) return undefined;
  const header = { alg: signer.algorithm, kid: signer.kid };
  const claims = { iss: URL_OF, sub: 's', aud: 'a', iat: now(), exp: now() + life };
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${Buffer.from(await signer.sign(Buffer.from(input))).toString('base64url')}`;
}

/** Fetches as a relying party that trusts the authority, from the port that stands in for the host. */
function fetcher(caPem: string, port: number) {
  const agent = new Agent({ connect: { ca: [caPem], servername: HOST } });
  onTestFinished(() => agent.close());
  return async (url: string) => {
    const at = new URL(url);
    const reply = await fetchBy(`https://127.0.0.1:${port}${at.pathname}`, {
      dispatcher: agent,
      headers: { host: HOST },
    });
    return new Response(await reply.text(), { status: reply.status, headers: { 'content-type': 'application/json' } });
  };
}

const CACHE_SECONDS = 300;
const LIFE = 3600;
// No part of the time that a cache keeps, so that publications fall anywhere in it.
const STEP = 110;

/** Days of rotations and publications; how many tokens were verified and how many not, and how many keys signed. */
async function live(world: StaticWorld) {
  const folder = await temporaryDirectory();
  const target = folderTarget(folder);
  const authority = await createAuthority({ now: () => new Date() });
  const get = fetcher(authority.caPem, await serveFolder(folder, authority));
  vi.useFakeTimers({ toFake: ['Date'], now: world.now() * 1000 });
  // Never fetched again for a key that is new: what is in the cache must do.
  const keys = createRemoteJWKSet(new URL(`https://${HOST}${JWKS}`), {
    cacheMaxAge: CACHE_SECONDS * 1000,
    cooldownDuration: Number.POSITIVE_INFINITY,
    [customFetch]: get,
  });
  await world.publish(target);
  let out: readonly { readonly token: string; readonly exp: number }[] = [];
  const signed = new Set<string>();
  const count = { verified: 0, failed: 0 };
  for (let step = 0; step < 200; step += 1) {
    // A publisher that runs seldom and not always gets through; a rotation as soon as one may begin.
    if (step % 7 === 0) await world.publish(target, step % 21 === 14 ? 'unseen' : 'seen');
    if (step % 5 === 0) await world.issuer.ring.rotate();
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const token = await tokenOf(world, algorithm, LIFE);
      if (token !== undefined) out = [...out, { token, exp: world.now() + LIFE }];
      signed.add(world.issuer.ring.signer(algorithm)?.kid ?? '');
    }
    for (const { token } of out) {
      const { state } = await jwtVerify(token, keys, { issuer: URL_OF, audience: 'a' }).then(
        () => ({ state: 'verified' as const }),
        () => ({ state: 'failed' as const }),
      );
      count[state] += 1;
    }
    world.wait(STEP);
    vi.setSystemTime(world.now() * 1000);
    await world.issuer.ring.refresh();
    out = out.filter(({ exp }) => exp > world.now());
  }
  return { ...count, keys: signed.size };
}

it('verifies every unexpired token across rotations, from a cache that is as old as it may be', async () => {
  const { verified, failed, keys } = await live(await staticWorld());
  expect(failed).toBe(0);
  expect(verified).toBeGreaterThan(5000);
  expect(keys).toBeGreaterThanOrEqual(8);
});

it('would not, did keys sign before every cache has them', async () => {
  const early = `${STATIC_CONFIG}keys: { cache_seconds: 0, publish_seconds: 60 }\n`;
  expect((await live(await staticWorld(early))).failed).toBeGreaterThan(0);
});

it('finds a consistent pair after a publisher was killed between the files, and the next one mends it', async () => {
  const world = await staticWorld();
  const folder = await temporaryDirectory();
  const target = folderTarget(folder);
  await world.publish(target);
  const [keys, discovery] = await Promise.all([target.read(JWKS), target.read(DISCOVERY)]);
  // Another path of the keys, so that both files change.
  const config = STATIC_CONFIG.replace(
    'kid: k{n}',
    'kid: k{n}\n    jwks_paths: [/idp/.well-known/jwks.json, /idp/keys]',
  ).replace('algorithm: ES256', 'algorithm: RS256');
  await writeFiles(world.directory, { 'issuer.yaml': config });
  await world.issuer.ring.rotate();
  const script = join(import.meta.dirname, 'crash.ts');
  const args = [script, join(world.directory, 'issuer.yaml'), folder, String(world.now())];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  const after = await readFile(join(folder, JWKS), 'utf8');
  expect(kidsIn(after)).toEqual(['k0', 'k1', 'k2', 'k3']);
  expect(kidsIn(keys?.body)).toEqual(['k0', 'k1']);
  expect((await target.read(DISCOVERY))?.body).toBe(discovery?.body);
  const report = await world.publish(target);
  expect(report.seen).toBe('yes');
  expect(kidsIn((await target.read(JWKS))?.body)).toEqual(['k0', 'k1', 'k2', 'k3']);
});
