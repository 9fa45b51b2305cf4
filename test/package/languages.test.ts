/**
 * The examples, one in each language, as programs of their own that have the packed package installed: under the real engine,
 * against the real Vault and the sandbox's AWS. What they provision is then asked with tokens.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DeleteOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { cacheRoot } from '../../tools/lib/cache.mjs';
import { provideTools } from '../../tools/lib/provide.mjs';
import { BootstrapError } from '../../tools/lib/say.mjs';
import { LANGUAGE_HOSTS } from '../../tools/lib/table.mjs';
import { pluginPath } from '../sandbox/plugins/select.ts';
import { type Ran, run } from '../sandbox/run.ts';
import { GITHUB, type GateWorld, providerArn, roleArn, startGateWorld } from '../sandbox-tests/gate-support.ts';
import { PATH, type Vault, startVault } from '../sandbox-tests/support.ts';
import { install } from './consumer.ts';
import { ROOT } from './packed.ts';
import { type PythonSdk, pythonSdk } from './python/sdk.ts';

/** What a language needs beside Node: folders in front of PATH, and something in the program's folder. */
interface Needs {
  readonly path: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly prepare?: (directory: string) => Promise<void>;
}

const hostOf = (language: 'yaml' | 'python') =>
  provideTools([LANGUAGE_HOSTS[language]], { root: cacheRoot(process.env), env: process.env });

const LANGUAGES: Readonly<Record<string, () => Promise<Needs>>> = {
  typescript: () => Promise.resolve({ path: [] }),
  yaml: async () => ({ path: await hostOf('yaml') }),
  python: async () => {
    const [host, sdk] = [await hostOf('python'), await pythonSdk()];
    return {
      path: [sdk.bin, ...host],
      env: { PYTHONPATH: 'sdk', PYTHONDONTWRITEBYTECODE: '1' },
      prepare: (directory) => generateSdk(sdk, directory),
    };
  },
};

/** As `pulumi package add` does it. */
async function generateSdk(sdk: PythonSdk, directory: string): Promise<void> {
  const provider = join(directory, 'node_modules', '.bin', 'pulumi-resource-idp-kit');
  const env = { PATH, HOME: directory, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const schema = await run('pulumi', ['package', 'get-schema', provider], { env, cwd: directory });
  if (schema.status !== 0) throw new Error(schema.stderr);
  await sdk.generate(schema.stdout, join(directory, 'sdk'));
}

/** What each language needs, or why it cannot be had here. */
const found = await Promise.all(
  Object.entries(LANGUAGES).map(async ([language, provide]) => {
    try {
      return { language, needs: await provide() };
    } catch (error) {
      if (!(error instanceof BootstrapError)) throw error;
      console.warn(`The example in ${language} is not run: ${error.message}`);
      return { language, needs: undefined };
    }
  }),
);

interface Example {
  readonly directory: string;
  pulumi(...args: string[]): Promise<Ran>;
  stop(): Promise<void>;
  readonly world: GateWorld;
  readonly vault: Vault;
}

async function startExample(language: string, { path, env = {}, prepare }: Needs): Promise<Example> {
  const world = await startGateWorld();
  // The example makes it.
  await world.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn(GITHUB) }));
  const { dir } = world.space;
  const directory = join(dir, 'program');
  for (const folder of ['vault', 'home', 'state']) mkdirSync(join(dir, folder));
  const ca = world.space.file('ca.pem', world.authority.caPem);
  const vault = await startVault(join(dir, 'vault'), { HTTPS_PROXY: world.proxy.url, SSL_CERT_FILE: ca });
  cpSync(join(ROOT, 'examples', language), directory, { recursive: true });
  await install(directory);
  await prepare?.(directory);
  const plugins = pluginPath({ directory: join(dir, 'plugins'), path: '', pulumiHomes: [] });
  const all = {
    PATH: [plugins.dir, ...path, PATH].join(delimiter),
    HOME: join(dir, 'home'),
    PULUMI_HOME: join(dir, 'home'),
    PULUMI_BACKEND_URL: `file://${join(dir, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'sandbox',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: world.gate.url,
    AWS_CA_BUNDLE: ca,
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: vault.token,
    NO_COLOR: '1',
    ...env,
  };
  const pulumi = (...args: string[]) => run('pulumi', ['--non-interactive', ...args], { env: all, cwd: directory });
  succeeded(await pulumi('stack', 'init', 'dev'));
  succeeded(await pulumi('config', 'set', 'accountId', '123456789012'));
  const stop = async () => {
    await vault.stop();
    await world.stop();
  };
  return { directory, pulumi, stop, world, vault };
}

function succeeded(ran: Ran): string {
  expect(ran.status, ran.stdout + ran.stderr).toBe(0);
  return ran.stdout;
}

describe.for(found)('the example in $language', { timeout: 120_000 }, ({ language, needs }) => {
  describe.runIf(needs !== undefined)('under the real engine', () => {
    let example: Example;
    beforeAll(async () => {
      if (needs === undefined) return undefined;
      example = await startExample(language, needs);
      return () => example.stop();
    }, 300_000);

    /** Of a job of the repository, on a branch. */
    const token = (audience: string, changes: Readonly<Record<string, unknown>> = {}) => {
      const { ref = 'refs/heads/main' } = changes;
      return example.world.mint(
        example.world.claims({
          iss: GITHUB,
          sub: `repo:acme/api:ref:${String(ref)}`,
          aud: audience,
          repository: 'acme/api',
          repository_id: '74',
          repository_owner: 'acme',
          repository_owner_id: '65',
          event_name: 'push',
          ref,
          ...changes,
        }),
      );
    };

    it('previews trust before anything exists', async () => {
      const shown = succeeded(await example.pulumi('preview', '--diff'));
      expect(shown).toMatch(/token\.actions\.githubusercontent\.com:repository_id\W+74\W/);
    });

    it('is provisioned, and a second time without changes', async () => {
      succeeded(await example.pulumi('up', '--yes', '--skip-preview'));
      expect(JSON.parse(succeeded(await example.pulumi('stack', 'output', '--json')))).toEqual({
        roleArn: roleArn('api-deploy'),
        vaultMount: 'jwt-github',
        vaultRoleName: 'api-deploy',
      });
      succeeded(await example.pulumi('up', '--yes', '--skip-preview', '--expect-no-changes'));
    });

    it.each([
      ['main', 200],
      ['other', 403],
    ])('admits a job on %s to AWS: %d', async (branch, status) => {
      const jwt = await token('sts.amazonaws.com', { ref: `refs/heads/${branch}` });
      expect(await example.world.assume(jwt, { RoleArn: roleArn('api-deploy') })).toMatchObject({ status });
    });

    it.each([
      ['main', 200],
      ['other', 400],
    ])('admits a job on %s to Vault: %d', async (branch, status) => {
      const jwt = await token('vault.hashicorp.com', { ref: `refs/heads/${branch}` });
      const response = await fetch(`${example.vault.url}/v1/auth/jwt-github/login`, {
        method: 'POST',
        body: JSON.stringify({ role: 'api-deploy', jwt }),
      });
      expect(response.status, await response.clone().text()).toBe(status);
      if (status !== 200) return;
      const { auth } = (await response.json()) as { auth: { policies: string[]; lease_duration: number } };
      expect(auth).toMatchObject({
        lease_duration: 600,
        policies: expect.arrayContaining(['idp-api-deploy']) as string[],
      });
    });

    if (language !== 'yaml') return;

    it('is refused for a mistake, with its place and what to do', async () => {
      const file = join(example.directory, 'Pulumi.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace('repository_id:', 'repositry_id:'));
      const { status, stdout, stderr } = await example.pulumi('preview');
      expect(status).not.toBe(0);
      expect(stdout + stderr).toMatch(/admission\.repositry_id: .*\(did you mean repository_id\?\)/);
      expect(stdout + stderr).not.toMatch(/\n\s+at /);
    });
  });
});
