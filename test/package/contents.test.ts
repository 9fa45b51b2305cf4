/** The package as npm would publish it: what is in it, and that it resolves, is typed and starts wherever it is used. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../sandbox/run.ts';
import { workspace } from '../sandbox-tests/support.ts';
import { install, manifestIn } from './consumer.ts';
import { type Packed, ROOT, packed } from './packed.ts';

const space = workspace();
const withPulumi = join(space.dir, 'with');
const without = join(space.dir, 'without');
let made: Packed;
let files: string[];

beforeAll(async () => {
  made = await packed();
  files = readdirSync(made.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(made.folder.length + 1));
  await install(withPulumi);
  await install(without, { pulumi: false });
}, 300_000);

afterAll(() => {
  space.remove();
});

const env = { PATH: process.env.PATH ?? '', HOME: tmpdir() };

describe('the tarball', () => {
  it('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: made.folder, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('is typed for every way to resolve modules; that it has no CommonJS is all that is said', async () => {
    const checked = await checkPackage(createPackageFromTarballData(readFileSync(made.tarball)));
    if (!checked.types) throw new Error('there are no types');
    expect(Object.keys(checked.entrypoints)).toEqual([
      '.',
      './provider',
      './claims',
      './trust',
      './catalog',
      './policy',
      './package.json',
    ]);
    expect(checked.problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).toEqual([]);
  });

  it('has JavaScript, declarations and what the code reads, and neither sources nor tests', () => {
    const allowed = /^(?:dist\/.*\.(?:js|d\.ts)|bin\/[\w-]+\.js|(?:LICENSE|README\.md|package\.json))$/;
    const read = [
      'dist/components/issuer/launch.mjs',
      'dist/components/schema.json',
      'dist/policy/PulumiPolicy.yaml',
      'dist/policy/package.json',
      'stacks/access.schema.json',
    ];
    expect(files.filter((file) => !allowed.test(file)).sort()).toEqual(read);
    expect(files.filter((file) => /(?:^|\/)(?:test|tools|bench|examples)\//.test(file))).toEqual([]);
  });

  it('declares what is public, and no more', () => {
    const declared = files.filter((file) => file.endsWith('.d.ts'));
    // The rules are what the policies are made of.
    const known = /^dist\/(?:components|policy|src\/(?:claims|trust|catalog|lint|sources\/review))\//;
    expect(declared.filter((file) => !known.test(file))).toEqual([]);
    expect(declared).toContain('dist/src/trust/index.d.ts');
  });

  it('holds files that are read as they are in the checkout', () => {
    for (const file of ['components/issuer/launch.mjs', 'components/schema.json']) {
      expect(readFileSync(join(made.folder, 'dist', file), 'utf8')).toBe(readFileSync(join(ROOT, file), 'utf8'));
    }
  });
});

describe('installed', () => {
  it.each(['import', 'require'])('is loaded by %s', async (how) => {
    const names = ['idp-kit', 'idp-kit/claims', 'idp-kit/trust', 'idp-kit/catalog', 'idp-kit/policy'];
    const load = how === 'import' ? '(name) => import(name)' : 'require';
    const code = `Promise.all(${JSON.stringify(names)}.map(${load})).then((all) => console.log(JSON.stringify(all.map((one) => Object.keys(one)))))`;
    const { status, stdout, stderr } = await run('node', ['--input-type=commonjs', '-e', code], {
      env,
      cwd: withPulumi,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [components, claims, trust, catalog, policy] = JSON.parse(stdout) as string[][];
    expect(components).toEqual(
      expect.arrayContaining(['AwsFederatedRole', 'VaultJwtRole', 'TokenIssuer', 'admissions']),
    );
    expect(claims).toEqual(expect.arrayContaining(['readIssuer', 'onaV3']));
    expect(trust).toEqual(expect.arrayContaining(['compileTrustPolicy', 'diffTokens']));
    expect(catalog).toEqual(expect.arrayContaining(['loadCatalog']));
    expect(policy).toEqual(['SETTINGS_POLICY', 'createTrustPack', 'trustPolicies']);
  });

  it('keeps the rest to itself', async () => {
    const { status, stderr } = await run('node', ['-e', `require('idp-kit/dist/src/cli/main.js')`], {
      env,
      cwd: withPulumi,
    });
    expect(status).toBe(1);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  // Without Pulumi, whose packages are only for those who use the components.
  it('starts `idp`', async () => {
    const idp = join(without, 'node_modules', '.bin', 'idp');
    expect(await run(idp, ['--version'], { env })).toMatchObject({ status: 0, stdout: '0.1.0\n', stderr: '' });
    const catalog = space.file('access.yaml', 'issuers:\n  github: { profile: githob }\naccess: {}\n');
    const checked = await run(idp, ['catalog', 'check', catalog], { env });
    expect(checked.stdout + checked.stderr).toMatch(/did you mean `?github`?/);
  });

  it('says that Pulumi is missing where a program in another language needs the components', async () => {
    const provider = join(without, 'node_modules', '.bin', 'pulumi-resource-idp-kit');
    const { status, stderr } = await run(provider, [], { env });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'pulumi-resource-idp-kit: @pulumi/pulumi is missing\nInstall it beside idp-kit: npm install @pulumi/pulumi @pulumi/aws @pulumi/vault\n',
    );
  });
});

describe('the policy pack', () => {
  /** The first line that it writes, which is the port for the engine. */
  const portOf = async (command: string, args: readonly string[], cwd: string): Promise<string> => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      for await (const chunk of child.stdout) return String(chunk);
      return 'nothing';
    } finally {
      child.kill();
    }
  };

  it('starts by its path, and as a folder by what Pulumi runs there', async () => {
    const executable = join(withPulumi, 'node_modules', '.bin', 'pulumi-analyzer-idp-kit');
    expect(await portOf(executable, ['127.0.0.1:1'], withPulumi)).toMatch(/^[0-9]+\n$/);
    const runner = join(withPulumi, 'node_modules', '@pulumi', 'pulumi', 'cmd', 'run-policy-pack');
    const folder = join(withPulumi, 'node_modules', 'idp-kit', 'dist', 'policy');
    expect(await portOf('node', [runner, '127.0.0.1:1', '.'], folder)).toMatch(/^[0-9]+\n$/);
  });

  it('has the version of the package', () => {
    const { version } = manifestIn(join(made.folder, 'dist', 'policy'));
    expect(version).toBe(manifestIn(made.folder).version);
  });

  it('says that Pulumi is missing', async () => {
    const executable = join(without, 'node_modules', '.bin', 'pulumi-analyzer-idp-kit');
    const { status, stderr } = await run(executable, ['127.0.0.1:1'], { env });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'pulumi-analyzer-idp-kit: @pulumi/policy is missing\nInstall it beside idp-kit: npm install @pulumi/pulumi @pulumi/policy\n',
    });
  });
});

describe('types', { timeout: 120_000 }, () => {
  const compile = async (directory: string) => {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(await run('node', [tsc, '-p', directory], { env })).toEqual({ status: 0, stdout: '', stderr: '' });
  };

  it('are those of the example', async () => {
    const directory = join(withPulumi, 'example');
    cpSync(join(ROOT, 'examples', 'typescript'), directory, { recursive: true });
    await compile(directory);
  });

  it('are found by a program of the older kind of Pulumi template, which is CommonJS', async () => {
    writeFileSync(
      join(withPulumi, 'program.ts'),
      `import { admissions, github, AwsFederatedRole } from 'idp-kit';
import { diffTokens } from 'idp-kit/trust';
import { readIssuer } from 'idp-kit/claims';
import { loadCatalog } from 'idp-kit/catalog';
const { job } = admissions(github());
const admission = job.admit({ repository: 'acme/api' });
// @ts-expect-error: GitHub's tokens have no such claim
job.admit({ repositry: 'acme/api' });
new AwsFederatedRole('x', { issuer: { profile: 'github' }, admission, accountId: '123456789012' });
export { diffTokens, readIssuer, loadCatalog };
`,
    );
    const module = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' };
    const compilerOptions = { ...module, strict: true, noEmit: true, target: 'es2022', lib: ['es2022'], types: [] };
    writeFileSync(join(withPulumi, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    await compile(withPulumi);
  });

  it('are found by a policy pack, which is CommonJS as well', async () => {
    const pack = join(withPulumi, 'pack');
    mkdirSync(pack);
    writeFileSync(
      join(pack, 'index.ts'),
      `import { PolicyPack } from '@pulumi/policy';
import { trustPolicies, type TrustSettings } from 'idp-kit/policy';
const settings: TrustSettings = { tenants: ['acme'], maximumSession: 3600 };
// @ts-expect-error: there is no such setting
const wrong: TrustSettings = { tenant: 'acme' };
export const pack = () => new PolicyPack('ours', { policies: [...trustPolicies({ settings })] });
export { wrong };
`,
    );
    // The SDK's declarations name what they leave out themselves.
    const module = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0', skipLibCheck: true };
    const compilerOptions = { ...module, strict: true, noEmit: true, target: 'es2022', lib: ['es2022'], types: [] };
    writeFileSync(join(pack, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }));
    await compile(pack);
  });
});
