/** The package as npm would publish it, packed from a copy of the checkout; made again only when what it is made of changes. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, publish, toolFolder } from '../../tools/lib/cache.mjs';
import { run } from '../sandbox/run.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

/** What the package is made of. */
const SOURCES = [
  'LICENSE',
  'README.md',
  'bin',
  'components',
  'package.json',
  'policy',
  'src',
  'stacks/access.schema.json',
  'tools/prepack.mjs',
  'tsconfig.build.json',
  'tsconfig.json',
  'tsconfig.types.json',
];

export interface Packed {
  /** `idp-kit-X.tgz` */
  readonly tarball: string;
  /** What is in it, unpacked. */
  readonly folder: string;
}

let made: Promise<Packed> | undefined;

/** Once for each test file, even where the sources change under it. */
export const packed = (): Promise<Packed> => (made ??= packOnce());

const DAY = 86_400_000;

async function packOnce(): Promise<Packed> {
  const root = cacheRoot(process.env);
  const folder = toolFolder(root, 'packed', fingerprint());
  await publish(root, folder, 'packing idp-kit', async (draft) => {
    await pack(draft);
    // Those of other versions of the sources, unless somebody may be using them.
    for (const name of readdirSync(join(root, 'tools'))) {
      const old = join(root, 'tools', name);
      if (name.startsWith('packed-') && Date.now() - statSync(old).mtimeMs > DAY) rmSync(old, { recursive: true });
    }
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`${folder} holds no tarball`);
  return { tarball: join(folder, tarball), folder: join(folder, 'package') };
}

async function pack(draft: string): Promise<void> {
  const copy = join(draft, 'checkout');
  for (const path of SOURCES) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await must('npm', ['pack', '--pack-destination', draft], copy);
  rmSync(copy, { recursive: true });
  const [tarball = ''] = readdirSync(draft);
  await must('tar', ['-xzf', tarball], draft);
}

async function must(command: string, args: readonly string[], cwd: string): Promise<void> {
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { status, stdout, stderr } = await run(command, args, { env, cwd });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesAt(source))) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

function filesAt(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}
