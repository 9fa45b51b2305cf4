/** How long each takes for the roles of a company, from the start of the process to its end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Metric } from '../benchmark.ts';
import { median } from '../measure.ts';
import { planOf } from './document.ts';
import { estate } from './roles.ts';
import { type Reviewers, findingsIn } from './tools.ts';

const ROLES = 1_000;
const ROUNDS = 5;
/** Its checks of federated trust alone: with all of them Checkov takes longer. */
const CHECKS = 'CKV_AWS_358,CKV_AWS_393';

export async function lintRate({ lint, checkov }: Reviewers, directory: string): Promise<Metric> {
  const file = join(directory, 'estate.json');
  writeFileSync(file, planOf(estate(ROLES)));
  const times = { idp: [] as number[], checkov: [] as number[] };
  let findings = 0;
  // In turns, so that what slows the machine slows both; the first one fills the file cache.
  for (let round = -1; round < ROUNDS; round++) {
    const idp = await timed(async () => {
      findings = findingsIn(await lint(file)).length;
    });
    const peer = await timed(() => checkov(['--file', file, '--check', CHECKS, '--quiet']));
    if (round < 0) continue;
    times.idp.push(idp);
    times.checkov.push(peer);
  }
  const [idp, peer] = [median(times.idp), median(times.checkov)];
  return {
    name: 'lint-rate-vs-checkov',
    ratio: peer / idp,
    detail: `${ROLES} roles: idp lint ${shown(idp)}, with ${findings} findings; Checkov with two checks ${shown(peer)}`,
  };
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export const shown = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
