// `idp diff`: which tokens are admitted that were not before, each with a token that the issuer could mint.
import { Command, Option } from 'commander';
import { type DiffReport } from '../report/diff.ts';
import { type DiffVerdict } from '../trust/diff.ts';
import { type Conclude } from './conclude.ts';
import { type ExitStatus } from './failures.ts';
import { type CliIo, writeJson } from './io.ts';
import { profileNamed, PROFILE_OPTION } from './profile-option.ts';

const FORMATS = ['text', 'json', 'markdown'] as const;
type Format = (typeof FORMATS)[number];

interface DiffOptions {
  readonly profile?: string;
  readonly format: Format;
  readonly json?: true;
}

const STATUS: Readonly<Record<DiffVerdict, ExitStatus>> = { equal: 0, narrows: 0, widens: 1, unknown: 3 };

export function diffCommand(io: CliIo, conclude: Conclude): Command {
  return new Command('diff')
    .summary('say who gains access between two versions, each with a token that shows it')
    .description(
      'Compares catalogs, trust policies, plans of Terraform, templates of CloudFormation, states and previews of Pulumi,\n' +
        'roles, mounts and policies of Vault, and what an issuer of this kit was told: files, folders of them, or either\n' +
        'at a revision of git, written as REV:PATH (or git:REV:PATH).\n' +
        'Exit status: 0 equal or narrows, 1 widens, 2 bad input, 3 unknown.',
    )
    .argument('<old>', 'the version before, e.g. origin/main:stacks/access.yaml')
    .argument('<new>', 'the version after, e.g. stacks/access.yaml')
    .option('--profile <name>', PROFILE_OPTION)
    .addOption(new Option('--format <format>', 'how it is printed').choices(FORMATS).default('text'))
    .option(
      '--json',
      'the same as --format json: {"verdict": "equal" | "narrows" | "widens" | "unknown", "gained", "lost", "changed", …}',
    )
    .action(async (old: string, next: string, options: DiffOptions) => {
      const profile = profileNamed(options.profile);
      const { compare } = await import('./diff-compare.ts');
      const report = await compare(old, next, { profile }, io);
      await print(io, report, options.json === true ? 'json' : options.format);
      conclude(STATUS[report.verdict]);
    });
}

async function print(io: CliIo, report: DiffReport, format: Format): Promise<void> {
  if (format === 'markdown') {
    const { diffMarkdown } = await import('../report/markdown-diff.ts');
    io.stdout.write(diffMarkdown(report));
    return;
  }
  const { diffJson, diffText } = await import('../report/diff.ts');
  if (format === 'json') writeJson(io, diffJson(report));
  else io.stdout.write(diffText(report));
}
