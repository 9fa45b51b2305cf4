// `idp explain`: is this token admitted, and if not, which check fails and what is to be changed?
import { Command } from 'commander';
import { type Explanation } from '../report/decision.ts';
import { type Verdict } from '../trust/decision.ts';
import { type ExitStatus } from './failures.ts';
import { type Conclude } from './conclude.ts';
import { writeJson, type CliIo } from './io.ts';
import { type Subject, readSubject } from './explain-subject.ts';
import { badInput } from './usage.ts';

export interface ExplainOptions {
  readonly awsTrustPolicy?: string;
  readonly roleArn?: string;
  readonly vaultRoleFile?: string;
  readonly vaultConfigFile?: string;
  readonly vaultRole?: string;
  readonly vaultMount?: string;
  readonly catalog?: string;
  readonly entry?: string;
  readonly target?: string;
  readonly token?: string;
  readonly claims?: string;
  readonly json?: true;
}

const STATUS: Readonly<Record<string, ExitStatus>> = { true: 0, false: 1, unknown: 3 };

export function explainCommand(io: CliIo, conclude: Conclude): Command {
  return new Command('explain')
    .summary('say whether a token is admitted, and which check fails')
    .description(
      'Evaluates a trust policy or a Vault role for a token, check by check, and says what to change.\n' +
        'The signature is not verified. Exit status: 0 admitted, 1 refused, 2 bad input, 3 unknown.',
    )
    .option('--aws-trust-policy <file>', "a role's trust policy, JSON; what aws iam get-role prints will do")
    .option('--role-arn <arn>', 'the IAM role itself, read with the AWS credentials of the environment')
    .option('--vault-role-file <file>', 'a Vault role: vault read -format=json auth/jwt/role/NAME')
    .option('--vault-config-file <file>', 'the configuration of its mount: vault read -format=json auth/jwt/config')
    .option('--vault-role <name>', 'the Vault role itself, read at VAULT_ADDR with VAULT_TOKEN or ~/.vault-token')
    .option('--vault-mount <path>', 'its JWT mount (default: IDP_VAULT_MOUNT, else jwt)')
    .option('--catalog <file>', 'a catalog; with --entry')
    .option('--entry <name>', 'the entry of the catalog')
    .option('--target <aws|vault>', 'where the entry is tried (default: where it has something)')
    .option('--token <jwt>', 'the token, or - to read it from standard input, which keeps it out of the argument list')
    .option(
      '--claims <file>',
      'its claims instead: what idp token --decode prints, or the payload alone; their times are not judged',
    )
    .option(
      '--json',
      'print the decision as JSON: {"admitted": true | false | "unknown", "checks": [...]}, and what Vault would grant',
    )
    .action(async (options: ExplainOptions) => {
      const decision = await explain(io, options);
      if (options.json === true) writeJson(io, decision);
      else {
        const { describeDecision } = await import('../report/decision.ts');
        io.stdout.write(describeDecision(decision));
      }
      conclude(statusOf(decision.admitted));
    });
}

const statusOf = (verdict: Verdict): ExitStatus => STATUS[String(verdict)] ?? 3;

type Flag = Exclude<keyof ExplainOptions, 'json' | 'token' | 'claims'>;

interface Place {
  /** The flag that names it. */
  readonly flag: Flag;
  readonly name: string;
  /** Flags that mean something beside it. */
  readonly beside: readonly Flag[];
  readonly explain: (io: CliIo, options: ExplainOptions, subject: Subject) => Promise<Explanation>;
}

/** What a token can be tried at. */
const PLACES: readonly Place[] = [
  {
    flag: 'awsTrustPolicy',
    name: '--aws-trust-policy',
    beside: [],
    explain: async (_, { awsTrustPolicy = '' }, subject) => {
      const { explainTrustPolicyFile } = await import('./explain-aws.ts');
      return explainTrustPolicyFile(awsTrustPolicy, subject);
    },
  },
  {
    flag: 'roleArn',
    name: '--role-arn',
    beside: [],
    explain: async (io, { roleArn = '' }, subject) => {
      const { explainLiveRole } = await import('./explain-aws.ts');
      return explainLiveRole(io, roleArn, subject);
    },
  },
  {
    flag: 'vaultRoleFile',
    name: '--vault-role-file',
    beside: ['vaultConfigFile'],
    explain: async (_, { vaultRoleFile = '', vaultConfigFile }, subject) => {
      const { explainVaultFiles } = await import('./explain-vault.ts');
      return explainVaultFiles(vaultRoleFile, vaultConfigFile, subject);
    },
  },
  {
    flag: 'vaultRole',
    name: '--vault-role',
    beside: ['vaultMount'],
    explain: async (io, { vaultRole = '', vaultMount }, subject) => {
      const { explainLiveVaultRole } = await import('./explain-vault.ts');
      return explainLiveVaultRole(io, { role: vaultRole, mount: vaultMount }, subject);
    },
  },
  {
    flag: 'catalog',
    name: '--catalog',
    beside: ['entry', 'target'],
    explain: async (_, { catalog = '', entry, target }, subject) => {
      const { explainEntry } = await import('./explain-entry.ts');
      return explainEntry({ catalog, entry, target }, subject);
    },
  },
];

const FLAG_NAMES: Readonly<Record<Flag, string>> = {
  awsTrustPolicy: '--aws-trust-policy',
  roleArn: '--role-arn',
  vaultRoleFile: '--vault-role-file',
  vaultConfigFile: '--vault-config-file',
  vaultRole: '--vault-role',
  vaultMount: '--vault-mount',
  catalog: '--catalog',
  entry: '--entry',
  target: '--target',
};

async function explain(io: CliIo, options: ExplainOptions): Promise<Explanation> {
  const [place, ...more] = PLACES.filter(({ flag }) => options[flag] !== undefined);
  const names = PLACES.map(({ name }) => name).join(', ');
  if (place === undefined) throw badInput(`one of ${names} is needed`, 'Say what the token is tried at.');
  if (more.length > 0) {
    throw badInput(`${[place, ...more].map(({ name }) => name).join(' and ')} are given`, 'Try one place at a time.');
  }
  const given = (Object.keys(FLAG_NAMES) as Flag[]).filter((flag) => options[flag] !== undefined);
  const stray = given.find((flag) => flag !== place.flag && !place.beside.includes(flag));
  if (stray !== undefined) throw badInput(`${FLAG_NAMES[stray]} means nothing beside ${place.name}`, 'Leave it out.');
  return place.explain(io, options, await readSubject(io, options));
}
