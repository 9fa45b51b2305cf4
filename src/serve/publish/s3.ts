/**
 * Static files in a bucket, by conditional writes, which S3 does one at a time:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */

import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { type StaticFile } from '../../issuer/publish.ts';
import { IssuerFault, reasonOf, systemCode } from '../../store/fault.ts';
import { type FoundFile, type PublishTarget } from './target.ts';

export interface S3Place {
  readonly bucket: string;
  /** Without slashes around it; empty: the files are at the root of the bucket. */
  readonly prefix: string;
}

/** `s3://bucket` or `s3://bucket/prefix`; undefined where it is neither. */
export function readS3Url(text: string): S3Place | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  const plain = prefix.replace(/\/+$/, '');
  if (bucket === undefined || plain.split('/').some((part) => part === '.' || part === '..')) return undefined;
  return /^[\w!*'().~/-]*$/.test(plain) && !/^\/|\/\//.test(plain) ? { bucket, prefix: plain } : undefined;
}

/** Somebody else was first: another file is there, none any more, or a write that goes on (409). */
const CONFLICTS = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey']);
const MISSING = new Set(['NoSuchKey', 'NotFound']);

/** @param settings of the SDK's client: endpoint, region, certificates */
export async function s3Target({ bucket, prefix }: S3Place, settings: S3ClientConfig): Promise<PublishTarget> {
  const sdk = await import('@aws-sdk/client-s3');
  const client: S3Client = new sdk.S3Client({ followRegionRedirects: true, ...settings });
  const name = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  const at = (path: string) => ({ Bucket: bucket, Key: `${prefix}${path}`.replace(/^\//, '') });
  return {
    name,
    read: async (path) => {
      try {
        const found = await client.send(new sdk.GetObjectCommand(at(path)));
        const body = (await found.Body?.transformToString()) ?? '';
        const headers = { contentType: found.ContentType ?? '', cacheControl: found.CacheControl ?? '' };
        return { body, tag: found.ETag ?? '', headers };
      } catch (thrown) {
        if (MISSING.has(nameOf(thrown))) return undefined;
        throw unavailable(name, thrown);
      }
    },
    write: async (file, before) => {
      try {
        await client.send(new sdk.PutObjectCommand({ ...at(file.path), ...objectOf(file), ...conditionOf(before) }));
        return true;
      } catch (thrown) {
        if (CONFLICTS.has(nameOf(thrown))) return false;
        throw unavailable(name, thrown);
      }
    },
  };
}

function objectOf({ body, contentType, cacheControl }: StaticFile) {
  return { Body: body, ContentType: contentType, CacheControl: cacheControl };
}

/** Without a condition the later of two publishers would win, whatever it had read. */
export function conditionOf(
  before: FoundFile | undefined,
): { readonly IfMatch: string } | { readonly IfNoneMatch: '*' } {
  return before === undefined ? { IfNoneMatch: '*' } : { IfMatch: before.tag };
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : '';
}

const HINTS: Readonly<Record<string, string>> = {
  AccessDenied:
    'The AWS credentials need s3:GetObject, s3:ListBucket and s3:PutObject: docs/runbook.md has the policy.',
  CredentialsProviderError: 'Set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the process a role.',
  NoSuchBucket: 'Make the bucket first.',
};

function unavailable(name: string, cause: unknown): IssuerFault {
  const code = nameOf(cause);
  const why = systemCode(cause) === undefined && code !== '' ? code : reasonOf(cause);
  return new IssuerFault(
    'target-unavailable',
    `nothing can be published in ${name}: ${why}`,
    HINTS[code] ?? 'Check the bucket, the region, the AWS credentials and the way to S3.',
    { cause },
  );
}
