/** Which plugins a stack gets: real ones first, from PATH, then from Pulumi's home folders. */
import { chmodSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { pluginPath } from '../sandbox/plugins/select.ts';
import { workspace, type Workspace } from './support.ts';

const spaces: Workspace[] = [];

function fresh(): Workspace {
  const space = workspace();
  spaces.push(space);
  return space;
}

afterAll(() => {
  for (const space of spaces) space.remove();
});

function fake(space: Workspace, folder: string, name: string, script: string): string {
  mkdirSync(join(space.dir, folder), { recursive: true });
  const file = space.file(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('pluginPath', () => {
  test('writes stand-ins where there is nothing else', () => {
    const { dir } = fresh();
    const found = pluginPath({ directory: join(dir, 'bin'), path: '', pulumiHomes: [join(dir, 'none')] });
    expect(found.used).toMatchObject({ aws: { kind: 'stand-in' }, vault: { kind: 'stand-in' } });
    const script = readFileSync(join(found.dir, 'pulumi-resource-vault'), 'utf8');
    expect(script).toContain(process.execPath);
    expect(script).toContain('/plugins/vault/main.ts');
  });

  test('does not take its own for a real one', () => {
    const { dir } = fresh();
    const options = { directory: join(dir, 'bin'), path: join(dir, 'bin'), pulumiHomes: [] };
    pluginPath(options);
    expect(pluginPath({ ...options, directory: join(dir, 'other') }).used.aws.kind).toBe('stand-in');
  });

  test('takes the real one from PATH, with its version', () => {
    const space = fresh();
    const file = fake(space, 'real', 'pulumi-resource-aws', 'echo v7.48.0');
    const found = pluginPath({ directory: join(space.dir, 'bin'), path: join(space.dir, 'real'), pulumiHomes: [] });
    expect(found.used.aws).toEqual({ kind: 'real', version: '7.48.0', file });
    expect(found.used.vault.kind).toBe('stand-in');
    expect(readlinkSync(join(found.dir, 'pulumi-resource-aws'))).toBe(file);
  });

  test("takes the newest from Pulumi's home", () => {
    const space = fresh();
    for (const version of ['7.9.0', '7.10.0']) {
      fake(space, `home/plugins/resource-vault-v${version}`, 'pulumi-resource-vault', 'exit 1');
    }
    const found = pluginPath({ directory: join(space.dir, 'bin'), path: '', pulumiHomes: [join(space.dir, 'home')] });
    expect(found.used.vault).toMatchObject({ kind: 'real', version: '7.10.0' });
  });
});
