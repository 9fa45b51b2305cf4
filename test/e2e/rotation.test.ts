/**
 * Rotation under load: two replicas, many issuers, and verifiers that hold what they fetched for as long as they may. No token
 * that has not expired may fail. The timings are the least that the rules allow for tokens that live seconds.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPublicServer } from '../../src/http/public.ts';
import { putOrganization } from '../../src/issuer/organization.ts';
import { register } from '../../src/issuer/registration.ts';
import type { Issuer } from '../../src/issuer/settings.ts';
import { openRing } from '../../src/keys/ring.ts';
import { sealedCustody } from '../../src/keys/rings/sealed.ts';
import { secretSealer } from '../../src/keys/rings/secret.ts';
import { storedRecords } from '../../src/keys/rings/stored.ts';
import { leastTimings, unsafeTimings } from '../../src/keys/timings.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { configuration, request as registration } from '../issuer/issuer.ts';
import { keyStore } from '../sandbox/aws/idp-documents.ts';
import { verifyToken } from '../sandbox/aws/web-identity.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { startVault, type TestVault } from '../workload/vault/server.ts';

const ISSUERS = 20;
const ROTATIONS = 10;
/** Seconds. Replicas refresh every 200 ms, and their clocks are one. */
const SURROUNDINGS = { tokenLife: 3, cacheAge: 1, leeway: 0, spread: 1 };
const TIMINGS = { ...leastTimings(SURROUNDINGS), rotateSeconds: null };
/** Before its end, when a token is shown for the last time, in milliseconds. */
const LATE = 500;

const seconds = () => Math.floor(Date.now() / 1000);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Replica {
  readonly url: string;
  readonly issuers: readonly Issuer[];
  readonly stop: () => Promise<void>;
}

async function startReplica(directory: string, secret: Uint8Array): Promise<Replica> {
  const store = await openSqliteStore(join(directory, 'issuer.db'));
  const custody = sealedCustody([secretSealer(secret, randomBytes)]);
  const issuers: Issuer[] = [];
  for (let index = 0; index < ISSUERS; index++) {
    const name = `t${index}`;
    const ring = await openRing(
      { issuer: name, algorithms: ['ES256'], kid: 'thumbprint', timings: TIMINGS, publication: 'served' },
      { records: storedRecords(store.keys), custody, now: seconds },
    );
    const settings = {
      name,
      url: `https://127.0.0.1/${name}`,
      profiles: [{ profile: 'ona-v3' }],
      jwksPaths: [`/${name}/keys`],
      cacheSeconds: SURROUNDINGS.cacheAge,
    } as const;
    const takeToken = () => Promise.resolve(undefined);
    const ports = { now: seconds, random: randomBytes, takeToken, audited: () => undefined };
    issuers.push({ settings, ring, store, upstreams: [], ...ports });
  }
  const server = createPublicServer(
    issuers,
    store,
    { log: pino({ level: 'silent' }) },
    {
      concurrentRequests: 500,
      refusalsPerMinute: 60,
    },
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  let refreshing = Promise.resolve();
  const timer = setInterval(() => {
    refreshing = refreshing.then(async () => {
      for (const { ring } of issuers) await ring.refresh();
    });
  }, 200);
  const stop = async () => {
    clearInterval(timer);
    await refreshing;
    await server.close();
    await store.close();
  };
  return { url, issuers, stop };
}

let replicas: readonly Replica[];
let vault: TestVault;
let credentials: readonly string[];

beforeAll(async () => {
  const directory = await temporaryDirectory(afterAll);
  const secret = randomBytes(32);
  const first = await startReplica(directory, secret);
  replicas = [first, await startReplica(directory, secret)];
  vault = await startVault(directory);
  credentials = await Promise.all(
    first.issuers.map(async (issuer, index) => {
      const { name, url } = issuer.settings;
      await putOrganization(issuer, 'acme', configuration({ tokenLifeSeconds: SURROUNDINGS.tokenLife }));
      await vault.call('POST', `sys/auth/${name}`, { type: 'jwt' });
      const jwks_url = `${baseOf(index)}/${name}/keys`;
      await vault.call('POST', `auth/${name}/config`, { jwks_url, bound_issuer: url, jwt_supported_algs: ['ES256'] });
      const role = { role_type: 'jwt', user_claim: 'sub', bound_audiences: ['a'], clock_skew_leeway: -1 };
      await vault.call('POST', `auth/${name}/role/r`, role);
      const made = await register(issuer, registration());
      if (!made.ok) throw new Error(JSON.stringify(made.problems));
      return made.value.credential;
    }),
  );
}, 60_000);

afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  await Promise.all(replicas.map(({ stop }) => stop()));
});

/** One replica or the other, by turns. */
const baseOf = (turn: number): string => replicas[turn % replicas.length]?.url ?? '';

let turns = 0;
/** Leads the address of an issuer to one of the replicas. */
const led = (address: string): string => address.replace('https://127.0.0.1', baseOf(turns++));

type Verifier = (token: string) => Promise<unknown>;

/** Fetches the keys when they are as old as they may be, and never for a key that it does not know. */
function patient(name: string): Verifier {
  const keys = createRemoteJWKSet(new URL(`https://127.0.0.1/${name}/keys`), {
    cacheMaxAge: SURROUNDINGS.cacheAge * 1000,
    cooldownDuration: 3_600_000,
    [customFetch]: (url, options) => fetch(led(url), options),
  });
  return (token) => jwtVerify(token, keys, { audience: 'a', clockTolerance: SURROUNDINGS.leeway });
}

function atGate(): Verifier {
  const keys = keyStore(async (url) => {
    const reply = await fetch(led(url));
    return { status: reply.status, body: await reply.text() };
  });
  const findProvider = () => Promise.resolve({ arn: 'arn:x', clientIds: ['a'] });
  return (token) => verifyToken({ token, now: new Date(), keys, findProvider });
}

function atVault(name: string): Verifier {
  return async (jwt) => {
    const body = JSON.stringify({ role: 'r', jwt });
    const reply = await fetch(`${vault.address}/v1/auth/${name}/login`, { method: 'POST', body });
    if (!reply.ok) throw new Error(await reply.text());
  };
}

it('is allowed by the rules, which allow nothing less', () => {
  expect(unsafeTimings(TIMINGS, SURROUNDINGS)).toEqual([]);
  for (const timing of ['publishSeconds', 'keepSeconds'] as const) {
    expect(unsafeTimings({ ...TIMINGS, [timing]: TIMINGS[timing] - 1 }, SURROUNDINGS)).toEqual([timing]);
  }
});

it(`fails no verification in ${ISSUERS * ROTATIONS} rotations`, { timeout: 180_000 }, async () => {
  const counts = { rotations: 0, verified: 0, tooLate: 0 };
  const failures: string[] = [];
  const show = async (what: string, token: string, verify: Verifier) => {
    const { exp = 0 } = decodeJwt(token);
    try {
      await verify(token);
      counts.verified += 1;
    } catch (error) {
      if (Date.now() < exp * 1000) failures.push(`${what}: ${(error as Error).message}`);
      else counts.tooLate += 1;
    }
  };
  const rotate = async (index: number) => {
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      const ring = replicas[rotation % replicas.length]?.issuers[index]?.ring;
      while ((await ring?.rotate())?.ok !== true) await pause(50);
      counts.rotations += 1;
    }
    await pause((TIMINGS.publishSeconds + 1) * 1000);
  };
  const load = async (index: number, goesOn: () => boolean) => {
    const name = `t${index}`;
    const verifiers: readonly (readonly [string, Verifier])[] = [
      ['jose', patient(name)],
      ['gate', atGate()],
      ['Vault', atVault(name)],
    ];
    const late: Promise<unknown>[] = [];
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: credentials[index] ?? '',
      subject_token_type: 'urn:idp-kit:params:oauth:token-type:workload-credential',
      audience: 'a',
    });
    while (goesOn()) {
      const reply = await fetch(`${baseOf(turns++)}/${name}/token`, { method: 'POST', body: form });
      const text = await reply.text();
      if (!reply.ok) {
        failures.push(`token: ${text}`);
        continue;
      }
      const { access_token: token } = JSON.parse(text) as { access_token: string };
      const showAll = () => Promise.all(verifiers.map(([what, verify]) => show(`${what} ${name}`, token, verify)));
      await showAll();
      const { exp = 0 } = decodeJwt(token);
      late.push(pause(exp * 1000 - LATE - Date.now()).then(showAll));
      await pause(200);
    }
    await Promise.all(late);
  };
  const rotating = Array.from({ length: ISSUERS }, (_, index) => index);
  await Promise.all(
    rotating.map(async (index) => {
      let running = true;
      const loading = load(index, () => running);
      await rotate(index);
      running = false;
      await loading;
    }),
  );
  expect(failures.slice(0, 5)).toEqual([]);
  expect(counts.rotations).toBe(ISSUERS * ROTATIONS);
  expect(counts.verified).toBeGreaterThan(ISSUERS * ROTATIONS * 10);
  expect(counts.tooLate).toBeLessThan(counts.verified / 20);
  const [replica] = replicas;
  for (const { ring } of replica?.issuers ?? []) {
    expect(ring.records().filter(({ state }) => state === 'removed').length).toBeGreaterThanOrEqual(ROTATIONS - 4);
  }
});
