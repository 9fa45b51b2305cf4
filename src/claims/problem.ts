/** Problems as data: where a declaration is wrong, what is wrong with it, and what to do. */

/** Where in a declaration a problem is: keys of maps and indexes of lists, outermost first. */
export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** What is wrong, as one sentence. */
  readonly message: string;
  /** What to do about it, as one sentence. */
  readonly hint?: string;
}

/** An expected refusal is a returned union, never a throw. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export function accept<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(...problems: readonly Problem[]): Result<never> {
  return { ok: false, problems };
}

export function problem(path: Path, message: string, hint?: string): Problem {
  return hint === undefined ? { path, message } : { path, message, hint };
}

/** The same problems seen from one level further out. */
export function under(prefix: Path, problems: readonly Problem[]): Problem[] {
  return problems.map((found) => ({ ...found, path: [...prefix, ...found.path] }));
}

/** One line a problem: `access.api.admit: what is wrong (what to do)`. */
export function describeProblem(found: Problem): string {
  const where = found.path.length === 0 ? '' : `${found.path.join('.')}: `;
  return `${where}${found.message}${found.hint === undefined ? '' : ` (${found.hint})`}`;
}
