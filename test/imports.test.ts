/** Who may import whom: the houses of `src`, and Pulumi's side. Without cycles, and with a pure heart. */
import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Each house, and the houses it may import beside itself. A house that is not here does not exist. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/claims': [],
  'src/trust': ['src/claims'],
  'src/catalog': ['src/claims', 'src/trust'],
  'src/lint': ['src/claims', 'src/trust'],
  'src/diff': ['src/claims', 'src/trust', 'src/lint'],
  'src/report': ['src/trust', 'src/lint', 'src/catalog'],
  'src/store': [],
  'src/keys': ['src/store'],
  'src/issuer': ['src/keys', 'src/store', 'src/claims', 'src/trust'],
  'src/http': ['src/issuer', 'src/keys', 'src/store', 'src/claims'],
  'src/serve': ['src/http', 'src/issuer', 'src/keys', 'src/store', 'src/claims', 'src/trust'],
  'src/workload': [],
  // A comment is written with the workload's HTTP, and fails as a login does.
  'src/codehost': ['src/workload'],
  // What is read live is read with the workload's HTTP, its trusted certificates and its failures.
  'src/sources': ['src/claims', 'src/trust', 'src/workload'],
  'src/cli': [
    'src/claims',
    'src/trust',
    'src/catalog',
    'src/lint',
    'src/diff',
    'src/report',
    'src/sources',
    'src/codehost',
    'src/workload',
    'src/serve',
    'src/store',
  ],
  components: ['src/claims', 'src/trust'],
  // Before trust is written, the issuer is asked as a workload asks it: same proxies, same authorities.
  stacks: ['components', 'src/catalog', 'src/claims', 'src/trust', 'src/workload'],
  // Resources of a stack are read as those of a state or a preview are.
  policy: ['src/claims', 'src/trust', 'src/lint', 'src/sources'],
  tools: ['src/catalog', 'components'],
};

/** No npm package, no runtime module, no clock and no chance. */
const PURE = ['src/claims', 'src/trust', 'src/lint', 'src/diff'];
const IMPURE_GLOBALS = /\b(?:Date\.now|new Date\(\)|Math\.random|performance|process|fetch|setTimeout|crypto)\b/;

/** `idp issuer …`, a file for each command. */
const ISSUER_COMMANDS = /^src\/cli\/issuer(?:-[a-z]+)*\.ts$/;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly lazy: boolean;
  /** A type alone, of which nothing is left at run time. */
  readonly erased: boolean;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.(?:ts|mjs|js)$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

const FILES = [
  ...filesBelow('src'),
  ...filesBelow('components'),
  ...filesBelow('policy'),
  ...filesBelow('stacks'),
  ...filesBelow('tools'),
];

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const { importedFiles } = ts.preProcessFile(text, true, false);
  return importedFiles.map(({ fileName, pos }) => ({
    from: file,
    to: fileName.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), fileName)) : fileName,
    lazy: /import\(\s*['"]?$/.test(text.slice(Math.max(0, pos - 12), pos + 1)),
    erased: /\bimport type [^;'"]*\bfrom\s*['"]?$/.test(text.slice(Math.max(0, pos - 300), pos + 1)),
  }));
}

const IMPORTS = FILES.flatMap(importsOf);

/** `src/trust/aws/compile.ts` lives in `src/trust`. */
const houseOf = (file: string): string =>
  file
    .split('/')
    .slice(0, file.startsWith('src/') ? 2 : 1)
    .join('/');

const isLocal = ({ to }: Import): boolean => /\.(?:ts|mjs|js)$/.test(to) && to.includes('/') && !to.startsWith('@');

const shown = ({ from, to }: Import): string => `${from} -> ${to}`;

describe('import rules', () => {
  it('knows every house', () => {
    expect(IMPORTS.length).toBeGreaterThan(300);
    expect([...new Set(FILES.map(houseOf))].filter((house) => !(house in ALLOWED))).toEqual([]);
  });

  it('lets a house import only what it may', () => {
    const wrong = IMPORTS.filter(isLocal).filter(({ from, to }) => {
      const [own, other] = [houseOf(from), houseOf(to)];
      return own !== other && ALLOWED[own]?.includes(other) !== true;
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('loads the server only where it is served, and lazily', () => {
    const wrong = IMPORTS.filter(({ to }) => /^src\/(?:serve|store)\//.test(to)).filter(
      ({ from, lazy, erased }) => houseOf(from) === 'src/cli' && !(ISSUER_COMMANDS.test(from) && (lazy || erased)),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  it('keeps claims and trust pure', () => {
    const packages = IMPORTS.filter((found) => PURE.includes(houseOf(found.from)) && !isLocal(found));
    expect(packages.map(shown)).toEqual([]);
    const impure = FILES.filter((file) => PURE.includes(houseOf(file))).filter((file) => {
      const code = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*|'[^'\n]*'|`[^`]*`/g, '');
      return IMPURE_GLOBALS.test(code);
    });
    expect(impure).toEqual([]);
  });

  it('keeps Pulumi out of src', () => {
    expect(IMPORTS.filter(({ from, to }) => from.startsWith('src/') && to.startsWith('@pulumi/')).map(shown)).toEqual(
      [],
    );
  });

  it('keeps the sandbox out of the product', () => {
    expect(IMPORTS.filter(({ from, to }) => !from.startsWith('tools/') && to.startsWith('test/')).map(shown)).toEqual(
      [],
    );
  });

  it('imports only packages that are declared', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    // Pulumi is there for those who use the components: who runs `idp` alone is spared it.
    const declaredFor = (file: string): string[] => [
      ...Object.keys(manifest.dependencies ?? {}),
      ...(file.startsWith('src/') ? [] : Object.keys(manifest.peerDependencies ?? {})),
    ];
    const packageOf = (name: string) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');
    const wrong = IMPORTS.filter((found) => !isLocal(found) && !found.from.startsWith('tools/')).filter(
      ({ from, to }) => !isBuiltin(to) && !declaredFor(from).includes(packageOf(to)),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  it('has no cycles between files', () => {
    const edges = new Map(
      FILES.map((file) => [file, IMPORTS.filter((found) => found.from === file && isLocal(found)).map(({ to }) => to)]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of FILES) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
