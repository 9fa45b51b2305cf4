/** The reviews against Checkov, which most people have: what each catches, what each takes; and what the policy pack costs a preview. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark } from './benchmark.ts';
import { accuracy } from './review/accuracy.ts';
import { packCost } from './review/preview.ts';
import { lintRate } from './review/rate.ts';
import { reviewers } from './review/tools.ts';

export const bench: Benchmark = async (progress) => {
  const directory = await mkdtemp(join(tmpdir(), 'idp-bench-review-'));
  try {
    progress('packing the kit, and providing Checkov');
    const both = await reviewers(directory);
    progress('reviewing every row of the threat table, and correct policies');
    const seen = await accuracy(both, directory);
    progress('reviewing 1,000 roles');
    const rate = await lintRate(both, directory);
    progress('previewing 1,000 roles with the policy pack, and with an empty one');
    return [...seen, rate, await packCost(both.kit, directory)];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
