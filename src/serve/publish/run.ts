/** `idp issuer publish`: writes the files, looks at them as relying parties do, and writes down which keys were seen. */

import { organizationIds } from '../../issuer/organization-issuer.ts';
import { type SeenDocument, type StaticFile, judgeSeen } from '../../issuer/publish.ts';
import { type IssuerSettings } from '../../issuer/settings.ts';
import { settle } from '../../keys/plan.ts';
import { recordPublished } from '../../keys/published.ts';
import { type KeyRecord, type KeyState, type RingRecords } from '../../keys/record.ts';
import { loadRecords, storedRecords } from '../../keys/rings/stored.ts';
import { suggest } from '../../claims/suggest.ts';
import { IssuerFault } from '../../store/fault.ts';
import { type IssuerEntry, type ServerConfig } from '../settings.ts';
import { openStore, openStoreKeys } from '../store/open.ts';
import { type StoreConfig } from '../store/shape.ts';
import { inBatches } from './batches.ts';
import { type PublishOptions, publishFiles } from './publish.ts';
import { type PublishTarget } from './target.ts';

/** One GET without redirects, by the ways of a relying party; a text says why there is no reply. */
export type FetchSeen = (url: string) => Promise<SeenDocument | string>;

export interface RunPorts {
  /** Whole seconds since 1970. */
  readonly now: () => number;
  /** Undefined: nobody looks, and nothing is written down. */
  readonly fetchSeen: FetchSeen | undefined;
  readonly progress: (line: string) => void;
}

export interface KeyReport {
  readonly kid: string;
  readonly state: KeyState;
  /** Seconds since 1970; null where the key was not seen yet. */
  readonly publishedAt: number | null;
  /** When a pending key begins to sign; null where it does already or ever did, or is not published. */
  readonly signsAt: number | null;
}

export interface PublishReport {
  readonly issuer: string;
  readonly target: string;
  readonly files: readonly { readonly path: string; readonly url: string; readonly written: boolean }[];
  /** `skipped` leaves pending keys as they are, too. */
  readonly seen: 'yes' | 'no' | 'skipped';
  /** What relying parties do not see as it was published. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  readonly keys: readonly KeyReport[];
}

/** Throws `IssuerFault`. */
export async function publishIssuer(
  config: ServerConfig,
  name: string,
  target: PublishTarget,
  ports: RunPorts,
  options: PublishOptions = {},
): Promise<PublishReport> {
  const entry = findIssuer(config, name);
  const { progress, now, fetchSeen } = ports;
  const load = (issuer: string) => loadKeys(config.store, issuer);
  const organizations = (settings: IssuerSettings) => listOrganizations(config.store, settings);
  const publishPorts = { load, organizations, now, progress };
  const { files, written, records } = await publishFiles(entry, target, publishPorts, options);
  const shown = files.map(({ path, url }) => ({ path, url, written: written.includes(path) }));
  const report = { issuer: name, target: target.name, files: shown };
  const { timings } = entry.ring;
  const asTheyAre = () => keyReports(settle(records, now(), timings), timings.publishSeconds);
  if (fetchSeen === undefined) return { ...report, seen: 'skipped', problems: [], notes: [], keys: asTheyAre() };
  const { problems, notes } = await lookAt(files, timings.publishSeconds, fetchSeen, progress);
  if (problems.length > 0) return { ...report, seen: 'no', problems, notes, keys: asTheyAre() };
  const kids = settle(records, now(), timings)
    .filter(({ state }) => state !== 'removed')
    .map(({ kid }) => kid);
  const recorded = await record(config.store, entry, kids, records, now());
  return { ...report, seen: 'yes', problems, notes, keys: keyReports(recorded, timings.publishSeconds) };
}

function findIssuer({ issuers }: ServerConfig, name: string): IssuerEntry {
  const entry = issuers.find(({ settings }) => settings.name === name);
  if (entry !== undefined) return entry;
  const names = issuers.map(({ settings }) => settings.name);
  throw new IssuerFault(
    'bad-configuration',
    `the configuration has no issuer ${name}: ${suggest(name, names)}`,
    'Check --issuer.',
  );
}

/** Opened anew each time: a store that was opened to be read may be a copy that nobody changes. */
async function loadKeys(config: StoreConfig, issuer: string): Promise<RingRecords> {
  const store = await openStoreKeys(config);
  if (store === undefined) return { version: 0, records: [] };
  try {
    return await loadRecords(store.keys, issuer);
  } finally {
    await store.close();
  }
}

async function listOrganizations(config: StoreConfig, settings: IssuerSettings): Promise<readonly string[]> {
  const store = await openStoreKeys(config);
  if (store === undefined) return [];
  try {
    return await organizationIds({ settings, store });
  } finally {
    await store.close();
  }
}

async function lookAt(
  files: readonly StaticFile[],
  publishSeconds: number,
  fetchSeen: FetchSeen,
  progress: (line: string) => void,
) {
  const judged = await inBatches(files, async (file) => {
    progress(`looking at ${file.url}`);
    const seen = await fetchSeen(file.url);
    return typeof seen === 'string' ? { problems: [seen], notes: [] } : judgeSeen(file, seen, { publishSeconds });
  });
  return { problems: judged.flatMap(({ problems }) => problems), notes: judged.flatMap(({ notes }) => notes) };
}

/** Nothing is written, and the store not even opened for it, where everything has been written down before. */
async function record(
  config: StoreConfig,
  { ring }: IssuerEntry,
  kids: readonly string[],
  records: readonly KeyRecord[],
  now: number,
): Promise<readonly KeyRecord[]> {
  const isNew = ({ kid, publishedAt }: KeyRecord) => publishedAt === null && kids.includes(kid);
  if (!records.some(isNew)) return settle(records, now, ring.timings);
  const store = await openStore(config);
  try {
    return (await recordPublished(ring, storedRecords(store.keys), kids, now)).records;
  } finally {
    await store.close();
  }
}

function keyReports(records: readonly KeyRecord[], publishSeconds: number): KeyReport[] {
  return records
    .filter(({ state }) => state !== 'removed')
    .map(({ kid, state, publishedAt }) => ({
      kid,
      state,
      publishedAt,
      signsAt: state === 'pending' && publishedAt !== null ? publishedAt + publishSeconds : null,
    }));
}
