/** The relying parties that are no JavaScript: PyJWT and coreos/go-oidc, each made once into the cache of the tools. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { findGo } from '../../../tools/lib/go.mjs';
import { findPython } from '../../../tools/lib/python.mjs';
import { made, step } from '../../sandbox/made.ts';

export interface Question {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithm: string;
  /** The authority, PEM. */
  readonly ca: string;
  /** By name. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** By the names of the tokens: `accepted`, or why not. */
export type Answers = Readonly<Record<string, string>>;

/** @param proxy `http://127.0.0.1:port` of the CONNECT proxy that leads to the issuer */
export type Program = (question: Question, proxy: string) => Promise<Answers>;

const GO = join(import.meta.dirname, 'go');
const PYTHON = join(import.meta.dirname, 'python');
const NEEDED_GO = '1.25.1';

/** Throws what the bootstrap says where there is no Python. */
export async function pyJwt(): Promise<Program> {
  const requirements = join(PYTHON, 'requirements.txt');
  const folder = await made('pyjwt', [requirements], async (draft) => {
    const why = 'PyJWT, a relying party that the tests show tokens to, is a Python library';
    await step(await findPython(process.env, why), '-m', 'venv', join(draft, 'venv'));
    const pip = ['-I', '-m', 'pip', 'install', '--require-hashes', '--requirement', requirements];
    await step(join(draft, 'venv', 'bin', 'python'), ...pip);
  });
  const python = join(folder, 'venv', 'bin', 'python');
  return (question, proxy) => ask(python, ['-I', join(PYTHON, 'verify.py')], question, proxy);
}

/** Throws what the bootstrap says where there is no Go. */
export async function goOidc(): Promise<Program> {
  const sources = ['go.mod', 'go.sum', 'main.go'].map((name) => join(GO, name));
  const folder = await made('go-oidc', sources, async (draft) => {
    const why = 'coreos/go-oidc, a relying party that the tests show tokens to, is a Go library';
    const go = await findGo(NEEDED_GO, { name: 'go-oidc', why }, process.env, why);
    await mkdir(join(draft, 'bin'));
    await step(go, '-C', GO, 'build', '-mod=readonly', '-trimpath', '-o', join(draft, 'bin', 'verify'), '.');
  });
  return (question, proxy) => ask(join(folder, 'bin', 'verify'), [], question, proxy);
}

async function ask(command: string, args: readonly string[], question: Question, proxy: string): Promise<Answers> {
  // The whole environment: a machine's own proxies and authorities do not count.
  const child = spawn(command, args, { env: { HTTPS_PROXY: proxy }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(question));
  const faults = text(child.stderr);
  try {
    return (await json(child.stdout)) as Answers;
  } catch (cause) {
    throw new Error(`${command} ended without an answer: ${await faults}`, { cause });
  }
}
