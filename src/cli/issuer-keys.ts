// `idp issuer keys`: what people do to the keys of a running issuer, by its admin API.
import { Command } from 'commander';
import type { Conclude } from './conclude.ts';
import { openAdminKeys } from './issuer-open.ts';
import type { AdminKey, AdminOptions } from './issuer-admin.ts';
import { forgetCommand, replaceCommand } from './issuer-replace.ts';
import { writeJson, type CliIo } from './io.ts';

interface KeysOptions extends AdminOptions {
  readonly json?: true;
}

export function issuerKeysCommand(io: CliIo, conclude: Conclude): Command {
  return new Command('keys')
    .description('see and change the keys of a running issuer, by its admin API')
    .addCommand(
      adminCommand('list', 'the keys with their states').action(async (options: KeysOptions) => {
        showKeys(io, options, await (await openAdminKeys(io, options)).list());
      }),
    )
    .addCommand(
      adminCommand('rotate', 'begin a rotation: a new key, published now and signing later').action(
        async (options: KeysOptions) => {
          showKeys(io, options, await (await openAdminKeys(io, options)).rotate());
        },
      ),
    )
    .addCommand(replaceCommand(io, conclude, adminCommand))
    .addCommand(
      adminCommand('reseal', 'seal the private keys again as new ones are').action(async (options: KeysOptions) => {
        const resealed = await (await openAdminKeys(io, options)).reseal();
        if (options.json === true) writeJson(io, { resealed });
        else io.stdout.write(resealed.map((kid) => `${kid} is sealed again\n`).join('') || 'nothing was left to do\n');
      }),
    )
    .addCommand(forgetCommand(io, conclude));
}

export type MakeCommand = (name: string, summary: string) => Command;

function adminCommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .requiredOption('--issuer <name>', 'which issuer')
    .option('--admin-url <url>', 'its admin listener: https, or http on loopback (default: IDP_ADMIN_URL)')
    .option('--admin-token-file <file>', 'the file with the admin token (default: IDP_ADMIN_TOKEN_FILE)')
    .option('--json', 'print JSON; errors become JSON on stderr');
}

function showKeys(io: CliIo, { json }: KeysOptions, keys: readonly AdminKey[]): void {
  if (json === true) {
    writeJson(io, { keys });
    return;
  }
  const lines = keys.map((key) => `${key.kid} ${key.algorithm} ${key.state} ${since(key)}\n`);
  io.stdout.write(lines.join(''));
}

const TIMES = {
  pending: ['published_at', 'not published yet'],
  active: ['active_at', ''],
  retiring: ['retiring_at', ''],
  removed: ['removed_at', ''],
} as const;

function since(key: AdminKey): string {
  const [member, otherwise] = TIMES[key.state];
  const time = key[member];
  if (time === null) return otherwise;
  return `${key.state === 'pending' ? 'published' : 'since'} ${new Date(time * 1000).toISOString()}`;
}
