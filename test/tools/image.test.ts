import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../tools/lib/base-image.mjs';
import { findPodman, waysOf } from '../../tools/lib/podman.mjs';
import { billOf, productionLock, settle } from '../../tools/sbom.mjs';
import { slim } from '../../tools/slim.mjs';
import { program, repo, scratch } from './scratch.ts';

interface Bill {
  readonly metadata: { readonly component: { readonly name: string }; readonly timestamp: string };
  readonly components: readonly { readonly name: string; readonly purl: string }[];
}

describe('the bill of materials', () => {
  test('names what runs in production, shared with development or not, and nothing else', () => {
    const bill = JSON.parse(billOf(repo, 1_700_000_000)) as Bill;
    const names = bill.components.map(({ name }) => name);
    expect(bill.metadata).toMatchObject({ component: { name: 'idp-kit' }, timestamp: '2023-11-14T22:13:20.000Z' });
    expect(names).toEqual(expect.arrayContaining(['fastify', 'pg', 'zod', 'kysely']));
    expect(names.filter((name) => /^(?:@pulumi\/|@types\/|typescript$|vitest$|eslint$)/.test(name))).toEqual([]);
  });

  test('leaves development out of the lock', () => {
    const lock = {
      packages: {
        '': { name: 'x', dependencies: { a: '1' }, devDependencies: { b: '1' }, peerDependencies: { c: '1' } },
        'node_modules/a': { version: '1' },
        'node_modules/b': { version: '1', dev: true },
      },
    };
    expect(productionLock(lock)).toEqual({
      packages: { '': { name: 'x', dependencies: { a: '1' } }, 'node_modules/a': { version: '1' } },
    });
  });

  test('is the same for the same contents, whatever npm says of time and number', () => {
    const said = (serialNumber: string, timestamp: string, components: readonly unknown[] = []) =>
      JSON.stringify({ serialNumber, metadata: { timestamp }, components });
    const one = settle(said('urn:uuid:1', '2026-01-01T00:00:00Z'), 1);
    expect(settle(said('urn:uuid:2', '2027-01-01T00:00:00Z'), 1)).toBe(one);
    expect(one).toMatch(/"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"/);
    expect(settle(said('', '', [{ name: 'more' }]), 1)).not.toBe(one);
  });
});

test('packages lose their types and maps, and keep their programs and licences', async () => {
  const folder = await scratch();
  const inner = join(folder, '@scope', 'name');
  await mkdir(inner, { recursive: true });
  const files = ['index.js', 'index.d.ts', 'index.js.map', 'README.md', 'LICENSE.md', 'package.json', 'source.mts'];
  await Promise.all(files.map((file) => writeFile(join(inner, file), '')));
  slim(folder);
  expect((await readdir(inner)).sort()).toEqual(['LICENSE.md', 'index.js', 'package.json']);
});

test('packages of OpenTelemetry are left once', async () => {
  const build = join(await scratch(), 'node_modules', '@opentelemetry', 'core', 'build');
  for (const way of ['src', 'esm', 'esnext']) {
    await mkdir(join(build, way, 'common'), { recursive: true });
    await Promise.all(['index.js', 'common/time.js'].map((file) => writeFile(join(build, way, file), '')));
  }
  slim(join(build, '..', '..', '..'));
  const left = await readdir(build, { recursive: true, withFileTypes: true });
  expect(
    left
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort(),
  ).toEqual([join(build, 'src', 'common', 'time.js'), join(build, 'src', 'index.js')]);
});

describe.runIf(process.platform === 'linux')('podman', () => {
  test('is taken from PATH where it is new enough', async () => {
    const folder = await scratch();
    const file = await program(folder, 'podman', 'echo podman version 5.4.2');
    expect(await findPodman(folder, { PATH: folder })).toEqual({ ok: true, file });
  });

  test('that is too old is said to be', async () => {
    const folder = await scratch();
    await program(folder, 'podman', 'echo podman version 3.4.4');
    expect(await findPodman(folder, { PATH: folder })).toEqual({
      ok: false,
      reason: `${join(folder, 'podman')} is 3.4.4, not >=4`,
    });
  });

  test('that is nowhere is said to be, with what could be done', async () => {
    const folder = await scratch();
    expect(await findPodman(folder, { PATH: folder })).toEqual({
      ok: false,
      reason: 'podman is not on PATH, and there is no apt-get',
    });
  });

  test.runIf(process.getuid?.() === 0)('is installed from Debian, and a failure is remembered', async () => {
    const folder = await scratch();
    await program(folder, 'apt-get', `echo "$1" >> ${folder}/asked; echo E: no such package; test "$1" = update`);
    const first = await findPodman(folder, { PATH: folder });
    expect(first).toEqual({ ok: false, reason: 'podman is not on PATH, and E: no such package' });
    const again = await findPodman(folder, { PATH: folder });
    expect(again).toMatchObject({ reason: expect.stringMatching(/could not be installed lately$/) as unknown });
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe('update\ninstall\n');
  });

  test('keeps its images in the cache', () => {
    for (const { command } of waysOf('/bin/podman', '/cache', {})) {
      expect(command).toEqual(expect.arrayContaining(['--root', '/cache/containers']));
    }
  });
});

test('a base image is made again when what it is made of changes', async () => {
  const folder = await scratch();
  const node = join(folder, 'node');
  await writeFile(node, 'one');
  const parts = { programs: { 'usr/local/bin/node': node }, libraries: [], authorities: undefined, npm: undefined };
  const before = await fingerprint(parts);
  expect(await fingerprint(parts)).toBe(before);
  await writeFile(node, 'another');
  expect(await fingerprint(parts)).not.toBe(before);
});
