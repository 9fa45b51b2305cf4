// `idp issuer backup`: a copy of the store, while the issuer runs.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { writeJson, type CliIo } from './io.ts';
import { faultsAsFailures, readConfig, withConfig, type ConfigOption } from './issuer-config.ts';

interface BackupOptions extends ConfigOption {
  readonly to: string;
  readonly json?: true;
}

export function issuerBackupCommand(io: CliIo): Command {
  return withConfig(io, new Command('backup'))
    .summary('copy the store, while the issuer runs')
    .description(
      'Copies an SQLite store as it is at one moment, for its owner alone; for PostgreSQL says the command of pg_dump. ' +
        'Private keys are in it as they are in the store: sealed, or not at all. Without what they are sealed with they ' +
        'are lost, so keep that too, and somewhere else.',
    )
    .requiredOption('--to <file>', 'where the copy goes; a file that is there is not overwritten')
    .option('--json', 'print what is in it as JSON; errors become JSON on stderr')
    .action(async (options: BackupOptions) => {
      await backUp(io, options);
    });
}

async function backUp(io: CliIo, options: BackupOptions): Promise<void> {
  const { store } = await readConfig(io, options);
  const { backUp: copy } = await import('../serve/backup/backup.ts');
  const to = resolve(options.to);
  const { organizations, registrations, newest, issuers } = await faultsAsFailures(
    () => copy(store, to),
    'unavailable',
  );
  const last = newest === null ? 'nothing' : new Date(newest * 1000).toISOString();
  if (options.json === true) writeJson(io, { to, issuers, organizations, registrations, newest });
  else {
    io.stdout.write(
      `${to}: keys of ${issuers.join(', ')}; ${organizations} organizations, ${registrations} registrations; the last entry of the audit: ${last}\n`,
    );
  }
}
