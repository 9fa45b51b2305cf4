/** The two kinds of line that most scenarios are made of. */
import { type Attempt, assumeRole, loginToVault, readSecret } from '../attempt.ts';
import { type Principal } from '../principals.ts';
import { type Sandbox } from '../sandbox.ts';
import { type Line } from '../scenario.ts';

export const VAULT_AUDIENCE = 'vault.hashicorp.com';
export const AWS_AUDIENCE = 'sts.amazonaws.com';

interface LineText {
  readonly seed: Line['seed'];
  readonly scenario: string;
  readonly token: Principal;
  readonly expected: Line['expected'];
  readonly because?: string;
}

export interface VaultLineText extends LineText {
  readonly mount: string;
  readonly role: string;
  /** Audiences that are asked for. @default Vault's */
  readonly audiences?: readonly string[];
  /** Read with the Vault token that came back. */
  readonly reads?: string;
}

export function vaultLine({ mount, role, audiences = [VAULT_AUDIENCE], reads, ...text }: VaultLineText): Line {
  return {
    ...text,
    run: async (sandbox) => {
      const token = await sandbox.issuer.token(text.token, audiences);
      const login = { mount, role, token };
      return reads === undefined ? loginToVault(sandbox, login) : readSecret(sandbox, login, reads);
    },
  };
}

/** A line of a table: what most of them are. */
export type VaultRow = readonly [
  scenario: string,
  token: Principal,
  role: string,
  expected: Line['expected'],
  because?: string | undefined,
  reads?: string,
];

export function vaultRow(seed: Line['seed'], mount: string, audiences?: readonly string[]): (row: VaultRow) => Line {
  return ([scenario, token, role, expected, because, reads]) =>
    vaultLine({
      ...{ seed, scenario, token, mount, role, expected },
      ...(audiences === undefined ? {} : { audiences }),
      ...(because === undefined ? {} : { because }),
      ...(reads === undefined ? {} : { reads }),
    });
}

export interface AwsLineText extends LineText {
  readonly role: string;
  readonly audiences?: readonly string[];
  readonly seconds?: number;
}

export function awsLine({ role, audiences = [AWS_AUDIENCE], seconds, ...text }: AwsLineText): Line {
  return {
    ...text,
    run: async (sandbox) => {
      const token = await sandbox.issuer.token(text.token, audiences);
      return assumeRole(sandbox, { role, token, ...(seconds === undefined ? {} : { seconds }) });
    },
  };
}

/** A line of its own kind. */
export function line(text: LineText, run: (sandbox: Sandbox) => Promise<Attempt>): Line {
  return { ...text, run };
}

/** What a command line showed: its own words, on one line. */
export const oneLine = (text: string): string => text.trim().replace(/\s+/g, ' ');
