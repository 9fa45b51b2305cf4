/**
 * The issuer against what it is made of and what one would pick instead. Each server runs in a process of its own, over
 * keep-alive connections; only its own CPU counts, and the load generator's does not.
 */
import { request } from 'undici';
import { type Postgres, startPostgres } from '../test/sandbox/postgres/server.ts';
import { type Benchmark, type Metric } from './benchmark.ts';
import { type RunningIssuer, startIssuer } from './issuer/issuer.ts';
import { type Cost, LANES, type LoadGenerator, type Subject, startLoadGenerator } from './issuer/load.ts';
import { cpuSeconds, residentBytes, startProgram } from './issuer/process.ts';
import { startVault } from './issuer/vault.ts';
import { median } from './measure.ts';

const ROUNDS = 5;
const MILLISECONDS = 3_000;
/** Node compiles what runs often, for longer than one would think. */
const WARM_UP = 8_000;
const MANY = 100_000;
const MILLION = 1_000_000;

type Run = (milliseconds: number) => Promise<Cost>;

/** The median of the rounds, which all take their turns, so that what slows the machine slows everybody. */
async function compare<K extends string>(runs: Readonly<Record<K, Run>>): Promise<Readonly<Record<K, Cost>>> {
  const entries = Object.entries<Run>(runs);
  const costs = new Map(entries.map(([name]) => [name, [] as Cost[]]));
  for (const [, run] of entries) await run(WARM_UP);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of entries) costs.get(name)?.push(await run(MILLISECONDS));
  }
  const middle = (name: string, of: (cost: Cost) => number) => median((costs.get(name) ?? []).map(of));
  return Object.fromEntries(
    entries.map(([name]) => [name, { cpu: middle(name, ({ cpu }) => cpu), rate: middle(name, ({ rate }) => rate) }]),
  ) as Record<K, Cost>;
}

type Loading = (subject: Subject) => Run;

const shown = ({ cpu, rate }: Cost) => `${cpu.toFixed(0)} µs of CPU, ${rate.toFixed(0)} a second`;

export const bench: Benchmark = async (progress) => {
  progress('registering workloads, starting the issuers and their peers');
  const here = (name: string) => [new URL(`./issuer/${name}.ts`, import.meta.url).pathname];
  // First, since it may be missing, and nothing has to be stopped yet.
  const generator = await startLoadGenerator();
  const postgres = await startPostgres({ durable: true });
  const loading: Loading = (subject) => (milliseconds) => generator.load(subject, milliseconds);
  const [sqlite, stored, peer, vault, limit] = await Promise.all([
    startIssuers(),
    startIssuers(postgres),
    startProgram(here('peer')),
    startVault(),
    startProgram(here('sign')),
  ]);
  const jwks = await request(`${sqlite.rs256.jwks.url}/.well-known/jwks.json`, {
    headers: { host: 'tokens.example.com' },
  });
  const bare = await startProgram(here('bare-http'), { BODY: await jwks.body.text() });
  const all = [...issuersOf(sqlite), ...issuersOf(stored), peer, vault, limit, bare, generator];
  try {
    progress(`a first token for each of ${MANY} workloads`);
    const first = await firstTokens(sqlite.crowded.tokens, generator);
    const firstStored = await firstTokens(stored.crowded.tokens, generator);
    progress('measuring tokens');
    const peers = { sign: signing(limit), peer: loading(peerOf(peer)), vault: loading(vault.tokens) };
    const tokens = await compare({ ...peers, ...loadingAll(sqlite, loading) });
    progress('measuring documents');
    const bareHttp = { url: bare.ready.url ?? '', pid: bare.pid, requests: sqlite.rs256.jwks.requests };
    const documents = await compare({ jwks: loading(sqlite.rs256.jwks), bare: loading(bareHttp) });
    progress('measuring tokens on PostgreSQL');
    const onPostgres = await compare({ ...peers, ...loadingAll(stored, loading) });
    progress('a million tokens');
    const memory = await memoryOver(sqlite.es256.tokens, generator);
    const beside = [...tokenMetrics(onPostgres), firstMetric(firstStored, onPostgres)];
    return [
      ...tokenMetrics(tokens),
      documentMetric(documents),
      memory,
      firstMetric(first, tokens),
      ...beside.map((metric) => ({ ...metric, name: `${metric.name}-on-postgresql` })),
    ];
  } finally {
    await Promise.all(all.map((one) => one.stop()));
    await postgres.stop();
  }
};

interface Issuers {
  readonly rs256: RunningIssuer;
  readonly es256: RunningIssuer;
  /** With many registrations. */
  readonly crowded: RunningIssuer;
}

/** @param postgres for a database each. @default embedded SQLite */
async function startIssuers(postgres?: Postgres): Promise<Issuers> {
  const start = async (algorithm: 'RS256' | 'ES256', registrations: number) =>
    startIssuer({
      algorithm,
      registrations,
      ...(postgres === undefined ? {} : { postgres: { url: await postgres.database(), ca: postgres.ca } }),
    });
  const rs256 = await start('RS256', 1);
  const es256 = await start('ES256', 1);
  return { rs256, es256, crowded: await start('RS256', MANY) };
}

const issuersOf = ({ rs256, es256, crowded }: Issuers) => [rs256, es256, crowded];

const loadingAll = ({ rs256, es256, crowded }: Issuers, loading: Loading) => ({
  rs256: loading(rs256.tokens),
  es256: loading(es256.tokens),
  crowded: loading(crowded.tokens),
});

type Names = 'sign' | 'rs256' | 'peer' | 'vault' | 'es256' | 'crowded';

type Costs<K extends string> = Readonly<Record<K, Cost>>;

function metric(name: string, ratio: number, ...costs: [string, Cost][]): Metric {
  return { name, ratio, detail: costs.map(([what, cost]) => `${what} ${shown(cost)}`).join('; ') };
}

function tokenMetrics({ sign, rs256, peer, vault, es256, crowded }: Costs<Names>): Metric[] {
  return [
    metric('rs256-cpu-vs-crypto-sign', rs256.cpu / sign.cpu, ['issuer', rs256], ['crypto.sign', sign]),
    metric(
      'overhead-vs-oidc-provider',
      (rs256.cpu - sign.cpu) / (peer.cpu - sign.cpu),
      ['issuer', rs256],
      ['oidc-provider', peer],
    ),
    metric('rs256-rate-vs-vault', rs256.rate / vault.rate, ['issuer', rs256], ['Vault', vault]),
    metric('es256-rate-vs-rs256', es256.rate / rs256.rate, ['ES256', es256], ['RS256', rs256]),
    metric('cost-100000-vs-1-registrations', crowded.cpu / rs256.cpu, [`${MANY}`, crowded], ['1', rs256]),
  ];
}

/** What an issuer reads and makes for a workload at its first token it has at the next ones. The process is as new. */
async function firstTokens(subject: Subject, { load }: LoadGenerator): Promise<Cost> {
  const costs: (Cost & { readonly count: number })[] = [];
  const sum = (of: (cost: (typeof costs)[number]) => number) => costs.reduce((total, cost) => total + of(cost), 0);
  while (sum(({ count }) => count) < subject.requests.length) costs.push(await load(subject, MILLISECONDS));
  const all = sum(({ count }) => count);
  return { cpu: sum(({ cpu, count }) => cpu * count) / all, rate: all / sum(({ count, rate }) => count / rate) };
}

function firstMetric(first: Cost, { rs256 }: Costs<Names>): Metric {
  const name = `first-token-of-${MANY}-vs-1-registrations`;
  return metric(name, first.cpu / rs256.cpu, [`the first of ${MANY}`, first], ['1', rs256]);
}

function documentMetric({ jwks, bare }: Costs<'jwks' | 'bare'>): Metric {
  return metric('jwks-rate-vs-bare-http', jwks.rate / bare.rate, ['issuer', jwks], ['node:http', bare]);
}

function signing(program: Awaited<ReturnType<typeof startProgram>>): Run {
  return async (milliseconds) => {
    const before = cpuSeconds(program.pid);
    const started = performance.now();
    const count = (await program.ask({ lanes: LANES, milliseconds })) as number;
    const seconds = (performance.now() - started) / 1000;
    return { cpu: ((cpuSeconds(program.pid) - before) / count) * 1e6, rate: count / seconds };
  };
}

function peerOf({ ready, pid }: Awaited<ReturnType<typeof startProgram>>): Subject {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'workload',
    client_secret: 'a-secret-of-the-benchmark',
    resource: 'urn:example:sts',
  }).toString();
  return { url: ready.url ?? '', pid, requests: [{ method: 'POST', path: '/token', headers, body }] };
}

/** Resident memory in the last tenth of a million tokens against that in the first: a collection of garbage moves single samples. */
async function memoryOver(subject: Subject, { load }: LoadGenerator): Promise<Metric> {
  const samples: { readonly count: number; readonly bytes: number }[] = [];
  let count = 0;
  while (count < MILLION) {
    count += (await load(subject, MILLISECONDS)).count;
    samples.push({ count, bytes: residentBytes(subject.pid) });
  }
  const over = (from: number, to: number) =>
    median(samples.filter((sample) => sample.count >= from && sample.count <= to).map(({ bytes }) => bytes));
  const [early, late] = [over(0, MILLION / 10), over(count - MILLION / 10, count)];
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return {
    name: 'memory-1000000-vs-100000-tokens',
    ratio: late / early,
    detail: `resident in the first 100,000 tokens ${mib(early)}, in the last of ${count} ${mib(late)}`,
  };
}
