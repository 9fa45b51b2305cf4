// The `idp` command: its subcommands, each loaded when it is named.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { reportFailure, reportUsage, type ExitStatus } from './failures.ts';
import { processIo, type CliIo } from './io.ts';
import { type Conclude } from './conclude.ts';
import { badInput } from './usage.ts';

type Load = (io: CliIo, conclude: Conclude) => Promise<Command>;

/** In the order of the help. */
const COMMANDS: Readonly<Record<string, Load>> = {
  token: async (io) => (await import('./token.ts')).tokenCommand(io),
  login: async (io) => (await import('./login.ts')).loginCommand(io),
  explain: async (...told) => (await import('./explain.ts')).explainCommand(...told),
  lint: async (...told) => (await import('./lint.ts')).lintCommand(...told),
  diff: async (...told) => (await import('./diff.ts')).diffCommand(...told),
  map: async (io) => (await import('./map.ts')).mapCommand(io),
  review: async (...told) => (await import('./review.ts')).reviewCommand(...told),
  catalog: async (...told) => (await import('./catalog.ts')).catalogCommand(...told),
  import: async (...told) => (await import('./import.ts')).importCommand(...told),
  issuer: async (...told) => (await import('./issuer.ts')).issuerCommand(...told),
};

const EXIT_STATUSES = `
Exit status:
  0  done
  1  AWS, Vault or the issuer refused
  2  wrong usage or setup
  3  unreachable, or unforeseen

Everywhere:
  HTTPS_PROXY, NO_PROXY  the way out
  IDP_CA_FILE            PEM of the authorities that issuers are verified with
  IDP_DEBUG=1            where an unforeseen fault came from`;

/**
 * @param conclude told the exit status of a command that did its work and found something
 * @param named the first argument; where it is a command the others are left out, since all of them take longer to load than most run
 */
export async function createProgram(io: CliIo, conclude: Conclude = () => undefined, named?: string): Promise<Command> {
  const program = new Command('idp')
    .description('Workload identity: short-lived AWS and Vault credentials from a token, with no stored secret.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_STATUSES);
  const only = named !== undefined && Object.hasOwn(COMMANDS, named) ? COMMANDS[named] : undefined;
  const loads = only === undefined ? Object.values(COMMANDS) : [only];
  for (const command of await Promise.all(loads.map((load) => load(io, conclude)))) program.addCommand(command);
  program.addCommand(helpCommand(program));
  captureOutput(program, io);
  return program;
}

/** Commander's own knows no commands of commands. */
function helpCommand(program: Command): Command {
  return new Command('help')
    .summary('print help for a command')
    .argument('[command...]', 'such as: catalog check')
    .action((names: readonly string[]) => {
      const found = names.reduce<Command>((at, name) => {
        const inner = at.commands.find((one) => one.name() === name);
        if (inner === undefined)
          throw badInput(`there is no command ${names.join(' ')}`, 'idp --help shows what there is.');
        return inner;
      }, program);
      found.outputHelp();
    });
}

/** Runs one command line (without node and script) and returns the exit status. */
export async function main(argv: readonly string[], io: CliIo = processIo()): Promise<ExitStatus> {
  const asJson = argv.includes('--json');
  let status: ExitStatus = 0;
  const conclude = (found: ExitStatus) => {
    status = found;
  };
  try {
    const program = await createProgram(io, conclude, argv[0]);
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) return reportFailure(io, thrown, asJson);
    if (thrown.exitCode === 0) return 0;
    // Help asked for by leaving the command out has been printed already.
    return thrown.code === 'commander.help' ? 2 : reportUsage(io, thrown.message.replace(/^error: /, ''), asJson);
  }
}

/** Every command throws instead of exiting, and leaves the reporting of errors to `main`. */
function captureOutput(command: Command, io: CliIo): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    outputError: () => undefined,
  });
  for (const child of command.commands) captureOutput(child, io);
}

/** From package.json, which is two directories up in a checkout and three in `dist/`. */
function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
    } catch {
      // Not there: try the other place.
    }
  }
  return 'unknown';
}
