/** Does one set of a Vault policy's rules allow no more than another? Certain where it says so, and else it may be either. */

import { type PathRule } from './path.ts';

/**
 * Of several rules Vault takes the one whose path is the most specific, so a rule that goes may give more: `deny` on one path
 * beside `read` on all of them (Vault, policies: priority matching). It goes for less only where no other rule takes its place.
 */
export function isWithinRules(inner: unknown, outer: unknown): boolean {
  const [own, other] = [rulesOf(inner), rulesOf(outer)];
  if (own === undefined || other === undefined) return false;
  const kept = [...own].every(([path, capabilities]) => isFewer(capabilities, other.get(path)));
  const gone = [...other.keys()].filter((path) => !own.has(path));
  return kept && gone.every((path) => ![...own.keys()].some((one) => meet(one, path)));
}

function isFewer(inner: ReadonlySet<string>, outer: ReadonlySet<string> | undefined): boolean {
  if (inner.has('deny')) return outer !== undefined;
  return outer !== undefined && !outer.has('deny') && [...inner].every((capability) => outer.has(capability));
}

type Rules = ReadonlyMap<string, ReadonlySet<string>>;

/** By path: of several blocks for one path Vault takes all capabilities. Undefined where the policy says more than that. */
function rulesOf(source: unknown): Rules | undefined {
  const list = typeof source === 'string' ? parsePolicy(source) : Array.isArray(source) ? (source as PathRule[]) : [];
  if (list === undefined) return undefined;
  const rules = new Map<string, Set<string>>();
  for (const { path, capabilities } of list) rules.set(path, new Set([...(rules.get(path) ?? []), ...capabilities]));
  return rules;
}

const BLOCK = /^\s*path\s+"([^"\\]+)"\s*\{\s*capabilities\s*=\s*\[([^\]]*)\]\s*\}/;
/** Or a text, in which what looks like one is none: paths end in `/*`. */
const COMMENT = /"(?:[^"\\\n]|\\.)*"|(?:#|\/\/)[^\n]*|\/\*[^]*?\*\//g;

/** Blocks of a path and its capabilities; undefined where there is anything else, such as parameters. */
export function parsePolicy(text: string): readonly PathRule[] | undefined {
  const rules: PathRule[] = [];
  let rest = text.replaceAll(COMMENT, (found) => (found.startsWith('"') ? found : ' '));
  for (let block = BLOCK.exec(rest); block !== null; block = BLOCK.exec(rest)) {
    const [whole, path = '', list = ''] = block;
    const capabilities = list
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
    if (!capabilities.every((one) => /^"[a-z]+"$/.test(one))) return undefined;
    rules.push({ path, capabilities: capabilities.map((one) => one.slice(1, -1)) });
    rest = rest.slice(whole.length);
  }
  return rest.trim() === '' ? rules : undefined;
}

/** Can one path be in both? A template, or a `+`, may be anything between slashes, and more is never missed. */
function meet(one: string, other: string): boolean {
  const [left, right] = [segmentsOf(one), segmentsOf(other)];
  for (let at = 0; ; at += 1) {
    const [a, b] = [left[at], right[at]];
    if (a === undefined || b === undefined) return a === b;
    const [openA, openB] = [a.endsWith('*'), b.endsWith('*')];
    if (isAny(a) || isAny(b)) {
      if ((openA && at === left.length - 1) || (openB && at === right.length - 1)) return true;
      continue;
    }
    const [startA, startB] = [openA ? a.slice(0, -1) : a, openB ? b.slice(0, -1) : b];
    if (openA && openB) return startA.startsWith(startB) || startB.startsWith(startA);
    if (openA) return b.startsWith(startA);
    if (openB) return a.startsWith(startB);
    if (a !== b) return false;
  }
}

/** A value is put into a template unescaped, and may hold slashes: from there on nothing is certain. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/');
  const open = segments.findIndex((segment) => segment.includes('{'));
  return open < 0 ? segments : [...segments.slice(0, open), '*'];
}

const isAny = (segment: string): boolean => segment === '+' || segment.includes('+') || segment === '*';
