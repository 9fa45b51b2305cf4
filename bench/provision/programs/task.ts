/** What a program under measurement is told, and what it tells when it ends. */
import { readFileSync, writeFileSync } from 'node:fs';

/** The raw resources of a grant: their inputs, as the kit writes them. */
export interface Literal {
  readonly name: string;
  readonly aws: { readonly assumeRolePolicy: string };
  readonly vault: { readonly roleName: string; readonly userClaim: string };
}

export interface Task {
  readonly grants: number;
  /** Leave the kit at its defaults, where it takes away what others attach to the role. */
  readonly defaults?: boolean;
  /** File with a `Literal` for each grant; the kit has none. */
  readonly literals?: string;
  /** File for its `Report`. */
  readonly report: string;
}

/** What the program's process took. */
export interface Report {
  /** Peak of resident memory, in bytes. */
  readonly memory: number;
  /** CPU time, in seconds. */
  readonly cpu: number;
}

const TASK = 'IDP_BENCH_TASK';

export const taskEnv = (task: Task): Readonly<Record<string, string>> => ({ [TASK]: JSON.stringify(task) });

/** For use in a program. */
export function takeTask(): Task {
  const task = JSON.parse(process.env[TASK] ?? '{}') as Task;
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    const report: Report = { memory: peakBytes(), cpu: (user + system) / 1e6 };
    writeFileSync(task.report, JSON.stringify(report));
  });
  return task;
}

export function literalsOf({ grants, literals = '' }: Task): readonly Literal[] {
  return (JSON.parse(readFileSync(literals, 'utf8')) as readonly Literal[]).slice(0, grants);
}

/** proc(5), /proc/pid/status */
function peakBytes(): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}
