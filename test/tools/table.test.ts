import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../../tools/lib/python.mjs';
import { CHECKOV, LANGUAGE_HOSTS, NODE, TOOLS } from '../../tools/lib/table.mjs';
import { satisfies } from '../../tools/lib/versions.mjs';
import { repo } from './scratch.ts';

const read = (path: string): Promise<string> => readFile(join(repo, path), 'utf8');

describe.each([...TOOLS, ...Object.values(LANGUAGE_HOSTS), CHECKOV])('$name', (tool) => {
  test('what is built would be accepted on PATH', () => {
    expect(tool.accept === undefined || satisfies(tool.version, tool.accept)).toBe(true);
  });

  test('the recipe pins the same version', async () => {
    if (tool.recipe.kind === 'python') {
      const { requirements } = ENVIRONMENTS[tool.recipe.environment];
      expect(await read(`tools/python/${requirements}`)).toContain(`\n${tool.name}==${tool.version} \\\n`);
      return;
    }
    const module = await read(`tools/go/${tool.name}/go.mod`);
    expect(module).toContain(`\ntool ${tool.recipe.package}\n`);
    expect(module).toMatch(new RegExp(`\\tgithub\\.com/\\S+ v${tool.version.replaceAll('.', '\\.')}\\b`));
    if (tool.recipe.stamp !== undefined) expect(tool.recipe.stamp).toMatch(new RegExp(`=v${tool.version}$`));
  });

  test('each download is pinned by SHA-256 and comes over https', () => {
    for (const { url, sha256 } of Object.values(tool.vendor?.files ?? {})) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(url).toMatch(/^https:/);
      expect(url).toContain(tool.version);
    }
  });
});

test.each(Object.values(ENVIRONMENTS))('every Python package of $what is pinned by hash', async ({ requirements }) => {
  const lines = (await read(`tools/python/${requirements}`)).trim().split('\n');
  const packages = lines.filter((line) => /^\S+==\S+/.test(line));
  expect(packages.length).toBeGreaterThan(10);
  expect(packages.filter((line) => !line.endsWith('\\'))).toEqual([]);
  expect(lines.filter((line) => !/^\S+==\S+| {4}--hash=sha256:[0-9a-f]{64}( \\)?$/.test(line))).toEqual([]);
});

test('the Node that is fetched is accepted, and package.json asks for no newer one', async () => {
  expect(satisfies(NODE.version, NODE.accept)).toBe(true);
  const { engines } = JSON.parse(await read('package.json')) as { engines: { node: string } };
  expect(satisfies(NODE.version, engines.node)).toBe(true);
  expect(NODE.accept.startsWith(engines.node)).toBe(true);
});
