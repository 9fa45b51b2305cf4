/** An issuer with `publication: static`, whose clock the test has, and places for its files. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Issuer } from '../../../src/issuer/settings.ts';
import { openIssuers } from '../../../src/serve/open.ts';
import { publishIssuer } from '../../../src/serve/publish/run.ts';
import { type PublishTarget } from '../../../src/serve/publish/target.ts';
import { type ServerConfig } from '../../../src/serve/settings.ts';
import { type Authority } from '../../sandbox/net/authority.ts';
import { close, listen } from '../../sandbox/net/ports.ts';
import { temporaryDirectory } from '../directory.ts';
import { configOf } from '../running.ts';

export const HOST = 'tokens.example.com';
export const URL_OF = `https://${HOST}/idp`;
export const JWKS = '/idp/.well-known/jwks.json';
export const DISCOVERY = '/idp/.well-known/openid-configuration';

/** Two algorithms, so that a rotation makes two keys. */
export const STATIC_CONFIG = `
listen: { port: 0 }
admin: { port: 0, token_sha256: ${'a'.repeat(64)} }
store: { sqlite: issuer.db }
custody: [{ secret_file: sealing.key }]
issuers:
  ona:
    url: ${URL_OF}
    profiles: [{ profile: ona-v3 }]
    publication: static
    kid: k{n}
    algorithm: ES256
    algorithms: [RS256]
`;

export interface StaticWorld {
  readonly directory: string;
  readonly config: ServerConfig;
  readonly issuer: Issuer;
  readonly now: () => number;
  readonly wait: (seconds: number) => void;
  /** Publishes and, where `seen` says so, takes it that relying parties see everything. */
  readonly publish: (target: PublishTarget, seen?: 'seen' | 'unseen', dropUnknown?: boolean) => Promise<Published>;
  readonly states: () => Record<string, string>;
}

type Published = Awaited<ReturnType<typeof publishIssuer>>;

export async function staticWorld(text = STATIC_CONFIG): Promise<StaticWorld> {
  const directory = await temporaryDirectory();
  const config = configOf(text, directory);
  let time = 1_800_000_000;
  const now = () => time;
  const opened = await openIssuers(config, { now, random: randomBytes });
  onTestFinished(() => opened.close());
  const [issuer] = opened.issuers;
  if (issuer === undefined) throw new Error('there is no issuer');
  return {
    directory,
    config,
    issuer,
    now,
    wait: (seconds) => {
      time += seconds;
    },
    states: () => Object.fromEntries(issuer.ring.records().map(({ kid, state }) => [kid, state])),
    publish: async (target, seen = 'seen', dropUnknown = false) => {
      const ports = {
        now,
        progress: () => undefined,
        fetchSeen: async (url: string) => {
          const { pathname } = new URL(url);
          const body = seen === 'seen' ? (await target.read(pathname))?.body : undefined;
          return { status: body === undefined ? 404 : 200, body: body ?? '', cacheControl: undefined };
        },
      };
      const report = await publishIssuer(config, issuer.settings.name, target, ports, { dropUnknown });
      await issuer.ring.refresh();
      return report;
    },
  };
}

/** Serves a folder as a host does, by TLS on loopback. */
export async function serveFolder(
  folder: string,
  authority: Authority,
  headers: () => Readonly<Record<string, string>> = () => ({}),
): Promise<number> {
  const { certPem: cert, keyPem: key } = await authority.issue([HOST]);
  const server = createServer({ cert, key }, (request, reply) => {
    readFile(join(folder, new URL(request.url ?? '/', URL_OF).pathname)).then(
      (body) => reply.writeHead(200, { 'content-type': 'application/json', ...headers() }).end(body),
      () => reply.writeHead(404).end(),
    );
  });
  const port = await listen(server);
  onTestFinished(async () => {
    server.closeAllConnections();
    await close(server);
  });
  return port;
}

export function kidsIn(body: string | undefined): string[] {
  const { keys } = JSON.parse(body ?? '{"keys":[]}') as { readonly keys: readonly { readonly kid: string }[] };
  return keys.map(({ kid }) => kid);
}
