/** `npm run bench -- NAME`: runs one benchmark and ends with a line `ratio NAME METRIC NUMBER` for each of its metrics. */

import { type Benchmark } from './benchmark.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<{ readonly bench: Benchmark }>>> = {
  issuer: () => import('./issuer.ts'),
  review: () => import('./review.ts'),
  provision: () => import('./provision.ts'),
  'provision-many': () => import('./provision-many.ts'),
  trust: () => import('./trust.ts'),
};

const [name = ''] = process.argv.slice(2);
const load = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
if (load === undefined) {
  console.error(
    `there is no benchmark ${name || '(none was named)'}\nnpm run bench -- ${Object.keys(BENCHMARKS).join(' | ')}`,
  );
  process.exitCode = 2;
} else {
  const { bench } = await load();
  const metrics = await bench((text) => {
    console.error(text);
  });
  for (const metric of metrics) console.log(`${metric.name}: ${metric.detail}`);
  for (const metric of metrics) console.log(`ratio ${name} ${metric.name} ${metric.ratio.toPrecision(3)}`);
}
