// Editing the text of an AWS credentials file and nothing else in it: comments, other profiles, unknown keys, spacing and
// line endings stay byte for byte. The grammar is that of Python's configparser, which the AWS CLI and boto3 read with
// and which is the strictest of the SDKs' readers; where readers differ the text is refused rather than guessed at.

export interface CredentialLine {
  readonly raw: string;
  readonly eol: string;
  readonly kind: 'blank' | 'comment' | 'section' | 'entry' | 'continuation';
  /** Section name, or key in lower case. */
  readonly name: string;
  readonly value: string;
  readonly indent: string;
}

export type ParsedCredentials =
  | { readonly ok: true; readonly lines: readonly CredentialLine[] }
  /** Line numbers count from 1. Problems never quote the line, which may hold a key. */
  | { readonly ok: false; readonly line: number; readonly problem: string };

// Everything readers disagree on as a line break or as white space; a tab is agreed upon.
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;
// A comment behind the header needs white space before it (JavaScript SDK) and no bracket in it (configparser).
const SECTION = /^\[([^[\]]+)\](\s+[#;][^\]]*)?$/;
const ENTRY = /^([^=:]*[^=:\s])\s*[=:]\s*(.*)$/;

/** Splits a text into its lines and says what each is. */
export function parseCredentials(text: string): ParsedCredentials {
  const lines: CredentialLine[] = [];
  let state: EntryState = { inSection: false };
  for (const [index, [, raw = '', eol = '']] of [...text.matchAll(/([^\n]*?)(\r?\n|$)/g)].entries()) {
    if (raw === '' && eol === '') break;
    const line = classify(raw, eol, state);
    if (typeof line === 'string') return { ok: false, line: index + 1, problem: line };
    lines.push(line);
    if (line.kind === 'section') state = { inSection: true };
    if (line.kind === 'entry') state = { inSection: true, entryIndent: line.indent.length };
  }
  return { ok: true, lines };
}

interface EntryState {
  readonly inSection: boolean;
  /** Indentation of the entry that a deeper line continues. */
  readonly entryIndent?: number;
}

function classify(raw: string, eol: string, state: EntryState): CredentialLine | string {
  if (UNSAFE.test(raw)) return 'holds a control character, a byte order mark or an old Mac line end';
  const content = raw.trim();
  const indent = raw.slice(0, raw.length - raw.trimStart().length);
  const line = (kind: CredentialLine['kind'], name = '', value = ''): CredentialLine => ({
    raw,
    eol,
    kind,
    name,
    value,
    indent,
  });
  if (content === '') return line('blank');
  if (content.startsWith('#') || content.startsWith(';')) return line('comment');
  // To configparser it continues an entry above it, and to others it opens a section.
  if (content.startsWith('[') && indent !== '') return 'is an indented [section]';
  if (state.entryIndent !== undefined && indent.length > state.entryIndent) return line('continuation');
  if (content.startsWith('[')) {
    const name = SECTION.exec(content)?.[1];
    return name === undefined ? 'is not a [section]' : line('section', name);
  }
  if (!state.inSection) return 'stands before the first [section]';
  const [, key, value] = ENTRY.exec(content) ?? [];
  return key === undefined ? 'is neither a [section] nor key = value' : line('entry', key.toLowerCase(), value ?? '');
}
