// `idp login vault`: the workload's token for a Vault token, into ~/.vault-token.
import { Command } from 'commander';
import { setting } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import type { VaultSession } from '../workload/vault/login.ts';
import { openHttp, tell, writeJson, type CliIo } from './io.ts';
import { shownSeconds } from './life.ts';

interface LoginVaultOptions {
  readonly role?: string;
  readonly audience?: string;
  readonly mount?: string;
  readonly namespace?: string;
  readonly store: boolean;
  readonly printToken?: true;
  readonly json?: true;
}

export function loginVaultCommand(io: CliIo): Command {
  return new Command('vault')
    .summary('log in to Vault and store its token')
    .description(
      "Exchanges this workload's token for a Vault token at the JWT mount of VAULT_ADDR and writes it to " +
        '~/.vault-token, as `vault login` does. Needs no vault binary. ' +
        'Follows VAULT_ADDR, VAULT_NAMESPACE, VAULT_CACERT and VAULT_CAPATH.',
    )
    .option('--role <name>', 'the Vault role to log in to (default: IDP_VAULT_ROLE)')
    .option('--audience <audience>', 'audience of the token (default: vault.hashicorp.com)')
    .option('--mount <path>', 'path of the JWT mount (default: IDP_VAULT_MOUNT, else jwt)')
    .option('--namespace <path>', 'Vault namespace (default: VAULT_NAMESPACE)')
    .option('--no-store', 'leave ~/.vault-token alone')
    .option('--print-token', 'print the Vault token, and only it, on stdout')
    .option('--json', 'print the login as JSON, without the token; errors become JSON on stderr')
    .action(async (options: LoginVaultOptions) => {
      await login(io, options);
    });
}

async function login(io: CliIo, options: LoginVaultOptions): Promise<void> {
  if (options.json === true && options.printToken === true) {
    throw new WorkloadFailure('bad-input', '--json and --print-token both want stdout', 'Pass one of them.');
  }
  const { loginVault, storeVaultToken } = await import('../workload/vault/login.ts');
  const { VAULT_TRUST } = await import('../workload/vault/settings.ts');
  const ports = {
    env: io.env,
    http: openHttp(io),
    vaultHttp: openHttp(io, { trust: VAULT_TRUST }),
    homedir: io.homedir,
  };
  const session = await loginVault(
    {
      role: options.role ?? setting(io.env, 'IDP_VAULT_ROLE') ?? '',
      audience: options.audience,
      mount: options.mount ?? setting(io.env, 'IDP_VAULT_MOUNT') ?? 'jwt',
      namespace: options.namespace,
    },
    ports,
  );
  const stored = options.store ? await storeVaultToken(session, ports) : undefined;
  if (options.printToken === true) io.stdout.write(`${session.clientToken}\n`);
  if (options.json === true) writeJson(io, asJson(session, stored?.path));
  else tell(io, asText(session, stored?.path));
  for (const note of [...session.notes, ...(stored?.notes ?? [])]) tell(io, `Note: ${note}`);
}

function asText(session: VaultSession, path: string | undefined): string {
  const renewable = session.renewable ? ', renewable' : '';
  const where = path === undefined ? 'The token is not stored.' : `The token is in ${path}.`;
  return `Logged in to Vault with the policies ${session.policies.join(', ')}.\n${where} It is valid for ${shownSeconds(session.leaseDuration)}${renewable}.`;
}

function asJson(session: VaultSession, path: string | undefined) {
  return {
    policies: session.policies,
    accessor: session.accessor,
    lease_duration: session.leaseDuration,
    renewable: session.renewable,
    entity_id: session.entityId,
    token_file: path ?? null,
  };
}
