// The `idp` command. Commands are listed here and load what is heavy when they run.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { reportFailure, reportUsage, type ExitStatus } from './failures.ts';
import { processIo, type CliIo } from './io.ts';
import { catalogCommand } from './catalog.ts';
import { type Conclude } from './conclude.ts';
import { diffCommand } from './diff.ts';
import { explainCommand } from './explain.ts';
import { importCommand } from './import.ts';
import { issuerCommand } from './issuer.ts';
import { lintCommand } from './lint.ts';
import { loginAwsCommand } from './login-aws.ts';
import { loginVaultCommand } from './login-vault.ts';
import { mapCommand } from './map.ts';
import { reviewCommand } from './review.ts';
import { tokenCommand } from './token.ts';
import { badInput } from './usage.ts';

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

/** @param conclude told the exit status of a command that did its work and found something */
export function createProgram(io: CliIo, conclude: Conclude = () => undefined): Command {
  const program = new Command('idp')
    .description('Workload identity: short-lived AWS and Vault credentials from a token, with no stored secret.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_STATUSES);
  program.addCommand(tokenCommand(io));
  program.addCommand(
    new Command('login')
      .description("exchange this workload's token for AWS or Vault credentials")
      .addCommand(loginAwsCommand(io))
      .addCommand(loginVaultCommand(io)),
  );
  program.addCommand(explainCommand(io, conclude));
  program.addCommand(lintCommand(io, conclude));
  program.addCommand(diffCommand(io, conclude));
  program.addCommand(mapCommand(io));
  program.addCommand(reviewCommand(io, conclude));
  program.addCommand(catalogCommand(io, conclude));
  program.addCommand(importCommand(io, conclude));
  program.addCommand(issuerCommand(io, conclude));
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
    await createProgram(io, conclude).parseAsync([...argv], { from: 'user' });
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
