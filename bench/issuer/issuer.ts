/** The issuer under measurement: `idp issuer serve` with its audit, metrics and limits on. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putOrganization } from '../../src/issuer/organization.ts';
import { register } from '../../src/issuer/registration.ts';
import { readConfigFile } from '../../src/serve/config.ts';
import { openIssuers } from '../../src/serve/open.ts';
import { type Subject } from './load.ts';
import { startProgram } from './process.ts';

const HOST = 'tokens.example.com';

/** Workloads that are registered at once. */
const REGISTERING = 8;

export interface IssuerOptions {
  readonly algorithm: 'RS256' | 'ES256';
  readonly registrations: number;
  /** @default embedded SQLite */
  readonly postgres?: { readonly url: string; readonly ca: string };
}

export interface RunningIssuer {
  readonly tokens: Subject;
  readonly jwks: Subject;
  readonly stop: () => Promise<void>;
}

const FACTS = {
  organization_id: 'acme',
  project_id: '019527e4-0000-7000-8000-000000000002',
  environment_id: '0195aaaa-0000-7000-8000-000000000003',
  runner_id: 'runner-1',
  runner_name: 'the runner',
  creator_principal: 'PRINCIPAL_USER',
  creator_id: 'user-1',
  creator_email: 'ada@acme.example',
  creator_name: 'Ada',
};

export async function startIssuer(options: IssuerOptions): Promise<RunningIssuer> {
  const { algorithm, postgres } = options;
  const directory = await mkdtemp(join(tmpdir(), 'idp-bench-'));
  const file = join(directory, 'issuer.yaml');
  const token = createHash('sha256').update(randomBytes(32)).digest('hex');
  if (postgres !== undefined) {
    await writeFile(join(directory, 'postgres.url'), postgres.url, { mode: 0o600 });
    await writeFile(join(directory, 'ca.pem'), postgres.ca);
  }
  const store =
    postgres === undefined ? '{ sqlite: issuer.db }' : '{ postgres: { url_file: postgres.url, ca_file: ca.pem } }';
  await writeFile(
    file,
    `
listen: { port: 0 }
admin: { port: 0, token_sha256: ${token} }
metrics: { port: 0 }
store: ${store}
custody: [{ secret_file: sealing.key }]
limits: { tokens_per_minute: 100000000 }
issuers:
  bench: { url: "https://${HOST}", profiles: [{ profile: ona-v3 }], algorithm: ${algorithm} }
`,
  );
  const credentials = await registerMany(file, options.registrations);
  const bin = join(import.meta.dirname, '..', '..', 'bin', 'idp.js');
  const program = await startProgram([bin, 'issuer', 'serve', '--config', file], { IDP_LOG_LEVEL: 'warn' });
  const bodies = credentials.map(bodyOf);
  const at = { url: program.ready.listening ?? '', pid: program.pid };
  const headers = { host: HOST };
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  return {
    tokens: {
      ...at,
      // A step that has no divisor in common with the number of registrations visits them all.
      requests: bodies.map((_, turn) => {
        const body = bodies[(turn * 7_919) % bodies.length] ?? '';
        return { method: 'POST', path: '/token', headers: form, body };
      }),
    },
    jwks: { ...at, requests: [{ method: 'GET', path: '/.well-known/jwks.json', headers }] },
    stop: async () => {
      await program.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function registerMany(file: string, count: number): Promise<string[]> {
  const config = await readConfigFile(file);
  if (!config.ok) throw new Error(JSON.stringify(config.problems));
  const now = () => Math.floor(Date.now() / 1000);
  const { issuers, close } = await openIssuers(config.value, { now, random: randomBytes });
  const [issuer] = issuers;
  if (issuer === undefined) throw new Error('there is an issuer');
  const choices = {
    profile: 'ona-v3',
    subFields: [],
    audiences: null,
    tokenLifeSeconds: null,
    maxTokenLifeSeconds: null,
    algorithm: null,
    facts: {},
    awsSession: null,
  } as const;
  await putOrganization(issuer, 'acme', choices);
  const workload = { organization: 'acme', profile: null, variant: null, facts: FACTS };
  const credentials: string[] = [];
  let left = count;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const made = await register(issuer, { ...workload, tokenLifeSeconds: null, expiresAt: null });
      if (!made.ok) throw new Error(JSON.stringify(made.problems));
      credentials.push(made.value.credential);
    }
  };
  await Promise.all(Array.from({ length: REGISTERING }, lane));
  await close();
  return credentials;
}

function bodyOf(credential: string): string {
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: credential,
    subject_token_type: 'urn:idp-kit:params:oauth:token-type:workload-credential',
    audience: 'sts.amazonaws.com',
  }).toString();
}
