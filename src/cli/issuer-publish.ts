// `idp issuer publish`: discovery and keys as static files, for issuers that relying parties cannot reach.
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { FetchSeen, PublishReport } from '../serve/publish/run.ts';
import type { PublishTarget } from '../serve/publish/target.ts';
import { setting } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { openHttp, tell, writeJson, type CliIo } from './io.ts';
import { faultsAsFailures, readConfig, withConfig, type ConfigOption } from './issuer-config.ts';
import { shownSeconds } from './life.ts';
import { badInput } from './usage.ts';

interface PublishOptions extends ConfigOption {
  readonly issuer: string;
  readonly dir?: string;
  readonly s3?: string;
  readonly check: boolean;
  readonly caFile?: string;
  readonly dropUnknown?: true;
  readonly json?: true;
}

export function issuerPublishCommand(io: CliIo): Command {
  return withConfig(io, new Command('publish'))
    .summary('write discovery and keys as static files')
    .description(
      'Writes the discovery document and the keys of an issuer as files of the root of its host, into a folder or a ' +
        'bucket. Then looks at them through the URL of the issuer, as relying parties do, and only when every key is ' +
        'seen there writes that down: a new key signs `keys.publish_seconds` later, and never before.\n\n' +
        'Needs the store, and no private key. Run it again and again: it writes what has changed. ' +
        'Exits with 0 where all keys are seen (or with --no-check), and 3 where they are not yet.',
    )
    .requiredOption('--issuer <name>', 'which issuer; it has `publication: static`')
    .option('--dir <folder>', 'where the files go: what is served as the root of the host')
    .option('--s3 <url>', 's3://bucket or s3://bucket/prefix instead, by the AWS credentials of the environment')
    .option('--no-check', 'do not look at the public URL; pending keys stay pending')
    .option('--ca-file <file>', 'PEM of the authorities of the public URL, beside those of this machine')
    .option('--drop-unknown', 'replace files with keys that the store does not know, as after a restored backup')
    .option('--json', 'print the report as JSON; errors become JSON on stderr')
    .action(async (options: PublishOptions) => {
      await publish(io, options);
    });
}

async function publish(io: CliIo, options: PublishOptions): Promise<void> {
  const config = await readConfig(io, options);
  const { publishIssuer } = await import('../serve/publish/run.ts');
  const target = await openTarget(io, options);
  const now = () => Math.floor(io.now() / 1000);
  const ports = {
    now,
    fetchSeen: options.check ? fetchBy(io, options.caFile) : undefined,
    progress: (line: string) => {
      tell(io, line);
    },
  };
  const { issuer, dropUnknown = false } = options;
  const report = await faultsAsFailures(
    () => publishIssuer(config, issuer, target, ports, { dropUnknown }),
    'unavailable',
  );
  if (options.json === true) writeJson(io, jsonOf(report));
  else io.stdout.write(textOf(report, now()));
  if (report.seen === 'no') throw notSeen(report);
}

async function openTarget(io: CliIo, { dir, s3 }: PublishOptions): Promise<PublishTarget> {
  if ((dir === undefined) === (s3 === undefined)) {
    throw badInput('the files go to one place', 'Pass either --dir or --s3.');
  }
  if (s3 === undefined) {
    const { folderTarget } = await import('../serve/publish/folder.ts');
    return folderTarget(resolve(dir ?? ''));
  }
  const { readS3Url, s3Target } = await import('../serve/publish/s3.ts');
  const place = readS3Url(s3);
  if (place === undefined) throw badInput('--s3 names no bucket', 'Write s3://bucket or s3://bucket/prefix.');
  const { clientSettings, endpointOf } = await import('../workload/aws/client.ts');
  const endpoint = endpointOf('S3', io.env);
  const region = setting(io.env, 'AWS_REGION') ?? setting(io.env, 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  const settings = await clientSettings(region, endpoint, io.env);
  // Of emulators and their like, which have no name for each bucket.
  return s3Target(place, { ...settings, forcePathStyle: endpoint !== undefined });
}

/** By the proxies and authorities of the environment. */
function fetchBy(io: CliIo, caFile: string | undefined): FetchSeen {
  const env = caFile === undefined ? io.env : { ...io.env, IDP_CA_FILE: caFile };
  const http = openHttp({ ...io, env });
  return async (url) => {
    try {
      const { status, body, cacheControl } = await http({ method: 'GET', url: new URL(url) });
      return { status, body, cacheControl };
    } catch (thrown) {
      if (thrown instanceof WorkloadFailure && thrown.code === 'unreachable') return thrown.message;
      throw thrown;
    }
  };
}

function notSeen({ problems, issuer }: PublishReport): WorkloadFailure {
  return new WorkloadFailure(
    'unavailable',
    `the files are written, and relying parties do not see them so; keys of ${issuer} that were not seen before do not sign yet:\n${problems.join('\n')}`,
    'See to it that the URL leads to the files. Where it is a cache that has to run out, run the same command again later.',
  );
}

function textOf({ files, target, keys, seen, notes }: PublishReport, now: number): string {
  const lines = [
    ...files.map(({ path, written }) => `${written ? 'written  ' : 'unchanged'} ${target}${path}`),
    ...keys.map((key) => `${key.kid} ${key.state}${whenOf(key, seen, now)}`),
    ...notes,
  ];
  return `${lines.join('\n')}\n`;
}

function whenOf({ state, signsAt }: PublishReport['keys'][number], seen: PublishReport['seen'], now: number): string {
  if (state !== 'pending') return '';
  if (signsAt !== null) return `, signs in ${shownSeconds(signsAt - now)} (${isoOf(signsAt)})`;
  return seen === 'skipped' ? ', signs once it is seen: run this without --no-check' : ', signs once it is seen';
}

function jsonOf({ issuer, target, files, seen, problems, notes, keys }: PublishReport) {
  return {
    issuer,
    target,
    files,
    seen,
    problems,
    notes,
    keys: keys.map(({ kid, state, publishedAt, signsAt }) => ({
      kid,
      state,
      published_at: publishedAt,
      signs_at: signsAt,
    })),
  };
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
