/** What the sandbox's own tests share: folders, a Vault, an issuer that only serves its documents, and `pulumi` itself. */
import { execFile } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import type { Authority } from '../sandbox/net/authority.ts';
import { startChild } from '../sandbox/net/child.ts';
import { close, freePort, listen, waitUntil } from '../sandbox/net/ports.ts';

export const PATH = process.env.PATH ?? '';
const ROOT = resolve(import.meta.dirname, '../..');

export interface Workspace {
  readonly dir: string;
  file(name: string, content: string): string;
  remove(): void;
}

export function workspace(): Workspace {
  const dir = mkdtempSync(join(tmpdir(), 'idp-kit-sandbox-'));
  return {
    dir,
    file: (name, content) => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    },
    remove: () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface Vault {
  readonly url: string;
  readonly token: string;
  output(): string;
  stop(): Promise<void>;
}

export async function startVault(home: string, env: Readonly<Record<string, string>> = {}): Promise<Vault> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = ['-dev-root-token-id=root', `-dev-listen-address=127.0.0.1:${port}`, '-dev-no-store-token'];
  const child = startChild({
    command: 'vault',
    args: ['server', '-dev', ...options],
    env: { PATH, HOME: home, ...env },
  });
  const up = () =>
    fetch(`${url}/v1/sys/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(
    async () => {
      if (!child.running()) throw new Error(`vault ended: ${child.output()}`);
      return up();
    },
    { what: 'vault' },
  );
  return { url, token: 'root', output: child.output, stop: child.stop };
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with exactly this environment. */
export function run(
  command: string,
  args: readonly string[],
  { env, cwd }: { env: Readonly<Record<string, string>>; cwd?: string },
): Promise<Run> {
  return new Promise((done) => {
    execFile(command, args, { env, cwd, timeout: 60_000, maxBuffer: 1e7 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, stdout, stderr });
    });
  });
}

export interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function makeKey(kid: string, alg = 'RS256'): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface DocumentServer {
  readonly address: { host: string; port: number };
  /** Path to the JSON served there; a function is asked every time, `null` never answers. */
  readonly documents: Map<string, unknown>;
  readonly hits: string[];
  stop(): Promise<void>;
}

/** Serves discovery and keys for the given names over TLS. */
export async function startDocuments(
  authority: Authority,
  names: readonly [string, ...string[]],
): Promise<DocumentServer> {
  const { certPem, keyPem } = await authority.issue(names);
  const documents = new Map<string, unknown>();
  const hits: string[] = [];
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const url = `https://${request.headers.host ?? ''}${request.url ?? ''}`;
    hits.push(url);
    const document = documents.get(url);
    if (document === null) return;
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(typeof document === 'string' ? document : JSON.stringify(document ?? {}));
  });
  const port = await listen(server);
  return {
    address: { host: '127.0.0.1', port },
    documents,
    hits,
    stop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
}

/** Publishes an issuer's two documents. */
export function publish(server: DocumentServer, issuer: string, keys: readonly JWK[], extra: object = {}): void {
  const jwks = `${issuer}/jwks`;
  server.documents.set(`${issuer}/.well-known/openid-configuration`, {
    issuer,
    jwks_uri: jwks,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...extra,
  });
  server.documents.set(jwks, { keys });
}

export interface Project {
  /** Puts a new program in place. */
  program(source: string): void;
  pulumi(...args: string[]): Promise<Run>;
}

/** A Pulumi project with a file backend of its own, whose program finds the repository's packages. */
export async function startProject(dir: string, env: Readonly<Record<string, string>>): Promise<Project> {
  for (const folder of ['state', 'pulumi', 'project']) mkdirSync(join(dir, folder), { recursive: true });
  const cwd = join(dir, 'project');
  symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'));
  const runtime = '{ name: nodejs, options: { typescript: false } }';
  writeFileSync(join(cwd, 'Pulumi.yaml'), `name: stand-ins\nruntime: ${runtime}\nmain: index.js\n`);
  writeFileSync(join(cwd, 'package.json'), '{ "name": "stand-ins", "type": "module", "main": "index.js" }');
  const all = {
    PULUMI_BACKEND_URL: `file://${join(dir, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'sandbox',
    PULUMI_HOME: join(dir, 'pulumi'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    ...env,
  };
  const pulumi = (...args: string[]) => run('pulumi', [...args, '--non-interactive'], { env: all, cwd });
  const made = await pulumi('stack', 'init', 'test');
  if (made.code !== 0) throw new Error(made.stderr);
  return {
    program: (source) => {
      writeFileSync(join(cwd, 'index.js'), source);
    },
    pulumi,
  };
}
