// `idp explain`: is this token admitted, and if not, which check fails and what is to be changed?
import { Command } from 'commander';
import { type Decision, type Verdict } from '../trust/decision.ts';
import { type ExitStatus } from './failures.ts';
import { type Conclude } from './conclude.ts';
import { writeJson, type CliIo } from './io.ts';
import { type Subject, readSubject } from './explain-subject.ts';
import { readJsonFile } from './input.ts';
import { badInput } from './usage.ts';

interface ExplainOptions {
  readonly awsTrustPolicy?: string;
  readonly vaultRoleFile?: string;
  readonly vaultConfigFile?: string;
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
    .option('--aws-trust-policy <file>', "a role's trust policy, JSON")
    .option('--vault-role-file <file>', 'a Vault role: vault read -format=json auth/jwt/role/NAME')
    .option('--vault-config-file <file>', 'the configuration of its mount: vault read -format=json auth/jwt/config')
    .option('--catalog <file>', 'a catalog; with --entry')
    .option('--entry <name>', 'the entry of the catalog')
    .option('--target <aws|vault>', 'where the entry is tried (default: where it has something)')
    .option('--token <jwt>', 'the token, or - to read it from standard input, which keeps it out of the argument list')
    .option('--claims <file>', 'its claims instead, JSON')
    .option('--json', 'print the decision as JSON')
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

async function explain(io: CliIo, options: ExplainOptions): Promise<Decision> {
  const given = [options.awsTrustPolicy, options.vaultRoleFile, options.catalog].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw badInput(
      'one of --aws-trust-policy, --vault-role-file and --catalog is needed',
      'Say what the token is tried at.',
    );
  }
  const subject = await readSubject(io, options);
  if (options.awsTrustPolicy !== undefined) return explainAws(await readJsonFile(options.awsTrustPolicy), subject);
  if (options.vaultRoleFile !== undefined) {
    const config = options.vaultConfigFile === undefined ? {} : await readJsonFile(options.vaultConfigFile);
    return explainVault(await readJsonFile(options.vaultRoleFile), config, subject);
  }
  const { explainEntry } = await import('./explain-entry.ts');
  return explainEntry({ catalog: options.catalog ?? '', entry: options.entry, target: options.target }, subject);
}

async function explainAws(document: unknown, subject: Subject): Promise<Decision> {
  const { parseTrustPolicy } = await import('../trust/aws/policy.ts');
  const { evaluateTrustPolicy } = await import('../trust/aws/evaluate.ts');
  const { awsClaimsOf } = await import('../claims/visible.ts');
  const { describeProblem } = await import('../claims/problem.ts');
  const policy = parseTrustPolicy(document);
  if (!policy.ok)
    throw badInput(policy.problems.map(describeProblem).join('\n'), 'Give the trust policy of a role, as JSON.');
  const { iss } = subject.claims;
  return evaluateTrustPolicy(policy.value, { ...subject, visible: awsClaimsOf(typeof iss === 'string' ? iss : '') });
}

/** `vault read -format=json` wraps what it read in `data`. */
function unwrapped(document: unknown, file: string): Readonly<Record<string, unknown>> {
  const inner: unknown =
    typeof document === 'object' && document !== null && 'data' in document ? document.data : document;
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return inner as Record<string, unknown>;
  throw badInput(`${file} holds no JSON object`, 'Read it with vault read -format=json.');
}

async function explainVault(role: unknown, config: unknown, subject: Subject): Promise<Decision> {
  const { evaluateVaultRole } = await import('../trust/vault/evaluate.ts');
  const { parseVaultRole } = await import('../trust/vault/parse.ts');
  const { describeProblem } = await import('../claims/problem.ts');
  const parsed = parseVaultRole(unwrapped(role, '--vault-role-file'), unwrapped(config, '--vault-config-file'));
  if (!parsed.ok)
    throw badInput(parsed.problems.map(describeProblem).join('\n'), 'Read it with vault read -format=json.');
  return evaluateVaultRole(parsed.value.role, parsed.value.config, subject);
}
