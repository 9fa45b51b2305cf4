/** What Pulumi programs in other languages see of the components: the schema, and the plugin that serves it. */
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPONENTS } from '../../components/provider.ts';
import { componentSchema } from '../../tools/lib/component-schema.ts';
import { run } from '../sandbox/run.ts';
import { PATH, workspace } from '../sandbox-tests/support.ts';
import { install, manifestIn } from './consumer.ts';
import { ROOT } from './packed.ts';

interface Schema {
  readonly resources: Readonly<Record<string, { readonly isComponent: boolean; readonly inputProperties: Properties }>>;
  readonly types: Readonly<Record<string, { readonly properties?: Properties; readonly description?: string }>>;
}
type Properties = Readonly<Record<string, { readonly description?: string }>>;

const written = JSON.parse(readFileSync(join(ROOT, 'components', 'schema.json'), 'utf8')) as Schema;

describe('the schema', () => {
  it('is what Pulumi reads in the sources; else: npm run schema', () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(componentSchema())));
  });

  it('has every component', () => {
    const names = [
      'AwsFederatedRole',
      'AwsOidcProvider',
      'FederatedAccess',
      'TokenIssuer',
      'VaultJwtMount',
      'VaultJwtRole',
    ];
    expect([...COMPONENTS.keys()].sort()).toEqual([...names, 'VaultTemplatedPolicy']);
    expect(Object.keys(written.resources).sort()).toEqual(
      [...COMPONENTS.keys()].map((name) => `idp-kit:index:${name}`).sort(),
    );
  });

  it('documents every argument', () => {
    const all = [
      ...Object.entries(written.resources).map(([name, { inputProperties }]) => [name, inputProperties] as const),
      ...Object.entries(written.types).map(([name, { properties = {} }]) => [name, properties] as const),
    ];
    const silent = all.flatMap(([name, properties]) =>
      Object.entries(properties)
        .filter(([, { description }]) => description === undefined)
        .map(([property]) => `${name}.${property}`),
    );
    expect(silent).toEqual([]);
  });

  it('says the defaults, and those that an interface inherits', () => {
    const { inputProperties = {} } = written.resources['idp-kit:index:AwsFederatedRole'] ?? {};
    expect(inputProperties.audiences?.description).toMatch(/ Default: `sts\.amazonaws\.com`\.$/);
    expect(inputProperties.partition?.description).toMatch(/ Default: `aws`\.$/);
  });

  it('has types whose names SDKs can lengthen by `Args`', () => {
    expect(Object.keys(written.types)).toContain('idp-kit:index:Issuer');
    expect(Object.keys(written.types).filter((name) => name.endsWith('Args'))).toEqual([]);
  });
});

describe('the plugin', () => {
  const space = workspace();
  const program = join(space.dir, 'program');
  const plugin = join(space.dir, 'plugin');

  beforeAll(async () => {
    await install(program);
    cpSync(join(ROOT, 'plugin'), plugin, { recursive: true });
    await install(plugin);
  }, 300_000);

  afterAll(() => {
    space.remove();
  });

  const schemaOf = async (provider: string): Promise<unknown> => {
    const env = { PATH, HOME: space.dir, PULUMI_SKIP_UPDATE_CHECK: 'true' };
    const { status, stdout, stderr } = await run('pulumi', ['package', 'get-schema', provider], {
      env,
      cwd: space.dir,
    });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout);
  };

  const served = { ...written, version: manifestIn(ROOT).version, config: {} };

  it('serves the schema as the executable of the npm package', async () => {
    expect(await schemaOf(join(program, 'node_modules', '.bin', 'pulumi-resource-idp-kit'))).toEqual(served);
  });

  it('serves it from its folder, as the Node.js host of `pulumi package add` starts it', async () => {
    // The host that can be built from a module starts no plugins. This is the command line of the newer one.
    const runPlugin = join(plugin, 'node_modules', '@pulumi', 'pulumi', 'cmd', 'run-plugin', 'index.js');
    const started = space.file('pulumi-resource-idp-kit', `#!/bin/sh\nexec node '${runPlugin}' '${plugin}' "$@"\n`);
    chmodSync(started, 0o755);
    expect(await schemaOf(started)).toEqual(served);
    expect(readFileSync(join(plugin, 'PulumiPlugin.yaml'), 'utf8')).toBe('runtime: nodejs\n');
  });

  it('is of one version with the package, and takes the same Pulumi', () => {
    const [own, whole] = [manifestIn(join(ROOT, 'plugin')), manifestIn(ROOT)];
    // Packs alone need the SDK of policies.
    const needed = Object.entries(whole.peerDependencies).filter(([name]) => name !== '@pulumi/policy');
    expect(own.dependencies).toEqual({ ...Object.fromEntries(needed), 'idp-kit': whole.version });
  });
});
