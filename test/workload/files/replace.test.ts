import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { replaceFile } from '../../../src/workload/files/replace.ts';
import { failureOf } from '../support/failures.ts';
import { directory } from '../support/files.ts';

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

it('makes a file 0600 and its new directories 0700, and leaves nothing else behind', async () => {
  await using files = await directory();
  const path = join(files.path, 'a', '.aws', 'credentials');
  expect(await replaceFile(path, (current) => `was ${String(current)}`)).toBe(path);
  expect(await readFile(path, 'utf8')).toBe('was undefined');
  expect([await mode(path), await mode(join(files.path, 'a', '.aws')), await mode(join(files.path, 'a'))]).toEqual([
    0o600, 0o700, 0o700,
  ]);
  expect(await readdir(join(files.path, 'a', '.aws'))).toEqual(['credentials']);
});

it('tightens the mode of a file that is there and keeps that of its directory', async () => {
  await using files = await directory();
  const path = join(files.path, 'credentials');
  await writeFile(path, 'old', { mode: 0o644 });
  await chmod(files.path, 0o755);
  await replaceFile(path, (current) => `${String(current)} new`);
  expect([await readFile(path, 'utf8'), await mode(path), await mode(files.path)]).toEqual(['old new', 0o600, 0o755]);
});

it('replaces the target of a symbolic link, also through a chain and also one that is still missing', async () => {
  await using files = await directory();
  const target = join(files.path, 'dotfiles', 'credentials');
  await mkdir(join(files.path, 'dotfiles'));
  await symlink('second', join(files.path, 'first'));
  await symlink('dotfiles/credentials', join(files.path, 'second'));
  for (const content of ['one', 'two']) {
    expect(await replaceFile(join(files.path, 'first'), () => content)).toBe(target);
    expect(await readFile(target, 'utf8')).toBe(content);
  }
  expect((await lstat(join(files.path, 'first'))).isSymbolicLink()).toBe(true);
  expect((await lstat(join(files.path, 'second'))).isSymbolicLink()).toBe(true);
});

it('leaves file and directory untouched when the edit refuses', async () => {
  await using files = await directory();
  const path = join(files.path, 'credentials');
  await writeFile(path, 'old', { mode: 0o640 });
  await expect(
    replaceFile(path, () => {
      throw new Error('no');
    }),
  ).rejects.toThrow();
  expect([await readFile(path, 'utf8'), await mode(path), await readdir(files.path)]).toEqual([
    'old',
    0o640,
    ['credentials'],
  ]);
});

it('sweeps what a killed login left, and says what is in the way', async () => {
  await using files = await directory();
  await writeFile(join(files.path, '.credentials.idp-new'), 'half');
  await replaceFile(join(files.path, 'credentials'), () => 'whole');
  expect(await readdir(files.path)).toEqual(['credentials']);
  await mkdir(join(files.path, 'taken'));
  const failure = await failureOf(() => replaceFile(join(files.path, 'taken'), () => 'x'));
  expect(failure).toMatchObject({ code: 'file-not-written', hint: 'It is a directory; name a file.' });
  await symlink('loop', join(files.path, 'loop'));
  expect((await failureOf(() => replaceFile(join(files.path, 'loop'), () => 'x'))).message).toContain('ELOOP');
});

it('takes over the lock of a process that was killed', async () => {
  await using files = await directory();
  const path = join(files.path, 'credentials');
  await mkdir(`${path}.lock`);
  await utimes(`${path}.lock`, 0, Date.now() / 1000 - 60);
  await replaceFile(path, () => 'mine');
  expect(await readFile(path, 'utf8')).toBe('mine');
});

it('loses no edit when several processes write at once', { timeout: 60_000 }, async () => {
  await using files = await directory();
  const path = join(files.path, 'credentials');
  const module = new URL('../../../src/workload/files/replace.ts', import.meta.url).href;
  const script = `const { replaceFile } = await import(${JSON.stringify(module)});
    for (let i = 0; i < 15; i += 1) await replaceFile(${JSON.stringify(path)}, (c) => (c ?? '') + process.argv[1] + i + '\\n');`;
  const run = promisify(execFile);
  await Promise.all(
    ['a', 'b', 'c'].map((name) => run(process.execPath, ['--input-type=module', '-e', script, name], { env: {} })),
  );
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(45);
  expect(new Set(lines).size).toBe(45);
});
