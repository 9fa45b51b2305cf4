// `idp login`: credentials for this workload's token.
import { Command } from 'commander';
import { type CliIo } from './io.ts';
import { loginAwsCommand } from './login-aws.ts';
import { loginVaultCommand } from './login-vault.ts';

export function loginCommand(io: CliIo): Command {
  return new Command('login')
    .description("exchange this workload's token for AWS or Vault credentials")
    .addCommand(loginAwsCommand(io))
    .addCommand(loginVaultCommand(io));
}
