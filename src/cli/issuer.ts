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
        'SIGTERM and SIGINT end it once the requests that have begun are answered.',
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
      const { checkFiles } = await import('../serve/check.ts');
      const read = await readConfig(config);
      const faults = await checkFiles(read);
      if (faults.length > 0) {
        throw new WorkloadFailure(
          'bad-input',
          faults.map(({ message }) => message).join('\n'),
          faults.map(({ hint }) => hint).join('\n'),
        );
      }
      const issuers = read.issuers.map(({ settings }) => `${settings.name} (${settings.url})`);
      tell(io, `${config} is fine: ${issuers.join(', ')}`);
    });
}

async function serve(io: CliIo, { config, readyFile }: ServeOptions): Promise<void> {
  const { randomBytes } = await import('node:crypto');
  const { createLog } = await import('../serve/log.ts');
  const { startIssuer } = await import('../serve/start.ts');
  const read = await readConfig(config);
  const log = createLog({ write: (line) => void io.stderr.write(line) }, io.env.IDP_LOG_LEVEL);
  const ended = endSignal();
  const running = await faultsAsFailures(() =>
    startIssuer(read, { now: () => Math.floor(io.now() / 1000), random: randomBytes, log }),
  );
  const ready = { listening: running.publicUrl, admin: running.adminUrl };
  if (readyFile === undefined) io.stdout.write(`${JSON.stringify(ready)}\n`);
  else await writeFile(readyFile, `${JSON.stringify(ready)}\n`);
  log.info({ signal: await ended }, 'stopping');
  await running.stop();
}

/** From now on the first of these signals is an orderly end; a second one of the same kind ends the process at once. */
function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

async function readConfig(file: string) {
  const { describePlaced, readConfigFile } = await import('../serve/config.ts');
  const read = await faultsAsFailures(() => readConfigFile(file));
  if (read.ok) return read.value;
  throw new WorkloadFailure(
    'bad-input',
    read.problems.map((found) => describePlaced(file, found)).join('\n'),
    'Correct the configuration, and check it with: idp issuer check',
  );
}

/** The issuer's faults at the start are all of its setup. */
async function faultsAsFailures<T>(run: () => Promise<T>): Promise<T> {
  const { IssuerFault } = await import('../store/fault.ts');
  try {
    return await run();
  } catch (thrown) {
    if (!(thrown instanceof IssuerFault)) throw thrown;
    throw new WorkloadFailure('bad-input', thrown.message, thrown.hint, { cause: thrown });
  }
}
