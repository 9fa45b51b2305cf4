// `idp issuer restore`: a backup in the place of the store, and what is lost by it.
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { RestoreReport, RestoredIssuer } from '../serve/backup/restore.ts';
import { tell, writeJson, type CliIo } from './io.ts';
import { faultsAsFailures, readConfig, readProxy, withConfig, type ConfigOption } from './issuer-config.ts';

interface RestoreOptions extends ConfigOption {
  readonly from: string;
  readonly replace?: true;
  readonly json?: true;
}

export function issuerRestoreCommand(io: CliIo): Command {
  return withConfig(io, new Command('restore'))
    .summary('put a backup in the place of the store')
    .description(
      'Puts a copy of a backup where the configuration has the store, once it is sure that this version can work with it ' +
        'and that its private keys open. The issuer must not run. For PostgreSQL says the command of pg_restore.',
    )
    .requiredOption('--from <file>', 'the backup; it stays as it is')
    .option('--replace', 'take the place of a store that is there; it is kept beside, under another name')
    .option('--json', 'print the report as JSON; errors become JSON on stderr')
    .action(async (options: RestoreOptions) => {
      await restore(io, options);
    });
}

async function restore(io: CliIo, options: RestoreOptions): Promise<void> {
  const { from, replace, json } = options;
  const config = await readConfig(io, options);
  const { randomBytes } = await import('node:crypto');
  const { restore: put } = await import('../serve/backup/restore.ts');
  const proxy = await readProxy(io);
  const ports = { now: () => Math.floor(io.now() / 1000), random: randomBytes, proxy };
  const report = await faultsAsFailures(() => put(config, resolve(from), replace === true, ports));
  const warnings = warningsOf(report);
  if (json === true) writeJson(io, { ...jsonOf(report), warnings });
  else io.stdout.write(textOf(report));
  for (const warning of warnings) tell(io, `warning: ${warning}`);
}

function textOf({ store, replaced, registrations, organizations, restored }: RestoreReport): string {
  const lines = [
    `${store} is restored: ${organizations} organizations, ${registrations} registrations`,
    ...restored.map(({ issuer, kids }) => `${issuer}: ${kids.length === 0 ? 'no keys' : `keys ${kids.join(', ')}`}`),
    ...(replaced === null ? [] : [`the store that was there is ${replaced}: delete it when nothing of it is needed`]),
  ];
  return `${lines.join('\n')}\n`;
}

function warningsOf({ newest, compared, restored, replaced }: RestoreReport): string[] {
  const since = newest === null ? 'since the backup' : `since ${new Date(newest * 1000).toISOString()}`;
  return [
    `what was done ${since} is undone: workloads registered since then get no tokens, and those deleted since then get them again`,
    ...(replaced !== null && compared
      ? []
      : [
          'keys made since then are not in the JWKS: tokens that they signed fail, unless you put the newer store back',
        ]),
    ...(replaced !== null && compared
      ? []
      : [
          'if keys were replaced since then because they leaked, they are trusted again: replace them before anything else',
        ]),
    ...restored.flatMap(warningsOfKeys),
  ];
}

function warningsOfKeys({ issuer, lost, returned, namesByCount, isStatic }: RestoredIssuer): string[] {
  return [
    ...(lost.length === 0
      ? []
      : [
          `${issuer}: ${lost.join(', ')} left the JWKS: tokens that they signed fail from now on, and workloads must ask for new ones`,
        ]),
    ...(returned.length === 0
      ? []
      : [
          `${issuer}: ${returned.join(', ')} had been removed and is in the JWKS again: if it leaked, run \`idp issuer keys replace\` as soon as the issuer is up`,
        ]),
    ...(lost.length === 0 || !namesByCount
      ? []
      : [
          `${issuer}: new keys get the names of lost ones (kid counts): relying parties that keep the old ones refuse them until they fetch again; write the Vault mounts again: idp issuer keys forget`,
        ]),
    ...(isStatic ? [`${issuer}: publish its files again: idp issuer publish … --drop-unknown`] : []),
  ];
}

function jsonOf({ store, replaced, newest, organizations, registrations, restored }: RestoreReport) {
  return {
    store,
    replaced,
    newest,
    organizations,
    registrations,
    issuers: restored.map(({ issuer, kids, lost, returned }) => ({ issuer, kids, lost, returned })),
  };
}
