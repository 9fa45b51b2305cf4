// `idp issuer`: the token issuer itself. The server is loaded only by the commands that run it.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { WorkloadFailure } from '../workload/failure.ts';
import { tell, type CliIo } from './io.ts';
import {
  demandSources,
  faultsAsFailures,
  readConfig,
  readProxy,
  refused,
  withConfig,
  type ConfigOption,
} from './issuer-config.ts';
import { issuerBackupCommand } from './issuer-backup.ts';
import { issuerKeysCommand } from './issuer-keys.ts';
import { issuerPublishCommand } from './issuer-publish.ts';
import { issuerRestoreCommand } from './issuer-restore.ts';
import { type Conclude } from './conclude.ts';

interface ServeOptions extends ConfigOption {
  readonly readyFile?: string;
}

interface HealthOptions extends ConfigOption {
  readonly ready?: boolean;
}

export function issuerCommand(io: CliIo, conclude: Conclude): Command {
  return new Command('issuer')
    .description('run the token issuer')
    .addCommand(serveCommand(io))
    .addCommand(checkCommand(io))
    .addCommand(healthCommand(io))
    .addCommand(issuerPublishCommand(io))
    .addCommand(issuerKeysCommand(io, conclude))
    .addCommand(issuerBackupCommand(io))
    .addCommand(issuerRestoreCommand(io));
}

function serveCommand(io: CliIo): Command {
  return withConfig(io, new Command('serve'))
    .summary('serve until SIGTERM or SIGINT')
    .description(
      'Serves the issuers of a configuration. Prints one JSON line when it is ready, and logs JSON lines on stderr. ' +
        'SIGTERM and SIGINT end it once the requests that have begun are answered. IDP_LOG_LEVEL says how much is logged.',
    )
    .option('--ready-file <file>', 'write the line there instead of to stdout')
    .action(async (options: ServeOptions) => {
      await serve(io, options);
    });
}

function checkCommand(io: CliIo): Command {
  return withConfig(io, new Command('check'))
    .summary('check a configuration without serving it')
    .description('Says everything that is wrong with a configuration and the files it names. Creates nothing.')
    .action(async (options: ConfigOption) => {
      await check(io, options);
    });
}

function healthCommand(io: CliIo): Command {
  return withConfig(io, new Command('health'))
    .summary('ask the issuer of a configuration on this machine whether it lives')
    .description(
      'For a health check where there is no curl: asks /healthz of the public listener, or /readyz. ' +
        'Exits with 0 where it says yes, 1 where it says no, 2 for a wrong configuration, and 3 where nobody answers.',
    )
    .option('--ready', 'can it sign, and reach its store?')
    .action(async ({ config, ready }: HealthOptions) => {
      const { demandHealth, readTarget } = await import('./issuer-health.ts');
      const { reasonOf } = await import('../store/fault.ts');
      await demandSources(io, config);
      await demandHealth(await readTarget(config, io.env, reasonOf), ready === true ? '/readyz' : '/healthz', reasonOf);
    });
}

async function check(io: CliIo, { config: file }: ConfigOption): Promise<void> {
  const { checkConfigFile } = await import('../serve/check.ts');
  const { describeAllPlaced } = await import('../serve/config.ts');
  const sources = await demandSources(io, file);
  const checked = await faultsAsFailures(() => checkConfigFile(file, undefined, io.env));
  if (!checked.ok) throw refused(describeAllPlaced(file, checked.problems));
  const issuers = checked.value.issuers.map(
    ({ settings: { name, url, perOrganization } }) =>
      `${name} (${url}${perOrganization === true ? '/ORGANIZATION' : ''})`,
  );
  tell(io, `${sources} is fine: ${issuers.join(', ')}`);
}

async function serve(io: CliIo, options: ServeOptions): Promise<void> {
  const { pooledRandom } = await import('../serve/random.ts');
  const { createLog, readLogLevel } = await import('../serve/log.ts');
  const { startIssuer } = await import('../serve/start.ts');
  const level = await faultsAsFailures(() => readLogLevel('IDP_LOG_LEVEL', io.env.IDP_LOG_LEVEL));
  const read = await readConfig(io, options);
  const proxy = await readProxy(io);
  const log = createLog({ write: (line) => void io.stderr.write(line) }, level);
  const ended = awaitSignal();
  try {
    const ports = { now: () => Math.floor(io.now() / 1000), random: pooledRandom(), log, proxy };
    const running = await faultsAsFailures(() => startIssuer(read, ports));
    try {
      await announce(io, options.readyFile, { listening: running.publicUrl, admin: running.adminUrl });
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
