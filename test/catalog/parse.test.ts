import { describe, expect, it, vi } from 'vitest';
import { parseCatalog } from '../../src/catalog/parse.ts';

/** `line:column path: message (hint)` of everything that is wrong with the shape. */
function mistakes(text: string): string[] {
  return parseCatalog(text).mistakes.map(({ line, column, path, message, hint }) => {
    const where = path.length === 0 ? '' : `${path.join('.')}: `;
    return `${line}:${column} ${where}${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
}

const ISSUERS = 'issuers: { gl: { profile: gitlab-job-jwt, iss: g } }\n';

/** An entry `api` whose lines begin on line 3. */
const entry = (...lines: string[]) => `${ISSUERS}access:\n  api:\n${lines.map((line) => `    ${line}\n`).join('')}`;

const FINE = ['issuer: gl', 'admit: { project_id: "22" }', 'vault: { policies: [p] }'];

describe('parseCatalog', () => {
  it('reads issuers, access and groups', () => {
    const { document, mistakes: found } = parseCatalog(
      `${entry(...FINE)}groups:\n  devs: { issuer: gl, member_of: acme/devs, vault: { read: [secret/x/*], kv: 2 } }\n`,
    );
    expect(found).toEqual([]);
    expect(document).toEqual({
      issuers: { gl: { profile: 'gitlab-job-jwt', iss: 'g' } },
      access: { api: { issuer: 'gl', admit: { project_id: '22' }, vault: { policies: ['p'] } } },
      groups: { devs: { issuer: 'gl', member_of: 'acme/devs', vault: { read: ['secret/x/*'], kv: 2 } } },
      environments: {},
    });
  });

  it('takes values, lists and patterns, comments, anchors and Windows line ends', () => {
    const text = entry(
      'issuer: gl # a comment',
      'admit: { project_id: &id ["22", "23"], ref: { like: "v*" }, ref_path: { like: ["a*", b*] }, ref_type: branch }',
      'vault: { policies: [p], ttl: 15m, max_ttl: 7d }',
    );
    expect(mistakes(text)).toEqual([]);
    expect(mistakes(text.replaceAll('\n', '\r\n'))).toEqual([]);
    expect(mistakes('issuers: { a: &i { profile: ona-v3 }, b: *i }\naccess: {}')).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['', ['1:1 a catalog is a map (write `issuers` and `access`)']],
    ['# nothing yet\n', ['1:1 a catalog is a map (write `issuers` and `access`)']],
    ['- a\n', ['1:1 a catalog is a map (write `issuers` and `access`)']],
    [
      '{}',
      [
        '1:1 issuers: `issuers` is missing or empty (wanted: a map)',
        '1:1 access: `access` is missing or empty (wanted: a map)',
      ],
    ],
    ['issuers:\naccess: {}\n', ['1:1 issuers: `issuers` is missing or empty (wanted: a map)']],
    ['issuers: 5\naccess: [1]\n', ['1:1 issuers: `issuers` must be a map', '2:1 access: `access` must be a map']],
    [
      'issuers: { a: 5 }\naccess: { b: }\n',
      ['1:12 issuers.a: `a` must be a map', '2:11 access.b: `b` is missing or empty (wanted: a map)'],
    ],
    [
      'isuers: {}\naccess: {}\n',
      [
        '1:1 issuers: `issuers` is missing or empty (wanted: a map)',
        '1:1 isuers: there is no `isuers` here (did you mean issuers?)',
      ],
    ],
    [
      'issuers: { a: {} }\naccess: {}\n',
      [
        '1:12 issuers.a.profile: `profile` is missing or empty (write one of: gitpod-classic, ona-v2, ona-v3, gitlab-job-jwt, gitlab-id-token, github)',
      ],
    ],
    [
      'issuers: { a: { profile: gitlab-id-tokn } }\naccess: {}\n',
      ['1:17 issuers.a.profile: `gitlab-id-tokn` is not one of the values (did you mean gitlab-id-token?)'],
    ],
    [
      'issuers: { a: { profile: github, vault_mount: /jwt/ } }\naccess: {}\n',
      ['1:34 issuers.a.vault_mount: a mount path has letters, digits, - and _, without slashes at its ends'],
    ],
    [
      'issuers: { a: { profile: github, sub_fields: x } }\naccess: {}\n',
      ['1:34 issuers.a.sub_fields: `sub_fields` must be a list'],
    ],
    [
      entry('issuer: gl', 'admit: { project_id: 22, ref_protected: true }', 'vault: { policies: [p] }'),
      [
        '5:14 access.api.admit.project_id: claims are strings: write "22" in quotes',
        '5:30 access.api.admit.ref_protected: claims are strings: write "true" in quotes',
      ],
    ],
    [
      entry('issuer: gl', 'admit: { project_id: ["22", 23] }', 'vault: { policies: [p] }'),
      ['5:33 access.api.admit.project_id.1: claims are strings: write "23" in quotes'],
    ],
    [
      entry('issuer: gl', 'admit: { project_id: "22", ref: { glob: "v*" } }', 'vault: { policies: [p] }'),
      ['5:32 access.api.admit.ref: there is no `glob` here (a pattern is written { like: "…*" })'],
    ],
    [
      entry('issuer: gl', 'admit: { project_id: "22", ref: }', 'vault: { policies: [p] }'),
      [
        '5:32 access.api.admit.ref: `ref` has a value of the wrong kind (write a string, a list of strings, or { like: pattern })',
      ],
    ],
    [
      entry('issuer: gl', 'admit: { project_id: [] }', 'vault: { policies: [p] }'),
      ['5:14 access.api.admit.project_id: `project_id` is empty (write a value, or leave it out)'],
    ],
    [
      entry('issuer: gl', 'vault: { policies: [p] }'),
      ['3:3 access.api.admit: `admit` is missing or empty (wanted: a map)'],
    ],
    [entry(...FINE, 'awz: {}'), ['7:5 access.api.awz: there is no `awz` here (did you mean aws?)']],
    [entry(...FINE, 'scope: org'), ['7:5 access.api.scope: `org` is not one of the values (there are: organization)']],
    [
      entry(
        'issuer: gl',
        'admit: { project_id: "22" }',
        'vault: { policies: [], ttl: 60, max_ttl: 1 hour, kv: 3, read: secret/x }',
      ),
      [
        '6:14 access.api.vault.policies: `policies` is empty (write a value, or leave it out)',
        '6:61 access.api.vault.read: `read` must be a list',
        '6:54 access.api.vault.kv: `3` is not one of the values (there are: 1, 2)',
        '6:28 access.api.vault.ttl: a duration is a whole number and a unit: 60s, 15m, 1h, 7d',
        '6:37 access.api.vault.max_ttl: a duration is a whole number and a unit: 60s, 15m, 1h, 7d',
      ],
    ],
    [
      `${ISSUERS}access: { Api_1: { issuer: gl, admit: { project_id: "22" }, vault: { policies: [p] } } }\n`,
      [
        '2:11 access.Api_1: a name has lower-case letters, digits and hyphens, begins with a letter and has at most 63 characters',
      ],
    ],
    [
      `${ISSUERS}access: { __proto__: { issuer: gl } }\n`,
      [expect.stringMatching(/^2:11 access.__proto__: a name has|^2:11 access.__proto__.admit/) as string],
    ],
    [
      'issuers: {}\naccess: {}\n? [a]\n: 1\n',
      ['1:1 [ a ]: there is no `[ a ]` here (there are: issuers, access, groups, environments, suppressions)'],
    ],
  ])('%#: %j', (text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });

  it.each<[string, string, RegExp]>([
    ['a bracket that is not closed', 'issuers:\n  a: { profile: ona-v3\naccess: {}\n', /^3:1 this is no YAML: .*\}/],
    [
      'a quote that is not closed',
      'issuers: { a: { profile: "ona-v3 } }\naccess: {}\n',
      /this is no YAML: Missing closing "quote/,
    ],
    ['a tab', 'issuers:\n\ta: {}\naccess: {}\n', /^2:1 this is no YAML: Tabs/],
    ['a key twice', `${ISSUERS}access: {}\naccess: {}\n`, /^3:1 this is no YAML: `access` is there twice/],
    ['a claim twice', entry('issuer: gl', 'admit: { ref: a, ref: b }'), /^5:22 this is no YAML: `.*` is there twice/],
    ['an entry twice', `${ISSUERS}access:\n  api: {}\n  api: {}\n`, /^4:3 this is no YAML: `api` is there twice/],
    ['two documents', 'issuers: {}\n---\naccess: {}\n', /^2:1 this is no YAML: Source contains multiple documents/],
    [
      'an alias of nothing',
      'issuers: { a: *nope }\naccess: {}\n',
      /^1:15 this is no YAML: nothing before is named &nope/,
    ],
    [
      'an alias of itself',
      'issuers: &i { a: *i }\naccess: {}\n',
      /this is no YAML: its aliases unfold to more than 100/,
    ],
    [
      'aliases of each other',
      'issuers: &a { x: &b { y: *a, z: *b } }\naccess: {}\n',
      /this is no YAML: its aliases unfold to more than 100/,
    ],
    [
      'a bomb',
      `a: &a [x]\n${'abcdefgh'
        .split('')
        .map((letter, at) => `${'bcdefghi'[at] ?? ''}: &${'bcdefghi'[at] ?? ''} [${`*${letter},`.repeat(9)}]\n`)
        .join('')}`,
      /this is no YAML: its aliases unfold to more than 100/,
    ],
  ])('of malformed YAML says where it begins to be: %s', (_, text, message) => {
    const found = mistakes(text);
    expect(found[0]).toMatch(message);
    expect(found.every((mistake) => mistake.includes('mend the line, and the rest will be checked'))).toBe(true);
    expect(parseCatalog(text).document).toEqual({ issuers: {}, access: {}, groups: {}, environments: {} });
  });

  it('does not print warnings of its own', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    parseCatalog('issuers: !!x {}\naccess: {}\n');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('reads an entry in spite of a key too many, so that the rest of it is checked', () => {
    const { document } = parseCatalog(entry(...FINE, 'awz: {}'));
    expect(document.access.api).toMatchObject({ issuer: 'gl' });
    expect(parseCatalog(entry('issuer: gl')).document.access).toEqual({ api: undefined });
  });

  it('finds the place of what is not there in what is around it', () => {
    const { source } = parseCatalog(entry(...FINE));
    expect(source.locate(['access', 'api', 'admit', 'project_id'])).toEqual({ line: 5, column: 14 });
    expect(source.locate(['access', 'api', 'vault', 'policies', 0])).toEqual({ line: 6, column: 25 });
    expect(source.locate(['access', 'api', 'aws', 'session'])).toEqual({ line: 3, column: 3 });
    expect(source.locate(['nowhere'])).toEqual({ line: 1, column: 1 });
    expect(source.locate([])).toEqual({ line: 1, column: 1 });
  });
});
