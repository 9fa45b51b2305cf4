import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editProfile } from '../../../src/workload/aws/credentials-edit.ts';

const ENTRIES = [
  ['aws_access_key_id', 'ASIANEW'],
  ['aws_secret_access_key', 'new/secret+key='],
  ['aws_session_token', 'new//token=='],
] as const;
const KEYS: readonly string[] = ENTRIES.map(([key]) => key);

function edited(text: string, profile = 'default'): string {
  const edit = editProfile(text, profile, ENTRIES);
  if (!edit.ok) throw new Error(`line ${edit.line} ${edit.problem}`);
  return edit.text;
}

const ADDED =
  'aws_access_key_id = ASIANEW\naws_secret_access_key = new/secret+key=\naws_session_token = new//token==\n';

describe('examples', () => {
  it.each([
    ['an empty file', '', `[default]\n${ADDED}`],
    ['a file with other profiles', '[two]\nregion = eu', `[two]\nregion = eu\n\n[default]\n${ADDED}`],
    ['a header without a line end', '[default]', `[default]\n${ADDED}`],
    ['a comment under the header', '[default]\n# mine\nregion = eu\n', `[default]\n${ADDED}# mine\nregion = eu\n`],
    [
      'keys that are there, in any spelling, spacing and order',
      '[default]\naws_session_token=old\nregion = eu\nAWS_Access_Key_Id : AKIAOLD # old\n\n[two]\naws_access_key_id = KEEP\n',
      '[default]\naws_session_token=new//token==\nregion = eu\nAWS_Access_Key_Id = ASIANEW\naws_secret_access_key = new/secret+key=\n\n[two]\naws_access_key_id = KEEP\n',
    ],
    [
      'Windows line ends',
      '[default]\r\nregion = eu\r\n',
      `[default]\r\n${ADDED.replaceAll('\n', '\r\n')}region = eu\r\n`,
    ],
    ['indented keys', '[default]\n  region = eu\n', `[default]\n${ADDED.replaceAll(/^(?=.)/gm, '  ')}  region = eu\n`],
    ['nested settings', '[default]\ns3 =\n  a = 1\n', `[default]\n${ADDED}s3 =\n  a = 1\n`],
  ])('%s', (_name, before, after) => {
    expect(edited(before)).toBe(after);
    expect(edited(after)).toBe(after);
  });

  it.each([
    ['a profile that stands twice', '[default]\n[two]\n[default]\n', 3],
    ['a key that stands twice', '[default]\naws_access_key_id = a\nAWS_ACCESS_KEY_ID = b\n', 3],
    ['a key over several lines', '[default]\naws_session_token =\n  abc\n', 3],
    ['spaces in the brackets', '[ default ]\n', 1],
    ['what is no credentials file', '{"default": {}}\n', 1],
  ])('refuses %s', (_name, text, line) => {
    const edit = editProfile(text, 'default', ENTRIES);
    expect(edit).toMatchObject({ ok: false, line });
  });

  it('hands back what the profile held', () => {
    const edit = editProfile('[default]\nRole_ARN = x\naws_access_key_id = AKIAOLD\n', 'default', ENTRIES);
    expect(edit.ok && [...edit.before]).toEqual([
      ['role_arn', 'x'],
      ['aws_access_key_id', 'AKIAOLD'],
    ]);
  });
});

// A file as a person may have left it. Lines of the edited profile's own keys are marked, so the properties below know what may
// change without asking the parser.
interface MarkedLine {
  readonly text: string;
  readonly ours: boolean;
}

const other = (text: string): MarkedLine => ({ text, ours: false });
const foreignLine = fc
  .oneof(
    fc.constantFrom('', '   ', '# aws_access_key_id = commented', '; [default]', '  # indented comment', '#'),
    fc
      .tuple(
        fc.constantFrom('region', 'output', 'x_custom', 's3'),
        fc.constantFrom('=', ' = ', ': ', '\t=\t'),
        fc.constantFrom('', 'a', 'é ü', 'v # not a comment', '[x]'),
      )
      .map(([key, gap, value]) => `${key}${gap}${value}`),
    fc.constantFrom('nested =\n  aws_access_key_id = inner', 'nested =\n    a = 1\n\n    b = 2'),
  )
  .map(other);
const ownLine = (key: string): fc.Arbitrary<MarkedLine> =>
  fc
    .tuple(
      fc.constantFrom(key, key.toUpperCase()),
      fc.constantFrom('=', ' = ', ' : ', '='),
      fc.constantFrom('', 'OLD', 'OLD # x'),
    )
    .map(([name, gap, value]) => ({ text: `${name}${gap}${value}`, ours: true }));
const ownLines = fc.shuffledSubarray([...KEYS]).chain((keys) => fc.tuple(...keys.map(ownLine)));
const body = (own: fc.Arbitrary<MarkedLine[]>): fc.Arbitrary<MarkedLine[]> =>
  fc
    .tuple(own, fc.uniqueArray(foreignLine, { maxLength: 6, selector: ({ text }) => /^[^\s=:]*/.exec(text)?.[0] }))
    .chain(([mine, theirs]) => fc.shuffledSubarray([...mine, ...theirs], { minLength: mine.length + theirs.length }));
const profileOf = (name: string): fc.Arbitrary<MarkedLine[]> =>
  body(name === 'default' ? ownLines : fc.constantFrom([], [other('aws_access_key_id = THEIRS')])).map((lines) => [
    other(`[${name}]`),
    ...lines,
  ]);
const file = fc
  .record({
    top: fc.subarray([other('# top'), other('')]),
    profiles: fc
      .shuffledSubarray(['default', 'two', 'Default', 'three.x'])
      .chain((names) => fc.tuple(...names.map(profileOf))),
    eol: fc.constantFrom('\n', '\r\n'),
    ended: fc.boolean(),
  })
  .map(({ top, profiles, eol, ended }) => {
    const lines = [...top, ...profiles.flat()];
    return {
      lines,
      eol,
      text:
        lines
          .map(({ text }) => text)
          .join('\n')
          .replaceAll('\n', eol) + (ended && lines.length > 0 ? eol : ''),
    };
  });

/** A reader of its own: the steps of Python's configparser (3.11, `RawConfigParser._read`), undefined where it raises. */
function read(text: string): Map<string, Map<string, string>> | undefined {
  const profiles = new Map<string, Map<string, string>>();
  let profile: Map<string, string> | undefined;
  let key: string | undefined;
  let indent = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const value = line.trim();
    if (value === '' || /^[#;]/.test(value)) continue;
    const depth = line.search(/\S/);
    if (profile !== undefined && key !== undefined && depth > indent) {
      profile.set(key, `${profile.get(key) ?? ''}\n${value}`);
      continue;
    }
    indent = depth;
    const header = /^\[(.+)\]/.exec(value)?.[1];
    const [, name = '', set = ''] = /^(.*?)\s*[=:]\s*(.*)$/.exec(value) ?? [];
    if (header !== undefined) {
      if (profiles.has(header)) return undefined;
      profile = new Map<string, string>();
      profiles.set(header, profile);
      key = undefined;
    } else {
      key = name.toLowerCase();
      if (profile === undefined || key === '' || profile.has(key)) return undefined;
      profile.set(key, set);
    }
  }
  return profiles;
}

/** Text that is only just a credentials file, or not one. */
const soup = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('\n', '\n', '\r\n') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('[a]', '[default]', '[b ]', ' ', '\t', '# c', ';', '=', ':', '[', ']', '\r'),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('k = v', 'k2=', 's3 =', 'aws_access_key_id = X', 'aws_session_token: Y'),
      },
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(''));

describe('properties', () => {
  it('changes nothing but the lines of its own keys', () => {
    fc.assert(
      fc.property(file, ({ lines, text, eol }) => {
        const result = edited(text);
        // What the generator did not mark must still be there, in order, as whole lines.
        const kept = result.split(text.includes(eol) ? eol : '\n');
        let from = 0;
        for (const wanted of lines.filter(({ ours }) => !ours).flatMap((line) => line.text.split('\n'))) {
          const at = kept.indexOf(wanted, from);
          expect(at, `${JSON.stringify(wanted)} in ${JSON.stringify(result)}`).toBeGreaterThanOrEqual(from);
          from = at + 1;
        }
        if (text.includes(eol)) expect(result.replaceAll(eol, '')).not.toMatch(/[\r\n]/);
        const marked = lines.filter(({ ours }) => ours).length;
        const added = (lines.some(({ text: line }) => line === '[default]') ? 0 : 1) + KEYS.length - marked;
        const total = (value: string): number => value.split(/\r?\n/).filter((line) => line.trim() !== '').length;
        expect(total(result)).toBe(total(text) + added);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps every other setting and sets its own', () => {
    const judged = (text: string): void => {
      const edit = editProfile(text, 'default', ENTRIES);
      const before = read(text);
      if (!edit.ok || before === undefined) return;
      const after = read(edit.text);
      for (const [key, value] of ENTRIES) {
        expect(after?.get('default')?.get(key)).toBe(value);
        before.get('default')?.delete(key);
        after?.get('default')?.delete(key);
      }
      if (!before.has('default')) after?.delete('default');
      expect(after).toEqual(before);
    };
    fc.assert(
      fc.property(file, ({ text }) => {
        expect(read(text), 'the generator makes what configparser reads').toBeDefined();
        judged(text);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(soup, judged), { numRuns: 20_000 });
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(file, ({ text }) => {
        const once = edited(text);
        expect(edited(once)).toBe(once);
      }),
    );
  });

  it('either refuses or edits any text at all, and never touches what stands before the profile', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const edit = editProfile(text, 'default', ENTRIES);
        if (edit.ok) expect(edit.text.startsWith(text)).toBe(true);
      }),
    );
  });
});
