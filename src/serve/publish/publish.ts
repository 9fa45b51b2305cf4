/**
 * Publishes an issuer's discovery document and keys as static files. Safe beside other publishers and rotations: what is
 * there is read before the keys are, and written over only where it is still the same, so what wins was read last.
 */

import { organizationSettings } from '../../issuer/organization-issuer.ts';
import { type StaticFile, refuseToReplace, staticFiles } from '../../issuer/publish.ts';
import { type IssuerSettings } from '../../issuer/settings.ts';
import { publishedKeys } from '../../keys/published.ts';
import { type KeyRecord, type RingRecords } from '../../keys/record.ts';
import { IssuerFault } from '../../store/fault.ts';
import { type IssuerEntry } from '../settings.ts';
import { inBatches } from './batches.ts';
import { type FoundFile, type PublishTarget } from './target.ts';

/** A conflict means that somebody else published; as many in a row mean that something else is wrong. */
const ATTEMPTS = 8;

export interface PublishPorts {
  /** The key records, as they are now. */
  readonly load: (issuer: string) => Promise<RingRecords>;
  /** The ids of the organizations of an issuer with `per_organization`. @default none */
  readonly organizations?: (settings: IssuerSettings) => Promise<readonly string[]>;
  /** Whole seconds since 1970. */
  readonly now: () => number;
  /** Told of each file, and of each new beginning. @default nobody */
  readonly progress?: (line: string) => void;
}

export interface PublishOptions {
  /** Replace files with keys that the store does not know. @default false */
  readonly dropUnknown?: boolean;
}

export interface Published {
  readonly files: readonly StaticFile[];
  /** Paths of those that were not there already. */
  readonly written: readonly string[];
  /** The records that the files are of. */
  readonly records: readonly KeyRecord[];
}

/**
 * Throws `IssuerFault`: `bad-configuration`, `publish-refused`, `publish-contended`, `target-unavailable`, and what `load`
 * throws.
 */
export async function publishFiles(
  entry: IssuerEntry,
  target: PublishTarget,
  ports: PublishPorts,
  { dropUnknown = false }: PublishOptions = {},
): Promise<Published> {
  demandStatic(entry);
  const { progress = () => undefined } = ports;
  const written = new Set<string>();
  const issuers = await issuersOf(entry, ports);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const paths = pathsOf(issuers, entry);
    const before = new Map(await inBatches(paths, async (path) => [path, await target.read(path)] as const));
    // Only now: keys that were read earlier could be older than the files.
    const { records } = await ports.load(entry.ring.issuer);
    const files = filesOf(issuers, entry, records, ports.now());
    if (!dropUnknown) demandReplaceable(files, before, records, target);
    const outcome = await writeAll(files, before, target, (path) => {
      written.add(path);
      progress(`wrote ${path}`);
    });
    if (outcome) return { files, written: [...written], records };
    progress('another publisher was first: beginning anew');
  }
  throw new IssuerFault(
    'publish-contended',
    `others changed the files in ${target.name} ${ATTEMPTS} times in a row`,
    'Let one publisher at a time run; then try again.',
  );
}

/** False where somebody else was first. */
async function writeAll(
  files: readonly StaticFile[],
  before: ReadonlyMap<string, FoundFile | undefined>,
  target: PublishTarget,
  wrote: (path: string) => void,
): Promise<boolean> {
  for (const file of files) {
    const found = before.get(file.path);
    if (isSame(file, found)) continue;
    if (!(await target.write(file, found))) return false;
    wrote(file.path);
  }
  return true;
}

function isSame(file: StaticFile, found: FoundFile | undefined): boolean {
  if (found?.body !== file.body) return false;
  const { headers } = found;
  return (
    headers === undefined || (headers.contentType === file.contentType && headers.cacheControl === file.cacheControl)
  );
}

/** Whose documents are published: the issuer, or that of each of its organizations. */
async function issuersOf({ settings }: IssuerEntry, ports: PublishPorts): Promise<readonly IssuerSettings[]> {
  if (settings.perOrganization !== true) return [settings];
  const organizations = (await ports.organizations?.(settings)) ?? [];
  // Without any file every key would count as seen.
  if (organizations.length === 0) {
    throw new IssuerFault(
      'publish-refused',
      `the issuer ${settings.name} has no organization yet, and each has its own files`,
      'Put an organization first, by the admin API.',
    );
  }
  return organizations.map((id) => organizationSettings(settings, id));
}

function filesOf(
  issuers: readonly IssuerSettings[],
  { settings: { name }, ring }: IssuerEntry,
  records: readonly KeyRecord[],
  now: number,
): readonly StaticFile[] {
  const keys = publishedKeys(records, now, ring.timings);
  if (keys.length === 0) {
    throw new IssuerFault(
      'publish-refused',
      `the issuer ${name} has no keys yet: it makes them when it starts`,
      'Start it first: idp issuer serve',
    );
  }
  return issuers.flatMap((settings) => staticFiles({ settings, ring: { settings: ring, publicKeys: () => keys } }));
}

/** The same whatever the keys are. */
function pathsOf(issuers: readonly IssuerSettings[], { ring }: IssuerEntry): string[] {
  const unknown = { settings: ring, publicKeys: () => [] };
  return issuers.flatMap((settings) => staticFiles({ settings, ring: unknown }).map(({ path }) => path));
}

function demandStatic({ settings: { name }, ring: { publication } }: IssuerEntry): void {
  if (publication === 'static') return;
  throw new IssuerFault(
    'bad-configuration',
    `the issuer ${name} serves its keys itself: a new key would sign before the files have it`,
    `Set \`publication: static\` in issuers.${name}, and restart it.`,
  );
}

function demandReplaceable(
  files: readonly StaticFile[],
  before: ReadonlyMap<string, FoundFile | undefined>,
  records: readonly KeyRecord[],
  { name }: PublishTarget,
): void {
  const known = new Set(records.map(({ kid }) => kid));
  for (const file of files) {
    const found = before.get(file.path);
    const why = found === undefined ? undefined : refuseToReplace(file, found.body, known);
    if (why === undefined) continue;
    throw new IssuerFault(
      'publish-refused',
      `${file.path} in ${name} is not replaced: ${why}`,
      'Check --config, --issuer and the place. After a restored backup, and where the place is the right one: --drop-unknown',
    );
  }
}
