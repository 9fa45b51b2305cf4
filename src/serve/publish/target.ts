/** The port of a place that static files are published in: a folder, or a bucket. */

import { type StaticFile } from '../../issuer/publish.ts';

export interface FoundFile {
  readonly body: string;
  /** Changes with the file. */
  readonly tag: string;
  /** Undefined where the place keeps none: then whoever serves it says. */
  readonly headers?: Pick<StaticFile, 'contentType' | 'cacheControl'>;
}

export interface PublishTarget {
  /** For people: `s3://bucket/prefix`, or the folder. */
  readonly name: string;
  /** Undefined where there is none. Throws `IssuerFault`: `target-unavailable`. */
  read(path: string): Promise<FoundFile | undefined>;
  /**
   * Writes the file whole or not at all, where it is as it was read (undefined: not there); false, and nothing written,
   * where somebody else was first. Throws `IssuerFault`: `target-unavailable`.
   */
  write(file: StaticFile, before: FoundFile | undefined): Promise<boolean>;
}
