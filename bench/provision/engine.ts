/** The real Pulumi engine with a file backend in a folder of its own, the instant provider, and the programs under measurement. */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../../test/sandbox/pulumi.ts';
import { run } from '../../test/sandbox/run.ts';
import { pulumiEnv } from '../pulumi-env.ts';
import { type Report, type Task, taskEnv } from './programs/task.ts';

export type Shape = 'kit' | 'same-tree' | 'raw';

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

export interface Seen {
  /** On which it ran. */
  readonly stack: string;
  /** From the start of `pulumi` to its end. */
  readonly milliseconds: number;
  /** CPU time of the engine, its language host, the program and the providers, in seconds. */
  readonly cpu: number;
  /** Of the program's process. */
  readonly program: Report;
  /** Resources that the program registered, its stack among them: the engine's events tell. */
  readonly registrations: number;
  /** Of the state afterwards, in bytes; nothing after a preview. */
  readonly state: number;
}

export type Work = Omit<Task, 'report'>;

export interface UpOptions {
  /** One that is there already. @default one that is made for it */
  readonly stack?: string;
  /** Write the state once, at the end. @default at each step, as the engine does unless told otherwise */
  readonly once?: boolean;
}

export interface Engine {
  /** For files of the programs; it goes with the engine. */
  readonly directory: string;
  up(shape: Shape, work: Work, options?: UpOptions): Promise<Seen>;
  preview(shape: Shape, work: Work): Promise<Seen>;
  resources(stack: string): Promise<readonly Resource[]>;
  stop(): Promise<void>;
}

interface Command {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const PROVIDERS = ['aws', 'vault'] as const;
const SHAPES: readonly Shape[] = ['kit', 'same-tree', 'raw'];
const HOUR = 3_600_000;

export async function startEngine(): Promise<Engine> {
  const directory = await mkdtemp(join(tmpdir(), 'idp-bench-provision-'));
  await Promise.all(PROVIDERS.map((name) => writeProvider(directory, name)));
  await Promise.all(SHAPES.map((shape) => writeProject(directory, shape)));
  await mkdir(join(directory, 'state'));
  // What `--event-log` needs.
  const env = { ...pulumiEnv(directory), PULUMI_DEBUG_COMMANDS: 'true' };
  const pulumi = async (shape: Shape, args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const all = ['-C', join(directory, shape), '--non-interactive', ...args];
    const ran = await run('pulumi', all, { env: { ...env, ...more }, timeoutMs: HOUR });
    if (ran.status !== 0) throw new Error(`pulumi ${args.join(' ')} of ${shape}:\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  let stacks = 0;
  const create = async (shape: Shape) => {
    const stack = `bench-${++stacks}`;
    await pulumi(shape, ['stack', 'init', stack]);
    return stack;
  };
  const measure = async (shape: Shape, work: Work, stack: string, command: Command): Promise<Seen> => {
    const [report, events] = [join(directory, 'report'), join(directory, 'events')];
    await rm(events, { force: true });
    const [started, spent] = [performance.now(), childrenCpuSeconds()];
    const args = [...command.args, '-s', stack, '--event-log', events];
    await pulumi(shape, args, { ...taskEnv({ ...work, report }), ...command.env });
    const milliseconds = performance.now() - started;
    return {
      stack,
      milliseconds,
      cpu: childrenCpuSeconds() - spent,
      program: JSON.parse(await readFile(report, 'utf8')) as Report,
      registrations: registrationsIn(await readFile(events, 'utf8')),
      state: await size(join(directory, 'state', '.pulumi', 'stacks', 'provision', `${stack}.json`)),
    };
  };
  return {
    directory,
    up: async (shape, work, { stack, once = false } = {}) =>
      measure(shape, work, stack ?? (await create(shape)), {
        args: ['up', '--yes', '--skip-preview'],
        env: once ? { PULUMI_SKIP_CHECKPOINTS: 'true' } : {},
      }),
    preview: async (shape, work) => measure(shape, work, await create(shape), { args: ['preview'], env: {} }),
    resources: async (stack) => {
      const exported = JSON.parse(await pulumi('kit', ['stack', 'export', '-s', stack])) as {
        readonly deployment: { readonly resources?: readonly Resource[] };
      };
      return exported.deployment.resources ?? [];
    },
    stop: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The engine starts `pulumi-resource-NAME` of a provider's folder. */
async function writeProvider(directory: string, name: string): Promise<void> {
  const folder = join(directory, `provider-${name}`);
  await mkdir(folder);
  const file = join(folder, `pulumi-resource-${name}`);
  const main = join(import.meta.dirname, 'provider.ts');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${main}' ${name}\n`);
  await chmod(file, 0o755);
}

async function writeProject(directory: string, shape: Shape): Promise<void> {
  const folder = join(directory, shape);
  await mkdir(folder);
  const providers = PROVIDERS.map((name) => ({ name, path: join(directory, `provider-${name}`) }));
  const project = {
    name: 'provision',
    main: 'index.js',
    runtime: { name: 'nodejs', options: { typescript: false } },
    plugins: { providers },
  };
  const program = join(import.meta.dirname, 'programs', `${shape}.ts`);
  await Promise.all([
    // JSON is YAML.
    writeFile(join(folder, 'Pulumi.yaml'), JSON.stringify(project)),
    writeFile(join(folder, 'package.json'), '{ "type": "module" }'),
    writeFile(join(folder, 'index.js'), `import ${JSON.stringify(program)};\n`),
    symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules')),
  ]);
}

/** One event a line; a step of the engine for each resource. The providers are registered by the engine itself. */
function registrationsIn(events: string): number {
  const urns = events
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly resourcePreEvent?: { readonly metadata: Resource } })
    .flatMap(({ resourcePreEvent: step }) => (step === undefined ? [] : [step.metadata]))
    .filter(({ type }) => !type.startsWith('pulumi:providers:'))
    .map(({ urn }) => urn);
  return new Set(urns).size;
}

/** Linux counts in these (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** CPU time of the processes that this one started and that ended, with all that they started (proc(5), cutime and cstime). */
function childrenCpuSeconds(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

async function size(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
