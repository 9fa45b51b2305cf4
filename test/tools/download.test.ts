import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { downloadTool, failedLately } from '../../tools/lib/download.mjs';
import { digest } from '../../tools/lib/integrity.mjs';
import type { Tool } from '../../tools/lib/table.mjs';
import { program, scratch } from './scratch.ts';

async function packed(folder: string): Promise<{ archive: string; tool: (sha256: string) => Tool }> {
  const archive = join(folder, 'thing.tar.gz');
  await mkdir(join(folder, 'thing'));
  await program(join(folder, 'thing'), 'thing', 'echo 1.0.0');
  await program(join(folder, 'thing'), 'other', 'echo 1.0.0');
  execFileSync('tar', ['-czf', archive, '-C', folder, 'thing']);
  const tool = (sha256: string): Tool => ({
    name: 'thing',
    command: 'thing',
    version: '1.0.0',
    why: 'a test',
    probe: { kind: 'output', args: [] },
    vendor: {
      files: { here: { url: 'https://downloads.example/thing.tar.gz', sha256 } },
      unpack: 'tar',
      programs: ['thing/thing'],
    },
    recipe: { kind: 'python', environment: 'python-tools' },
  });
  return { archive, tool };
}

test('the pinned archive is unpacked, and only the programs are kept', async () => {
  const [root, draft] = [await scratch(), await scratch()];
  const { archive, tool } = await packed(root);
  const fetchFile = async (_url: string, file: string): Promise<undefined> => {
    await copyFile(archive, file);
  };
  const context = { root, env: process.env, fetchFile };
  expect(await downloadTool(tool(await digest(archive, 'sha256', 'hex')), 'here', draft, context)).toBe(true);
  expect(await readdir(draft)).toEqual(['bin']);
  expect(await readdir(join(draft, 'bin'))).toEqual(['thing']);
  expect((await stat(join(draft, 'bin', 'thing'))).mode & 0o111).toBe(0o111);
});

test('an archive without the program is thrown away', async () => {
  const [root, draft] = [await scratch(), await scratch()];
  const { archive, tool } = await packed(root);
  const fetchFile = async (_url: string, file: string): Promise<undefined> => {
    await copyFile(archive, file);
  };
  const row = tool(await digest(archive, 'sha256', 'hex'));
  const moved: Tool = {
    ...row,
    vendor: { files: row.vendor?.files ?? {}, unpack: 'tar', programs: ['elsewhere/thing'] },
  };
  expect(await downloadTool(moved, 'here', draft, { root, env: process.env, fetchFile })).toBe(false);
  expect(await readdir(draft)).toEqual([]);
});

test('another archive is thrown away', async () => {
  const [root, draft] = [await scratch(), await scratch()];
  const { archive, tool } = await packed(root);
  const fetchFile = async (_url: string, file: string): Promise<undefined> => {
    await copyFile(archive, file);
  };
  expect(await downloadTool(tool('0'.repeat(64)), 'here', draft, { root, env: process.env, fetchFile })).toBe(false);
  expect(await readdir(draft)).toEqual([]);
  expect(await failedLately(root, 'downloads.example')).toBe(false);
});

test('an unreachable host is remembered', async () => {
  const [root, draft] = [await scratch(), await scratch()];
  const { tool } = await packed(root);
  let tries = 0;
  const fetchFile = (): Promise<string> => {
    tries += 1;
    return Promise.resolve('Could not resolve host');
  };
  const context = { root, env: process.env, fetchFile };
  expect(await downloadTool(tool('0'.repeat(64)), 'here', draft, context)).toBe(false);
  expect(await downloadTool(tool('0'.repeat(64)), 'here', draft, context)).toBe(false);
  expect(tries).toBe(1);
});

test('a platform without a download is not an error', async () => {
  const [root, draft] = [await scratch(), await scratch()];
  const { tool } = await packed(root);
  expect(await downloadTool(tool(''), 'elsewhere', draft, { root, env: process.env })).toBe(false);
});
