// The comment of `idp review`, written on the pull request, or where a token that may only read leaves it.
import { appendFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { LARGEST_PAGE_BYTES } from '../codehost/api.ts';
import { GITHUB_LARGEST, githubHost } from '../codehost/github.ts';
import { GITLAB_LARGEST, gitlabHost } from '../codehost/gitlab.ts';
import { type CodeHost, keepComment } from '../codehost/host.ts';
import { type Pipeline } from '../codehost/pipeline.ts';
import { markerOf } from '../report/review-comment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { type ExitStatus, reportFailure } from './failures.ts';
import { type CliIo, openHttp, tell } from './io.ts';

/** Bytes of what a step may add to the summary (GitHub: 1 MiB), at up to three bytes for a UTF-16 unit. */
const SUMMARY_LARGEST = Math.floor((1024 * 1024) / 3);

const LARGEST: Readonly<Record<Pipeline['kind'], number>> = { github: GITHUB_LARGEST, gitlab: GITLAB_LARGEST };

/**
 * @param comment the comment in so many characters
 * @param status of the review; a comment that was refused is at least a mistake in the set-up
 */
export async function post(
  pipeline: Pipeline,
  name: string,
  comment: (limit: number) => string,
  status: ExitStatus,
  io: CliIo,
): Promise<ExitStatus> {
  const { token, readOnly } = pipeline;
  if (readOnly !== undefined || token === undefined) {
    await summarize(pipeline, comment, readOnly ?? 'there is no token', io);
    return status;
  }
  try {
    const kept = await keepComment(openHost(pipeline, token, io), markerOf(name), comment(LARGEST[pipeline.kind]));
    tell(io, `the comment was ${kept === 'unchanged' ? 'there already, word for word' : kept}`);
    return status;
  } catch (thrown) {
    if (!(thrown instanceof WorkloadFailure)) throw thrown;
    const failed = reportFailure(io, thrown, false);
    await summarize(pipeline, comment, 'the comment could not be written', io);
    return status === 0 ? failed : status;
  }
}

function openHost(pipeline: Pipeline, token: string, io: CliIo): CodeHost {
  const options = {
    // A comment is not written twice: what came of the first is not known.
    http: openHttp(io, { repeated: ['GET', 'PATCH', 'PUT'], largestReply: LARGEST_PAGE_BYTES }),
    wait: io.wait ?? ((milliseconds: number) => setTimeout(milliseconds)),
  };
  return pipeline.kind === 'github'
    ? githubHost(pipeline.pull, token, options)
    : gitlabHost(pipeline.merge, token, options);
}

async function summarize(
  { summary }: Pipeline,
  comment: (limit: number) => string,
  why: string,
  io: CliIo,
): Promise<void> {
  if (summary === undefined) {
    tell(io, `${why}: the comment is in what this job printed or wrote`);
    return;
  }
  await appendFile(summary, comment(SUMMARY_LARGEST));
  tell(io, `${why}: the comment is in the summary of the job`);
}
