/** A directory of its own for a test, gone with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export type Cleanup = (end: () => Promise<void>) => void;

/** @param cleanup when it goes: after the test, or `afterAll` */
export async function temporaryDirectory(cleanup: Cleanup = onTestFinished): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'idp-issuer-'));
  cleanup(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
