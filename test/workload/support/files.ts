// A directory for one test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestDirectory extends AsyncDisposable {
  readonly path: string;
}

export async function directory(): Promise<TestDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'idp-workload-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true });
    },
  };
}
