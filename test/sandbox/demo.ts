/** `npm run demo`: brings everything up, runs every line of the five documents, shows what happened, and takes all down. */
import { Command } from 'commander';
import { handsOn } from './hands-on.ts';
import { interruptCommands } from './run.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { type LineResult, runLine } from './scenario.ts';
import { LINES } from './scenarios/index.ts';
import { checkStacks, destroyStacks } from './scenarios/stacks.ts';
import { jsonReport, tableHeader, tableRow, tableSummary } from './table.ts';

const flags = new Command('npm run demo --')
  .description('Runs the five scenarios on real input. Exit status: 0 when all went as expected, else 1.')
  .option('--keep', 'leave everything up when it is done, and say how to use it by hand')
  .option('--json', 'print the results as JSON')
  .parse()
  .opts<{ keep?: true; json?: true }>();

const started = performance.now();
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const progress = (step: string): void => {
  say(`[${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s] ${step}`);
};

const interrupted = new AbortController();

/** One interrupt can come twice: from the terminal to the whole group, and from whoever started this process. */
const SAME_INTERRUPT_MS = 1_000;
let interruptedAt = 0;

/** The first interrupt ends what runs and takes everything down; a second one ends this process as it is. */
function onInterrupt(): void {
  if (interrupted.signal.aborted) {
    if (performance.now() - interruptedAt > SAME_INTERRUPT_MS) process.exit(130);
    return;
  }
  interruptedAt = performance.now();
  say('interrupted: ending what runs');
  interrupted.abort();
  interruptCommands();
}

function report(result: LineResult): LineResult {
  if (flags.json !== true) process.stdout.write(tableRow(result));
  return result;
}

async function runLines(sandbox: Sandbox): Promise<LineResult[]> {
  progress(`running ${LINES.length} lines`);
  if (flags.json !== true) process.stdout.write(tableHeader());
  const results: LineResult[] = [];
  for (const line of LINES) {
    if (interrupted.signal.aborted) break;
    results.push(report(await runLine(line, sandbox)));
  }
  return results;
}

async function untilInterrupted(): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    if (interrupted.signal.aborted) resolve();
    interrupted.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  clearInterval(alive);
}

async function runAll(sandbox: Sandbox): Promise<boolean> {
  for (const [name, used] of Object.entries(sandbox.plugins.used)) {
    const which = used.kind === 'real' ? `the real one, ${used.version}` : 'a stand-in of the sandbox';
    progress(`provider plugin ${name}: ${which}`);
  }
  const results = await runLines(sandbox);
  if (interrupted.signal.aborted) return false;
  progress('a second pulumi up');
  results.push(report(await runLine(checkStacks, sandbox)));
  if (flags.keep === true) {
    say(await handsOn(sandbox));
    await untilInterrupted();
  }
  progress('pulumi destroy');
  results.push(report(await runLine(destroyStacks, sandbox)));
  process.stdout.write(flags.json === true ? jsonReport(results) : tableSummary(results, performance.now() - started));
  return results.every(({ ok }) => ok);
}

// A closed terminal is an interrupt like any other.
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
for (const signal of INTERRUPTS) process.on(signal, onInterrupt);
// With the terminal gone nobody reads on, and what was begun is still taken down.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exitCode = 1;
try {
  const sandbox = await startSandbox({ progress, now: () => new Date() });
  try {
    if (await runAll(sandbox)) process.exitCode = 0;
  } finally {
    progress('taking everything down');
    await sandbox.stop();
  }
} catch (error) {
  if (!interrupted.signal.aborted) say(error instanceof Error ? error.message : String(error));
}
if (interrupted.signal.aborted && process.exitCode === 1) process.exitCode = 130;
for (const signal of INTERRUPTS) process.off(signal, onInterrupt);
