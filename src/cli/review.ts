// `idp review`: all that is to be said of a change of access, as one comment on its pull request.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Pipeline } from '../codehost/pipeline.ts';
import type { CommentOptions } from '../report/review-comment.ts';
import { type Conclude } from './conclude.ts';
import { type ExitStatus } from './failures.ts';
import { readTextFile } from './input.ts';
import { type CliIo, tell } from './io.ts';
import { type LimitFlags, addLimitOptions, limitsOf } from './lint-options.ts';
import { PROFILE_OPTION, profileNamed } from './profile-option.ts';
import { badInput, isBadInput } from './usage.ts';

const CATALOG = 'stacks/access.yaml';

export interface ReviewOptions extends LimitFlags {
  readonly base?: string;
  readonly head?: string;
  readonly preview?: string;
  readonly policyEvents?: string;
  readonly map?: string;
  readonly name?: string;
  readonly profile?: string;
  readonly output: string;
  readonly post?: true;
}

export function reviewCommand(io: CliIo, conclude: Conclude): Command {
  const command = new Command('review')
    .summary('say of a change who gains access and what is wrong, as one comment on its pull request')
    .description(
      'Compares a catalog (or a folder with documents) at two revisions of git, and says as Markdown who gains access,\n' +
        'each with a token that shows it, who loses it, and which findings are new. Within GitHub Actions and GitLab CI it\n' +
        'knows the revisions. Exit status: 0 nobody gains access, and there are no new findings and no violations of a\n' +
        'mandatory policy; 1 there are; 2 bad input, or the comment was refused; 3 unknown, or unreachable.',
    )
    .argument('[catalog]', 'the catalog, by its path from the top of the repository', CATALOG)
    .option('--base <rev>', 'the revision before (default: what the pipeline says)')
    .option('--head <rev>', 'the revision after (default: what the pipeline says)')
    .option('--preview <file>', 'what `pulumi preview --json --show-sames` printed')
    .option('--policy-events <file>', 'the event log of that preview (`--event-log`), with what policy packs said')
    .option('--map <where>', 'https address of the map (`idp map`), or the name of the artifact that holds it')
    .option('--name <name>', 'tells several reviews of one pull request apart (default: the catalog)')
    .option('--profile <name>', PROFILE_OPTION);
  return addLimitOptions(command)
    .option('-o, --output <file>', 'where the comment is written, at full length; - is standard output', '-')
    .option(
      '--post',
      'write it on the pull request, or anew where it is already (GITHUB_TOKEN, GITLAB_TOKEN); where the token may ' +
        'only read, into the summary of the job',
    )
    .action(async (catalog: string, options: ReviewOptions) => {
      conclude(await review(catalog, options, io));
    });
}

async function review(catalog: string, options: ReviewOptions, io: CliIo): Promise<ExitStatus> {
  const { readPipeline } = await import('../codehost/pipeline.ts');
  const pipeline = await readPipeline(io.env, readTextFile);
  const revisions = revisionsOf(options, pipeline);
  if (options.post === true) checkPost(pipeline);
  const { status, comment } = await commentOn(catalog, { ...options, ...revisions, job: pipeline?.job }, io);
  await print(io, options.output, comment(Infinity));
  if (options.post !== true || pipeline === undefined) return status;
  const { post } = await import('./review-post.ts');
  return post(pipeline, options.name ?? catalog, comment, status, io);
}

function revisionsOf({ base, head }: ReviewOptions, pipeline: Pipeline | undefined) {
  const found = { base: base ?? pipeline?.base, head: head ?? pipeline?.head };
  if (found.base === undefined || found.head === undefined)
    throw badInput(
      'which revisions are compared is not known: this is no pipeline of a pull request',
      'Name both, such as --base origin/main --head HEAD.',
    );
  return { base: found.base, head: found.head };
}

/** Before anything is compared: a comment that cannot be written is a mistake in the workflow. */
function checkPost(pipeline: Pipeline | undefined): void {
  if (pipeline === undefined)
    throw badInput('there is no pull request to write on', 'Use --post in a pipeline of a pull request alone.');
  if (pipeline.token !== undefined || pipeline.readOnly !== undefined) return;
  throw pipeline.kind === 'github'
    ? badInput('GITHUB_TOKEN is not set', 'Give it to the step: `env: { GITHUB_TOKEN: ${{ github.token }} }`.')
    : badInput(
        'GITLAB_TOKEN is not set',
        'Make an access token of the project (role Reporter, scope api), and a masked variable of it.',
      );
}

interface Comment {
  readonly status: ExitStatus;
  /** The comment in so many characters. */
  readonly comment: (limit: number) => string;
}

type Known = ReviewOptions & { readonly base: string; readonly head: string; readonly job: string | undefined };

/** What cannot be read is said in the comment too: that of the version before must not stay. */
async function commentOn(catalog: string, options: Known, io: CliIo): Promise<Comment> {
  const { reviewComment, failedComment } = await import('../report/review-comment.ts');
  const { job, map, name = catalog } = options;
  const shown = { ...(job === undefined ? {} : { job }), ...(map === undefined ? {} : { map }) };
  const sized = (limit: number): CommentOptions => (limit === Infinity ? shown : { ...shown, limit });
  const profile = profileNamed(options.profile);
  const limits = limitsOf(options);
  try {
    const [{ reviewChange }, { isBlocked, verdictOf }] = await Promise.all([
      import('./review-change.ts'),
      import('../report/review.ts'),
    ]);
    const today = new Date(io.now()).toISOString().slice(0, 10);
    const report = await reviewChange({ ...options, catalog, profile, limits, today }, io);
    const verdict = verdictOf(report);
    return {
      status: verdict === 'widens' || isBlocked(report) ? 1 : verdict === 'unknown' ? 3 : 0,
      comment: (limit) => reviewComment(name, report, sized(limit)),
    };
  } catch (thrown) {
    if (!isBadInput(thrown)) throw thrown;
    const { message, hint } = thrown;
    tell(io, `idp: ${message}\n${hint}`);
    return { status: 2, comment: (limit) => failedComment(name, message, hint, sized(limit)) };
  }
}

async function print(io: CliIo, output: string, comment: string): Promise<void> {
  if (output === '-') {
    io.stdout.write(comment);
    return;
  }
  await writeFile(output, comment).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'not writable';
    throw badInput(`${output} cannot be written: ${code}`, 'Say where else: -o FILE.');
  });
}
