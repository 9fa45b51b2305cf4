// The walk-through of docs/issuer.md, followed to the letter in an empty folder: only the ports are others.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../serve/directory.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

async function shellBlocks(ports: Readonly<Record<string, number>>): Promise<string[]> {
  const text = await readFile(join(ROOT, 'docs', 'issuer.md'), 'utf8');
  const [section = ''] = /^## A first token$[^]*?(?=^## )/m.exec(text) ?? [];
  return [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) =>
    block.replace(/\b808[01]\b/g, (port) => String(ports[port])),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A folder with nothing but `idp` on the PATH. */
async function shell() {
  const [folder, bin] = [await temporaryDirectory(), await temporaryDirectory()];
  await writeFile(join(bin, 'idp'), `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'bin', 'idp.js')}' "$@"\n`);
  await chmod(join(bin, 'idp'), 0o755);
  const env = { PATH: `${bin}:${join(process.execPath, '..')}:${process.env.PATH ?? ''}` };
  return { cwd: folder, env };
}

async function lineOf(child: ChildProcess): Promise<string> {
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    if (output.includes('\n')) break;
  }
  return output;
}

it('ends with a token', async () => {
  const options = await shell();
  const [setUp = '', register = '', exchange = ''] = await shellBlocks({
    8080: await freePort(),
    8081: await freePort(),
  });
  await run('sh', ['-ec', setUp], options);
  const checked = await run('idp', ['issuer', 'check', '--config', 'issuer.yaml'], options);
  expect(checked.stderr).toBe('issuer.yaml is fine: ona (https://tokens.example.com)\n');
  const issuer = spawn('idp', ['issuer', 'serve', '--config', 'issuer.yaml'], options);
  onTestFinished(() => void issuer.kill('SIGKILL'));
  expect(await lineOf(issuer)).toMatch(/^\{"listening":"http:\/\/127.0.0.1:\d+","admin":"http:\/\/127.0.0.1:\d+"\}\n$/);
  const { stdout } = await run('sh', ['-ec', register + exchange], options);
  expect(stdout).toMatch(/^\{"issuer":"ona","id":"acme","issuer_url":"https:\/\/tokens.example.com","version":1,/);
  expect(stdout).toMatch(/"iss": "https:\/\/tokens.example.com",\n +"sub": "organization_id:acme:project_id:prj-1"/);
  const ended = once(issuer, 'exit');
  issuer.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
