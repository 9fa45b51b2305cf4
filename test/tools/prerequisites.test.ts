import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../tools/lib/commands.mjs';
import { findGo, isEnough } from '../../tools/lib/go.mjs';
import { findPython } from '../../tools/lib/python.mjs';
import { program, repo, runNode, scratch } from './scratch.ts';

const vault = { name: 'vault', why: 'tests sign in to a real Vault' };

test('with nothing on PATH, a command says what is missing, why, and what to do', async () => {
  const env = { PATH: '', IDP_KIT_CACHE: await scratch() };
  const { code, output } = await runNode([join(repo, 'tools', 'run.mjs'), 'demo'], env);
  expect(code).toBe(1);
  expect(output).toMatch(
    /python3 is missing: >=3\.10 <4 with venv is needed\.\n {2}Why: .*moto.*\n {2}What to do: .*apt-get/,
  );
  expect(output).not.toContain('    at ');
});

test('an unknown command is told the known ones', async () => {
  const { code, output } = await runNode([join(repo, 'tools', 'run.mjs'), 'tset']);
  expect(code).toBe(2);
  for (const known of Object.keys(COMMANDS)) expect(output).toContain(known);
});

describe('Python', () => {
  test('an old one and one without venv are named', async () => {
    const folder = await scratch();
    await program(folder, 'python3', 'echo 3.8.18');
    await program(folder, 'python', 'exit 1');
    const search = findPython({ PATH: folder });
    await expect(search).rejects.toMatchObject({ code: 'prerequisite' });
    await expect(search).rejects.toThrow(/python3 is 3\.8\.18; .*lacks the module venv/);
  });

  test('a later good one is found', async () => {
    const folder = await scratch();
    await program(folder, 'python3', 'echo 3.8.18');
    const good = await program(folder, 'python3.12', 'echo 3.12.1');
    expect(await findPython({ PATH: folder })).toBe(good);
  });
});

describe('Go', () => {
  test('missing', async () => {
    const search = findGo('1.25.1', vault, { PATH: '' });
    await expect(search).rejects.toThrow(/^go is missing \(1\.25\.1 or newer\)/);
  });

  test('too old', async () => {
    const folder = await scratch();
    await program(folder, 'go', 'echo go1.19.8; echo');
    await expect(findGo('1.25.1', vault, { PATH: folder })).rejects.toThrow(
      /is go1\.19\.8, and 1\.25\.1 or newer is needed/,
    );
  });

  test.each([
    ['1.26.8', 'local', true],
    ['1.25.1', 'local', true],
    ['1.24.4', 'local', false],
    ['1.24.4', 'auto', true],
    ['1.24.4', 'go1.24.4+auto', true],
    ['1.20.0', 'auto', false],
  ])('%s with GOTOOLCHAIN=%s: %s', (version, toolchain, enough) => {
    expect(isEnough(version, toolchain, '1.25.1')).toBe(enough);
  });
});
