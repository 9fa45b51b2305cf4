import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { probe, pythonOf, rememberedProbe } from '../../tools/lib/probe.mjs';
import { program, scratch } from './scratch.ts';

const vault = { accept: '>=1.19 <3', probe: { kind: 'output' as const, args: ['version'] } };
const host = { probe: { kind: 'runs' as const, args: ['--help'] } };

describe('probe', () => {
  test.each([
    ['a good one', 'echo Vault v1.21.0', { good: true, version: '1.21.0' }],
    ['one that writes to stderr', 'echo Vault v1.21.0 >&2', { good: true, version: '1.21.0' }],
    ['an old one', 'echo Vault v1.12.1', { good: false, reason: 'is 1.12.1, not >=1.19 <3' }],
    ['a shim with nothing behind it', 'exit 127', { good: false, reason: 'does not run (exit code 127)' }],
    ['a build without a version', 'echo', { good: false, reason: 'tells no version' }],
  ])('%s', async (_name, body, verdict) => {
    expect(await probe(vault, await program(await scratch(), 'vault', body), process.env)).toEqual(verdict);
  });

  test('a program of any version only has to run', async () => {
    expect(await probe(host, await program(await scratch(), 'host', 'exit 0'), process.env)).toMatchObject({
      good: true,
    });
    expect(await probe(host, await program(await scratch(), 'host', 'exit 2'), process.env)).toMatchObject({
      good: false,
    });
  });

  test('a Python program is asked through its own interpreter', async () => {
    const folder = await scratch();
    const python = await program(folder, 'python3', 'echo 5.2.1');
    const moto = await program(folder, 'moto_server', 'exit 1');
    expect(await pythonOf(moto)).toBe(python);
    const question = { kind: 'python' as const, distribution: 'moto', module: 'moto.server' };
    const verdict = await probe({ accept: '>=5.2 <5.3', probe: question }, moto, process.env);
    expect(verdict).toEqual({ good: true, version: '5.2.1' });
  });
});

test('an unchanged program is not run again, a changed one is', async () => {
  const folder = await scratch();
  const counting = (version: string): Promise<string> =>
    program(folder, 'vault', `echo run >> ${folder}/runs\necho v${version}`);
  const runs = async (): Promise<number> => (await readFile(`${folder}/runs`, 'utf8')).trim().split('\n').length;
  const file = await counting('1.21.0');
  await rememberedProbe(vault, file, process.env, folder);
  expect(await rememberedProbe(vault, file, process.env, folder)).toEqual({ good: true, version: '1.21.0' });
  expect(await runs()).toBe(1);
  await counting('1.2.3456');
  expect(await rememberedProbe(vault, file, process.env, folder)).toMatchObject({ good: false });
  expect(await runs()).toBe(2);
});
