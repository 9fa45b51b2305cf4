/** Small programs that use the components, under the real engine with the sandbox's AWS and Vault. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../sandbox/pulumi.ts';
import { type Ran, run } from '../sandbox/run.ts';

export interface Program {
  /** Replaces the program; `source` has the components as `kit`, and `aws`, `vault` and `pulumi`. */
  write(source: string): Promise<void>;
  pulumi(...args: string[]): Promise<Ran>;
  /** Types and names of the resources in the state. */
  resources(): Promise<readonly string[]>;
}

export interface ProgramOptions {
  /** A folder of its own. */
  readonly directory: string;
  /** PATH with pulumi, its language host, node, and the provider plugins. */
  readonly path: string;
  /** Environment of the providers: AWS_…, VAULT_…. */
  readonly env: Readonly<Record<string, string>>;
}

const HEAD = `
import * as pulumi from '@pulumi/pulumi';
import * as aws from '@pulumi/aws';
import * as vault from '@pulumi/vault';
import * as kit from '${PROJECT}/components/index.ts';
void [pulumi, aws, vault, kit];
`;

const SETTINGS = 'name: idp-kit-test\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n';

export async function createProgram({ directory, path, env }: ProgramOptions): Promise<Program> {
  const [home, state] = [join(directory, 'home'), join(directory, 'state')];
  await Promise.all([mkdir(home), mkdir(state)]);
  await writeFile(join(directory, 'Pulumi.yaml'), SETTINGS);
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n');
  await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  const environment = {
    ...env,
    PATH: path,
    HOME: home,
    PULUMI_HOME: join(home, 'pulumi'),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: 'components',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    NO_COLOR: '1',
  };
  const pulumi = (...args: string[]) =>
    run('pulumi', ['-C', directory, '--non-interactive', ...args], { env: environment });
  const created = await pulumi('stack', 'init', 'test');
  if (created.status !== 0) throw new Error(`${created.stdout}${created.stderr}`);
  return {
    write: (source) => writeFile(join(directory, 'index.ts'), `${HEAD}${source}`),
    pulumi,
    resources: async () => {
      const exported = await pulumi('stack', 'export');
      const state = JSON.parse(exported.stdout) as { deployment?: { resources?: { urn: string; type: string }[] } };
      return (state.deployment?.resources ?? [])
        .filter(({ type }) => !type.startsWith('pulumi:'))
        .map(({ type, urn }) => `${type.slice(type.lastIndexOf(':') + 1)} ${urn.slice(urn.lastIndexOf('::') + 2)}`)
        .sort();
    },
  };
}
