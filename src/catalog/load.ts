/** Loads a catalog from a file: everything that is wrong at once, each with its line. */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Result, accept, problem, refuse } from '../claims/problem.ts';
import { type ReadFile } from './grants.ts';
import { type Mistake, parseCatalog } from './parse.ts';
import { type CatalogPlan, type PlanOptions, planCatalog } from './plan.ts';

export type LoadedCatalog =
  | { readonly ok: true; readonly plan: CatalogPlan }
  | { readonly ok: false; readonly file: string; readonly mistakes: readonly Mistake[] };

export function loadCatalog(file: string, options?: PlanOptions): LoadedCatalog {
  const text = readText(file);
  if (!text.ok) return { ok: false, file, mistakes: text.problems.map((found) => ({ ...found, line: 1, column: 1 })) };
  return loadCatalogText(file, text.value, (name) => readText(resolve(dirname(file), name)), options);
}

/** From its text, wherever that is from. @param readFile reads what it names, by the path beside it */
export function loadCatalogText(file: string, text: string, readFile: ReadFile, options?: PlanOptions): LoadedCatalog {
  const { document, mistakes, source } = parseCatalog(text);
  const plan = planCatalog(document, readFile, options);
  if (plan.ok && mistakes.length === 0) return { ok: true, plan: plan.value };
  const meant = plan.ok ? [] : plan.problems.map((found) => ({ ...found, ...source.locate(found.path) }));
  return { ok: false, file, mistakes: inOrder([...mistakes, ...meant]) };
}

const inOrder = (mistakes: readonly Mistake[]): Mistake[] =>
  [...mistakes].sort((a, b) => a.line - b.line || a.column - b.column);

export function readText(file: string): Result<string> {
  try {
    return accept(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return refuse(problem([], code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${code}`));
  }
}

/** `file:line:column: what is wrong` and, on a line of its own, what to do: editors and people find it. */
export function describeMistakes(file: string, mistakes: readonly Mistake[]): string {
  return mistakes
    .map(({ line, column, path, message, hint }) => {
      const where = path.length === 0 ? '' : `${path.join('.')}: `;
      return `${file}:${line}:${column}: ${where}${message}${hint === undefined ? '' : `\n    ${hint}`}`;
    })
    .join('\n');
}
