// Files and standard input that a command reads.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { badInput } from './usage.ts';

export async function readTextFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw badInput(`${file} cannot be read: ${code}`, 'Check the path and who may read it.');
  });
}

export async function readJsonFile(file: string): Promise<unknown> {
  const content = await readTextFile(file);
  try {
    return JSON.parse(content) as unknown;
  } catch (cause) {
    throw badInput(`${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, 'Check the file.');
  }
}

export async function readTextInput(): Promise<string> {
  return text(process.stdin);
}
