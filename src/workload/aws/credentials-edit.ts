// Setting the keys of one profile in a credentials text.
import { parseCredentials, type CredentialLine } from './credentials-text.ts';

export type CredentialEntries = readonly (readonly [key: string, value: string])[];

export type ProfileEdit =
  | {
      readonly ok: true;
      readonly text: string;
      /** Every key of the profile as it was before, in lower case. */
      readonly before: ReadonlyMap<string, string>;
    }
  | { readonly ok: false; readonly line: number; readonly problem: string };

/** A section as a range of lines: its header at `from`, its end before `to`. */
interface Section {
  readonly from: number;
  readonly to: number;
}

/**
 * Sets `entries` in `profile`. A key that is there keeps its line and its spacing, and gets a new value up to the line's end (what
 * looks like a comment behind a value is part of the value to the AWS CLI); missing keys come behind the last of them, or
 * behind the header; a missing profile comes at the end. Refuses what it cannot parse or what readers would read differently.
 */
export function editProfile(text: string, profile: string, entries: CredentialEntries): ProfileEdit {
  const parsed = parseCredentials(text);
  if (!parsed.ok) return parsed;
  const { lines } = parsed;
  const padded = lines.findIndex(({ kind, name }) => kind === 'section' && name !== profile && name.trim() === profile);
  if (padded >= 0) return { ok: false, line: padded + 1, problem: `has spaces inside the brackets of [${profile}]` };
  const [section, repeated] = sectionsOf(lines, profile);
  if (repeated !== undefined)
    return { ok: false, line: repeated.from + 1, problem: `opens [${profile}] a second time` };
  if (section === undefined) return { ok: true, text: appended(text, lines, profile, entries), before: new Map() };
  const doubtful = findDoubtful(lines, section, entries);
  if (doubtful !== undefined) return { ok: false, ...doubtful };
  return { ok: true, text: rewritten(lines, section, entries), before: entriesOf(lines, section) };
}

function sectionsOf(lines: readonly CredentialLine[], profile: string): Section[] {
  const headers = lines.flatMap(({ kind }, index) => (kind === 'section' ? [index] : []));
  return headers.flatMap((from, order) =>
    lines[from]?.name === profile ? [{ from, to: headers[order + 1] ?? lines.length }] : [],
  );
}

function entriesOf(lines: readonly CredentialLine[], { from, to }: Section): Map<string, string> {
  return new Map(
    lines.slice(from, to).flatMap(({ kind, name, value }) => (kind === 'entry' ? [[name, value] as const] : [])),
  );
}

/** A key of ours that stands twice, or whose value runs over several lines: replacing one line would leave a broken rest. */
function findDoubtful(lines: readonly CredentialLine[], { from, to }: Section, entries: CredentialEntries) {
  const ours = new Set(entries.map(([key]) => key));
  const seen = new Set<string>();
  let current = '';
  for (let index = from + 1; index < to; index += 1) {
    const line = lines[index];
    if (line?.kind === 'continuation' && ours.has(current)) {
      return { line: index + 1, problem: `continues the value of ${current}, which belongs on one line` };
    }
    if (line?.kind !== 'entry') continue;
    current = line.name;
    if (ours.has(current) && seen.has(current)) return { line: index + 1, problem: `sets ${current} a second time` };
    seen.add(current);
  }
  return undefined;
}

function rewritten(lines: readonly CredentialLine[], { from, to }: Section, entries: CredentialEntries): string {
  const wanted = new Map(entries);
  const present = new Set<string>();
  let anchor = from;
  for (let index = from + 1; index < to; index += 1) {
    const line = lines[index];
    if (line?.kind !== 'entry' || !wanted.has(line.name)) continue;
    present.add(line.name);
    anchor = index;
  }
  const missing = entries.filter(([key]) => !present.has(key));
  // Deeper than the line above would make a new key a continuation of it, shallower would make the next line one of ours.
  const neighbour = anchor > from ? lines[anchor] : lines.slice(from, to).find(({ kind }) => kind === 'entry');
  const eol = lines.find((line) => line.eol !== '')?.eol ?? '\n';
  return lines
    .map((line, index) => {
      const value = index > from && index < to && line.kind === 'entry' ? wanted.get(line.name) : undefined;
      const text = value === undefined ? line.raw : withValue(line, value);
      if (index !== anchor || missing.length === 0) return text + line.eol;
      const added = missing.map(([key, fresh]) => `${neighbour?.indent ?? ''}${key} = ${fresh}${eol}`).join('');
      return text + (line.eol === '' ? eol : line.eol) + added;
    })
    .join('');
}

/** Keeps key and spacing. A `:` becomes `=`, the one delimiter that every SDK reads. */
function withValue({ raw }: CredentialLine, value: string): string {
  const [, head = '', gap = ' = '] = /^(\s*[^=:]*[^=:\s])(\s*[=:]\s*)/.exec(raw) ?? [];
  return head + (gap.includes(':') ? ' = ' : gap) + value;
}

function appended(text: string, lines: readonly CredentialLine[], profile: string, entries: CredentialEntries): string {
  const last = lines.at(-1);
  const eol = lines.find((line) => line.eol !== '')?.eol ?? '\n';
  const finish = last?.eol === '' ? eol : '';
  const gap = (last?.kind ?? 'blank') === 'blank' ? '' : eol;
  return `${text}${finish}${gap}[${profile}]${eol}${entries.map(([key, value]) => `${key} = ${value}${eol}`).join('')}`;
}
