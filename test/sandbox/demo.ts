/** `npm run demo`: brings everything up, runs every line of the five documents, shows what happened, and takes all down. */
import { parseArgs } from 'node:util';
import { handsOn } from './hands-on.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { type LineResult, runLine } from './scenario.ts';
import { LINES } from './scenarios/index.ts';
import { checkStacks, destroyStacks } from './scenarios/stacks.ts';
import { jsonReport, tableHeader, tableRow, tableSummary } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false, description: 'leave it up' },
    json: { type: 'boolean', default: false },
  } as const,
});

const started = performance.now();
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const progress = (step: string): void => {
  say(`[${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s] ${step}`);
};

async function runLines(sandbox: Sandbox): Promise<LineResult[]> {
  progress(`running ${LINES.length} lines`);
  const results: LineResult[] = [];
  if (!flags.json) process.stdout.write(tableHeader());
  for (const line of LINES) {
    const result = await runLine(line, sandbox);
    results.push(result);
    if (!flags.json) process.stdout.write(tableRow(result));
  }
  return results;
}

async function untilInterrupted(): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  clearInterval(alive);
}

const sandbox = await startSandbox({ progress, now: () => new Date() });
process.exitCode = 1;
try {
  for (const [name, used] of Object.entries(sandbox.plugins.used)) {
    progress(
      `provider plugin ${name}: ${used.kind === 'real' ? `the real one, ${used.version}` : 'a stand-in of the sandbox'}`,
    );
  }
  const results = await runLines(sandbox);
  progress('a second pulumi up');
  results.push(await runLine(checkStacks, sandbox));
  if (flags.keep) {
    say(await handsOn(sandbox));
    await untilInterrupted();
  }
  progress('pulumi destroy');
  results.push(await runLine(destroyStacks, sandbox));
  if (!flags.json) for (const result of results.slice(-2)) process.stdout.write(tableRow(result));
  process.stdout.write(flags.json ? jsonReport(results) : tableSummary(results, performance.now() - started));
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
} finally {
  progress('taking everything down');
  await sandbox.stop();
}
