// `idp lint`: which tokens do trust policies, Vault roles and catalogs let in that they should not?
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { type Conclude } from './conclude.ts';
import { type CliIo, writeJson } from './io.ts';
import { type LimitFlags, addLimitOptions, limitsOf } from './lint-options.ts';
import { PROFILE_OPTION, profileNamed } from './profile-option.ts';
import { badInput } from './usage.ts';

const FORMATS = ['text', 'json', 'sarif', 'markdown'] as const;
type Format = (typeof FORMATS)[number];

interface Flags extends LimitFlags {
  readonly profile?: string;
  readonly format: Format;
  readonly json?: true;
}

export function lintCommand(io: CliIo, conclude: Conclude): Command {
  const command = new Command('lint')
    .summary('find trust that lets in more than it should, each with a token that shows it')
    .description(
      'Reviews trust policies (JSON), plans of Terraform (terraform show -json), templates of CloudFormation, states and\n' +
        'previews of Pulumi, roles, mounts and policies of Vault (vault read -format=json), and catalogs.\n' +
        'Files are judged together: roles with their mounts and providers, issuers as the catalog declares them.\n' +
        'Exit status: 0 nothing was found, 1 findings, 2 bad input.',
    )
    .argument('<file...>', 'what is reviewed')
    .option('--profile <name>', PROFILE_OPTION);
  return addLimitOptions(command)
    .addOption(new Option('--format <format>', 'how it is printed').choices(FORMATS).default('text'))
    .option(
      '--json',
      'the same as --format json: {"findings": [{"rule", "severity", "message", "witness", "place", …}]}',
    )
    .action(async (files: readonly string[], options: Flags) => {
      const profile = profileNamed(options.profile);
      const limits = limitsOf(options);
      const { reviewFiles } = await import('./lint-files.ts');
      const read = await Promise.all(files.map(async (file) => ({ file, text: await readSource(file) })));
      const today = new Date(io.now()).toISOString().slice(0, 10);
      const report = await reviewFiles(read, { profile, today, limits });
      await print(io, report, options.json === true ? 'json' : options.format);
      if (report.findings.length > 0) conclude(1);
    });
}

async function readSource(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw badInput(`${file} cannot be read: ${code}`, 'Check the path and who may read it.');
  });
}

type Report = Awaited<ReturnType<typeof import('./lint-files.ts').reviewFiles>>;

async function print(io: CliIo, report: Report, format: Format): Promise<void> {
  if (format === 'sarif') {
    const [{ findingsSarif }, { RULES }] = await Promise.all([
      import('../report/sarif-findings.ts'),
      import('../lint/rules.ts'),
    ]);
    writeJson(io, findingsSarif(report, RULES));
    return;
  }
  if (format === 'markdown') {
    const { findingsMarkdown } = await import('../report/markdown-findings.ts');
    io.stdout.write(findingsMarkdown(report));
    return;
  }
  const { findingsJson, findingsText } = await import('../report/findings.ts');
  if (format === 'json') writeJson(io, findingsJson(report));
  else io.stdout.write(findingsText(report));
}
