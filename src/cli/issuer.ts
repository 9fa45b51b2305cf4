// `idp issuer`: the token issuer itself. The server is loaded only by the commands that run it.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { WorkloadFailure } from '../workload/failure.ts';
import { tell, type CliIo } from './io.ts';

interface ConfigOption {
  readonly config: string;
}

interface ServeOptions extends ConfigOption {
  readonly readyFile?: string;
}

export function issuerCommand(io: CliIo): Command {
  return new Command('issuer')
    .description('run the token issuer')
    .addCommand(serveCommand(io))
    .addCommand(checkCommand(io));
}

function serveCommand(io: CliIo): Command {
  return new Command('serve')
    .summary('serve until SIGTERM or SIGINT')
    .description(
      'Serves the issuers of a configuration. Prints one JSON line when it is ready, and logs JSON lines on stderr. ' +
        'SIGTERM and SIGINT end it once the requests that have begun are answered. IDP_LOG_LEVEL says how much is logged.',
    )
    .requiredOption('--config <file>', 'the configuration, YAML or JSON')
    .option('--ready-file <file>', 'write the line there instead of to stdout')
    .action(async (options: ServeOptions) => {
      await serve(io, options);
    });
}

function checkCommand(io: CliIo): Command {
  return new Command('check')
    .summary('check a configuration without serving it')
    .description('Says everything that is wrong with a configuration and the files it names. Creates nothing.')
    .requiredOption('--config <file>', 'the configuration, YAML or JSON')
    .action(async ({ config }: ConfigOption) => {
      await check(io, config);
    });
}

async function check(io: CliIo, file: string): Promise<void> {
  const { checkConfigFile } = await import('../serve/check.ts');
  const { describeAllPlaced } = await import('../serve/config.ts');
  const checked = await faultsAsFailures(() => checkConfigFile(file));
  if (!checked.ok) throw refused(describeAllPlaced(file, checked.problems));
  const issuers = checked.value.issuers.map(({ settings }) => `${settings.name} (${settings.url})`);
  tell(io, `${file} is fine: ${issuers.join(', ')}`);
}

async function serve(io: CliIo, { config, readyFile }: ServeOptions): Promise<void> {
  const { randomBytes } = await import('node:crypto');
  const { createLog, readLogLevel } = await import('../serve/log.ts');
  const { startIssuer } = await import('../serve/start.ts');
  const level = await faultsAsFailures(() => readLogLevel('IDP_LOG_LEVEL', io.env.IDP_LOG_LEVEL));
  const read = await readConfig(config);
  const log = createLog({ write: (line) => void io.stderr.write(line) }, level);
  const ended = awaitSignal();
  try {
    const ports = { now: () => Math.floor(io.now() / 1000), random: randomBytes, log };
    const running = await faultsAsFailures(() => startIssuer(read, ports));
    try {
      await announce(io, readyFile, { listening: running.publicUrl, admin: running.adminUrl });
      log.info({ signal: await ended.signal }, 'stopping');
    } finally {
      await running.stop();
    }
  } finally {
    ended.forget();
  }
}

async function announce(io: CliIo, file: string | undefined, ready: object): Promise<void> {
  const line = `${JSON.stringify(ready)}\n`;
  if (file === undefined) {
    io.stdout.write(line);
    return;
  }
  const { reasonOf } = await import('../store/fault.ts');
  await writeFile(file, line).catch((cause: unknown) => {
    throw new WorkloadFailure(
      'bad-input',
      `the ready file ${file} cannot be written: ${reasonOf(cause)}`,
      'Give --ready-file a path in a directory that is there and that this user may write to.',
      { cause },
    );
  });
}

interface AwaitedSignal {
  readonly signal: Promise<NodeJS.Signals>;
  /** From then on a signal ends the process at once, as it does by default. */
  readonly forget: () => void;
}

/** From now on the first of these signals is an orderly end; a second one of the same kind ends the process at once. */
function awaitSignal(): AwaitedSignal {
  const { promise: signal, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const name of signals) process.once(name, resolve);
  return {
    signal,
    forget: () => {
      for (const name of signals) process.removeListener(name, resolve);
    },
  };
}

async function readConfig(file: string) {
  const { describeAllPlaced, readConfigFile } = await import('../serve/config.ts');
  const read = await faultsAsFailures(() => readConfigFile(file));
  if (read.ok) return read.value;
  throw refused(describeAllPlaced(file, read.problems));
}

function refused(problems: string): WorkloadFailure {
  return new WorkloadFailure('bad-input', problems, 'Correct the configuration, and check it with: idp issuer check');
}

/** The issuer's faults at the start are all of its setup. */
async function faultsAsFailures<T>(run: () => T | Promise<T>): Promise<T> {
  const { IssuerFault } = await import('../store/fault.ts');
  try {
    return await run();
  } catch (thrown) {
    if (!(thrown instanceof IssuerFault)) throw thrown;
    throw new WorkloadFailure('bad-input', thrown.message, thrown.hint, { cause: thrown });
  }
}
