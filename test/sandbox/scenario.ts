/** A scenario is a list of lines: a token, what should become of it, and what does. */
import { type Attempt } from './attempt.ts';
import { type Sandbox } from './sandbox.ts';

export interface Line {
  /** Number of the document whose promise this is. */
  readonly seed: '000' | '001' | '002' | '003' | '004' | 'all';
  readonly scenario: string;
  /** Whose token. */
  readonly token: string;
  readonly expected: 'admitted' | 'refused';
  /** Must stand in what happened. */
  readonly because?: string;
  run(sandbox: Sandbox): Promise<Attempt>;
}

export interface LineResult {
  readonly line: Line;
  readonly ok: boolean;
  readonly happened: 'admitted' | 'refused' | 'failed';
  readonly detail: string;
  readonly milliseconds: number;
}

/** Runs one line; a fault is a result too, so that the table shows every line. */
export async function runLine(line: Line, sandbox: Sandbox): Promise<LineResult> {
  const started = performance.now();
  const done = (happened: LineResult['happened'], detail: string): LineResult => ({
    line,
    ok: happened === line.expected && (line.because === undefined || detail.includes(line.because)),
    happened,
    detail,
    milliseconds: performance.now() - started,
  });
  try {
    const { admitted, detail } = await line.run(sandbox);
    return done(admitted ? 'admitted' : 'refused', detail);
  } catch (error) {
    return done('failed', error instanceof Error ? error.message : String(error));
  }
}
