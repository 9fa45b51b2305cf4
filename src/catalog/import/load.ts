/** The issuers of a catalog, for which an import is made. */

import { dirname, resolve } from 'node:path';
import { type Mistake, parseCatalog } from '../parse.ts';
import { loadCatalog, readText } from '../load.ts';
import { type Known } from './prove.ts';

export { describeMistakes } from '../load.ts';

export type LoadedIssuers =
  { readonly ok: true; readonly known: Known } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

export function loadForImport(file: string): LoadedIssuers {
  const loaded = loadCatalog(file);
  if (!loaded.ok) return loaded;
  const text = readText(file);
  const entries = text.ok ? parseCatalog(text.value).document.issuers : {};
  const readFile = (name: string) => readText(resolve(dirname(file), name));
  return { ok: true, known: { entries, issuers: loaded.plan.issuers, readFile } };
}
