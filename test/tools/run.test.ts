import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planFor } from '../../tools/lib/commands.mjs';
import { isCurrent } from '../../tools/lib/packages.mjs';
import { isThere } from '../../tools/lib/plugins.mjs';
import { mkdir } from 'node:fs/promises';
import { repo, runModule, scratch } from './scratch.ts';

describe('planFor', () => {
  const names = (argv: readonly string[]): readonly string[] | undefined =>
    planFor(argv)?.map((step) => step.argv.join(' ').replace(/^node_modules\/([^/]+)\/\S*/, '$1'));

  test('check lints, and needs no tools', () => {
    expect(names(['check'])).toEqual(
      ['eslint .', 'prettier --check --log-level warn .', 'tsc --noEmit'].map((line) =>
        line.replace('tsc', 'typescript'),
      ),
    );
    expect(planFor(['check'])?.some((step) => step.tools)).toBe(false);
  });

  test('test lints first, unless it is asked for something', () => {
    expect(names(['test'])).toHaveLength(4);
    expect(names(['test'])?.at(-1)).toBe('vitest run');
    expect(names(['test', 'test/trust'])).toEqual(['vitest run test/trust']);
  });

  test('demo passes its arguments, with and without the dashes npm eats', () => {
    expect(names(['demo', '--keep'])).toEqual(['test/sandbox/demo.ts --keep']);
    expect(names(['demo', '--', '--keep'])).toEqual(['test/sandbox/demo.ts --keep']);
  });

  test('no other command', () => {
    expect(planFor([])).toBeUndefined();
    expect(planFor(['constructor'])).toBeUndefined();
  });
});

describe('isCurrent', () => {
  const locked = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
      'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-o', optional: true },
    },
  };
  const a = { version: '1.0.0', integrity: 'sha512-a' };

  test.each([
    ['the same, without what is for other platforms', { 'node_modules/a': a }, true],
    ['another version', { 'node_modules/a': { ...a, version: '1.0.1' } }, false],
    ['the same version with other content', { 'node_modules/a': { ...a, integrity: 'sha512-b' } }, false],
    ['one missing', {}, false],
    ['one too many', { 'node_modules/a': a, 'node_modules/b': a }, false],
  ])('%s: %#', (_name, packages, current) => {
    expect(isCurrent(locked, { packages })).toBe(current);
  });
});

test('a provider plugin is found on PATH and in the plugin folder', async () => {
  const home = await scratch();
  const env = { PATH: '', PULUMI_HOME: home };
  expect(isThere('aws', env)).toBe(false);
  await mkdir(join(home, 'plugins', 'resource-aws-v7.48.0'), { recursive: true });
  expect([isThere('aws', env), isThere('vault', env)]).toEqual([true, false]);
});

describe('the command ends the bootstrap as it ended itself', () => {
  const through = (script: string): string =>
    `import { endLike, runThrough } from '${join(repo, 'tools', 'lib')}/process.mjs';
     endLike(await runThrough(process.execPath, ['--eval', ${JSON.stringify(script)}], { env: process.env }));`;

  test('by exit code', async () => {
    expect(await runModule(through('process.exit(7)'))).toMatchObject({ code: 7, signal: null });
  });

  test('by signal', async () => {
    const end = await runModule(through('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)'));
    expect(end).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('a signal is passed on, and what the command makes of it comes back', async () => {
    const script = 'process.on("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1000); console.log("up")';
    const end = await runModule(through(script), (text, kill) => {
      if (text.includes('up')) kill('SIGTERM');
    });
    expect(end).toMatchObject({ code: 9, signal: null });
  });
});
