// `--tenant` and `--max-…` of `idp lint` and `idp review`: who may be let in at all, and for how long.
import { type Command } from 'commander';
import { type AllowedTenant, type LintOptions, type MaximumLives, readTenant } from '../lint/options.ts';
import { badInput } from './usage.ts';

export interface LimitFlags {
  readonly tenant?: readonly string[];
  readonly maxSession?: string;
  readonly maxVaultToken?: string;
  readonly maxToken?: string;
}

export function addLimitOptions(command: Command): Command {
  return command
    .option('--tenant <name...>', 'who may be let in at all, by name or id, as TENANT or ISS=TENANT; every one of them')
    .option('--max-session <seconds>', 'the longest session at AWS')
    .option('--max-vault-token <seconds>', 'the longest life of a token of Vault')
    .option('--max-token <seconds>', 'the longest life of a token of an issuer');
}

/** Everything that is wrong with the flags is said at once. */
export function limitsOf(flags: LimitFlags): Pick<LintOptions, 'tenants' | 'maximum'> {
  const tenants = flags.tenant?.map((written) => ({ written, read: readTenant(written) }));
  const lives = [
    { flag: '--max-session', key: 'session', written: flags.maxSession },
    { flag: '--max-vault-token', key: 'vaultToken', written: flags.maxVaultToken },
    { flag: '--max-token', key: 'token', written: flags.maxToken },
  ].flatMap(({ written, ...row }) => (written === undefined ? [] : [{ ...row, written }]));
  const problems = [
    ...(tenants ?? []).filter(({ read }) => read === undefined).map(({ written }) => `--tenant ${written}: no tenant`),
    ...lives
      .filter(({ written }) => !/^[1-9][0-9]*$/.test(written))
      .map(({ flag, written }) => `${flag} ${written}: no whole number of seconds`),
  ];
  if (problems.length > 0) {
    throw badInput(
      problems.join('\n'),
      'Write --tenant acme, --tenant https://gitlab.com=acme, or --max-session 3600.',
    );
  }
  const maximum: MaximumLives = Object.fromEntries(lives.map(({ key, written }) => [key, Number(written)]));
  const allowed = tenants?.flatMap(({ read }): AllowedTenant[] => (read === undefined ? [] : [read]));
  return { maximum, ...(allowed === undefined ? {} : { tenants: allowed }) };
}
