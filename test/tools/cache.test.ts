import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheRoot, publish, toolFolder } from '../../tools/lib/cache.mjs';
import { repo, runModule, scratch } from './scratch.ts';

describe('cacheRoot', () => {
  test.each([
    [{ IDP_KIT_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' }, '/a'],
    [{ XDG_CACHE_HOME: '/b', HOME: '/c' }, '/b/idp-kit'],
    [{ IDP_KIT_CACHE: '', XDG_CACHE_HOME: '', HOME: '/c' }, '/c/.cache/idp-kit'],
  ])('%j: %s', (env, root) => {
    expect(cacheRoot(env)).toBe(root);
  });
});

async function deadLock(root: string, final: string): Promise<void> {
  const lock = join(root, 'locks', `${final.slice(join(root, 'tools').length + 1)}.lock`);
  await mkdir(lock, { recursive: true });
  // No process has this id: it is above every kernel's limit.
  await writeFile(join(lock, 'owner.json'), JSON.stringify({ pid: 2 ** 30, host: hostname() }));
}

describe('publish', () => {
  const nothing = (): Promise<void> => Promise.resolve();

  test('a folder is there as a whole or not at all', async () => {
    const root = await scratch();
    const final = toolFolder(root, 'thing', '1.0.0');
    await publish(root, final, 'building thing', async (draft) => {
      await writeFile(join(draft, 'half'), '');
      expect(existsSync(final)).toBe(false);
      expect(dirname(draft)).toBe(dirname(final));
    });
    expect(await readdir(final)).toEqual(['half']);
  });

  test('a failed build leaves nothing, and the next one works', async () => {
    const root = await scratch();
    const final = toolFolder(root, 'thing', '1.0.0');
    const failing = publish(root, final, 'building thing', async (draft) => {
      await writeFile(join(draft, 'half'), '');
      throw new Error('compiler on strike');
    });
    await expect(failing).rejects.toThrow('compiler on strike');
    expect([await readdir(join(root, 'tools')), await readdir(join(root, 'locks'))]).toEqual([[], []]);
    await publish(root, final, 'building thing', nothing);
    expect(existsSync(final)).toBe(true);
  });

  test('two at once build once', async () => {
    const root = await scratch();
    const final = toolFolder(root, 'thing', '1.0.0');
    let builds = 0;
    const build = (): Promise<void> =>
      publish(root, final, 'building thing', async () => {
        builds += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
    await Promise.all([build(), build(), build()]);
    expect(builds).toBe(1);
  });

  test('what a killed bootstrap left, lock and draft, is cleared away', async () => {
    const root = await scratch();
    const final = toolFolder(root, 'thing', '1.0.0');
    await mkdir(join(root, 'tools', '.thing-1.0.0-left'), { recursive: true });
    await mkdir(join(dirname(final), `.${final.slice(dirname(final).length + 1)}.abc123`), { recursive: true });
    await deadLock(root, final);
    await publish(root, final, 'building thing', nothing);
    expect((await readdir(join(root, 'tools'))).sort()).toEqual([
      '.thing-1.0.0-left',
      final.slice(dirname(final).length + 1),
    ]);
  });

  test('a folder that is no longer whole is made anew', async () => {
    const root = await scratch();
    const final = toolFolder(root, 'thing', '1.0.0');
    await mkdir(final, { recursive: true });
    const fill = (draft: string): Promise<void> => writeFile(join(draft, 'program'), 'new');
    await publish(root, final, 'building thing', fill, (folder) => existsSync(join(folder, 'program')));
    expect(await readFile(join(final, 'program'), 'utf8')).toBe('new');
  });

  test('told to stop in the middle, it leaves nothing', async () => {
    const root = await scratch();
    const lib = join(repo, 'tools', 'lib');
    const { code } = await runModule(
      `import { publish } from '${lib}/cache.mjs';
       import { endCleanly } from '${lib}/ending.mjs';
       import { capture } from '${lib}/process.mjs';
       endCleanly();
       await publish('${root}', '${root}/tools/thing', 'building thing', async () => {
         console.log('building');
         await capture('sleep', ['60']);
       });`,
      (text, kill) => {
        if (text.includes('building')) kill('SIGTERM');
      },
    );
    expect(code).toBe(143);
    expect([await readdir(join(root, 'tools')), await readdir(join(root, 'locks'))]).toEqual([[], []]);
  });
});
