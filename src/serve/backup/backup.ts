/** A backup of the store. Private keys are in it as they are in the store: sealed, or not at all. */

import { link, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { IssuerFault, reasonOf, systemCode } from '../../store/fault.ts';
import { type StoreSummary, copySqlite, readSummary } from '../../store/sqlite-backup.ts';
import { isThere } from '../files.ts';
import { type StoreConfig } from '../store/shape.ts';
import { postgresBackup } from './postgres.ts';

/**
 * Copies the store into a new file, while the issuer may run. The file is there whole or not at all.
 * Throws `IssuerFault`: `backup-refused`, `store-unavailable`, `file-unreadable`.
 * @param to absolute
 */
export async function backUp(store: StoreConfig, to: string): Promise<StoreSummary> {
  if ('postgres' in store) throw await postgresBackup(store.postgres, to);
  if (!(await isThere(store.sqlite))) {
    throw new IssuerFault('backup-refused', `there is no store ${store.sqlite} yet`, 'Start the issuer first.');
  }
  return asNewFile(to, async (draft) => {
    await copySqlite(store.sqlite, draft);
    return readSummary(draft);
  });
}

/** Makes a file under another name, in a folder of this user alone, and gives it its own when it is done. */
export async function asNewFile<T>(
  to: string,
  make: (draft: string) => Promise<T>,
  place: (draft: string, to: string) => Promise<void> = link,
): Promise<T> {
  if (place === link && (await isThere(to))) throw exists(to);
  const folder = await mkdtemp(join(dirname(to), '.idp-copy-')).catch((cause: unknown) => {
    throw unwritable(to, cause);
  });
  try {
    const draft = join(folder, 'copy.db');
    const made = await make(draft);
    try {
      await place(draft, to);
    } catch (cause) {
      throw systemCode(cause) === 'EEXIST' ? exists(to) : unwritable(to, cause);
    }
    return made;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function exists(to: string): IssuerFault {
  return new IssuerFault('backup-refused', `${to} is there already, and is not overwritten`, 'Choose another name.');
}

function unwritable(to: string, cause: unknown): IssuerFault {
  return new IssuerFault(
    'file-unreadable',
    `${to} cannot be written: ${reasonOf(cause)}`,
    'Make its directory, and let this user write to it.',
    { cause },
  );
}
