/** The real Pulumi engine on the project's own stacks, with a file backend in the sandbox's folder. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ran, run } from './run.ts';

export const PROJECT = join(import.meta.dirname, '..', '..');

export interface PulumiOptions {
  /** Folder for state and configuration. */
  readonly directory: string;
  /** PATH with pulumi, its language host, node, and the provider plugins. */
  readonly path: string;
  /** Environment of the providers: AWS_…, VAULT_…. */
  readonly env: Readonly<Record<string, string>>;
  readonly passphrase: string;
}

export interface Stack {
  readonly name: string;
  up(...flags: string[]): Promise<Ran>;
  preview(...flags: string[]): Promise<Ran>;
  refresh(...flags: string[]): Promise<Ran>;
  destroy(): Promise<Ran>;
  /** Resources in the state. */
  resources(): Promise<readonly string[]>;
}

/**
 * Creates the stack with its configuration file outside of the project, and hands out what can be done to it.
 * @param program the first word of the name, which picks the program; the rest makes the name unlike any other
 */
export async function createStack(
  program: string,
  config: Readonly<Record<string, unknown>>,
  options: PulumiOptions,
): Promise<Stack> {
  const name = `${program}-sandbox-${randomBytes(4).toString('hex')}`;
  const state = join(options.directory, 'state');
  await mkdir(state, { recursive: true });
  const configFile = join(options.directory, `${name}.yaml`);
  const lines = Object.entries(config).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  const env = {
    ...options.env,
    PATH: options.path,
    HOME: options.directory,
    PULUMI_HOME: join(options.directory, 'pulumi-home'),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: options.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    NO_COLOR: '1',
  };
  const pulumi = (...args: string[]) => run('pulumi', ['-C', PROJECT, '--non-interactive', ...args], { env });
  const onStack = (command: string, ...flags: string[]) =>
    pulumi(command, '-s', name, '--config-file', configFile, ...flags);
  const created = await pulumi('stack', 'init', name);
  if (created.status !== 0) throw new Error(`pulumi stack init ${name} failed:\n${created.stdout}${created.stderr}`);
  // `stack init` knows no --config-file: what it wrote beside the program moves to where the configuration is.
  const written = join(PROJECT, 'stacks', `Pulumi.${name}.yaml`);
  const salt = await readFile(written, 'utf8');
  await rm(written);
  await writeFile(configFile, `${salt}config:\n${lines.join('\n')}\n`, { mode: 0o600 });
  return {
    name,
    up: (...flags) => onStack('up', '--yes', '--skip-preview', ...flags),
    preview: (...flags) => onStack('preview', ...flags),
    refresh: (...flags) => onStack('refresh', '--yes', '--skip-preview', ...flags),
    destroy: () => onStack('destroy', '--yes', '--skip-preview'),
    resources: async () => {
      const exported = await pulumi('stack', 'export', '-s', name);
      const state = JSON.parse(exported.stdout) as { deployment?: { resources?: { urn: string; type: string }[] } };
      return (state.deployment?.resources ?? [])
        .filter(({ type }) => type !== 'pulumi:pulumi:Stack')
        .map(({ urn }) => urn);
    },
  };
}
