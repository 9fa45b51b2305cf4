/** Secret paths with claims in them, and the Vault policy that they become. */

import { type ClaimSpec, mayHold, specOf } from '../../claims/claim.ts';
import { type Path, type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { suggest } from '../../claims/suggest.ts';
import { type Admission, isExact, pinnedValue, tableOf } from '../admission.ts';
import { matcherText } from '../matcher.ts';
import { type VaultGrantArgs } from './grant.ts';

/** One rule of a Vault policy. In the path `{claim}` still stands for the value. */
export interface PathRule {
  readonly path: string;
  readonly capabilities: readonly string[];
}

export interface CompiledPaths {
  readonly rules: readonly PathRule[];
  /** Claims that the paths use: they must be mapped to metadata. */
  readonly claims: readonly string[];
}

const TEMPLATE = /\{([^{}]*)\}/g;

/** Characters that mean nothing else in HCL or in a Vault path. */
const PLAIN = /^[A-Za-z0-9_.\-/{}*+]+$/;

/** Each path of a grant, with what may be done there and where it stands in the declaration. */
function entriesOf(grant: VaultGrantArgs) {
  const groups = [
    { name: 'read', paths: grant.read ?? [], capabilities: ['read'] },
    { name: 'write', paths: grant.write ?? [], capabilities: ['create', 'update'] },
  ];
  return groups.flatMap(({ name, paths, capabilities }) =>
    paths.map((path, index) => ({ path, capabilities, at: ['vault', name, index] })),
  );
}

/** What is wrong with the paths, whoever gets them. */
export function checkPaths(grant: VaultGrantArgs): Problem[] {
  const paths = entriesOf(grant).flatMap(({ path, at }) => [
    ...checkPath(path, at),
    ...(grant.kv === 2 ? checkTwiceData(path, at) : []),
  ]);
  if (grant.kv === undefined || grant.kv === 1 || grant.kv === 2) return paths;
  return [...paths, problem(['vault', 'kv'], `there is no version ${grant.kv} of the KV engine`, 'write 1 or 2')];
}

/** The rules of a policy for these paths. */
export function pathRules(grant: VaultGrantArgs): PathRule[] {
  return entriesOf(grant).map(({ path, capabilities }) => ({
    path: grant.kv === 2 ? insertData(path) : path,
    capabilities,
  }));
}

/** The rules of the policy, for paths that `checkPaths` finds nothing wrong with. */
export function compilePaths(admission: Admission, grant: VaultGrantArgs): Result<CompiledPaths> {
  const entries = entriesOf(grant);
  const problems = entries.flatMap(({ path, at }) => checkTemplates(admission, path, at));
  if (problems.length > 0) return refuse(...problems);
  const rules = pathRules(grant).map(({ path, capabilities }) => ({ path: withPinned(admission, path), capabilities }));
  return accept({ rules, claims: [...new Set(rules.flatMap(({ path }) => templatesOf(path)))] });
}

/**
 * A claim with one value is written down as it is. Metadata belongs to the entity, not to the role: another role of the
 * mount, bound to another value, would change the path for tokens of this one.
 */
function withPinned({ constraints }: Admission, path: string): string {
  return path.replace(TEMPLATE, (template, claim: string) => pinnedValue(constraints, claim) ?? template);
}

/** The path for one token; undefined where a value is missing. */
export function fillPath(path: string, valueOf: (claim: string) => string | undefined): string | undefined {
  if (templatesOf(path).some((claim) => valueOf(claim) === undefined)) return undefined;
  return path.replace(TEMPLATE, (_, claim: string) => valueOf(claim) ?? '');
}

const templatesOf = (path: string): string[] => Array.from(path.matchAll(TEMPLATE), (match) => match[1] ?? '');

/** In version 2 of the KV engine the data is at `<mount>/data/<path>` (Vault API, KV version 2). */
function insertData(path: string): string {
  const [mount = '', ...rest] = path.split('/');
  return [mount, 'data', ...rest].join('/');
}

function checkTwiceData(path: string, at: Path): Problem[] {
  const [mount = '', second, ...rest] = path.split('/');
  if (second !== 'data') return [];
  return [
    problem(
      at,
      `with \`kv: 2\` this would be \`${insertData(path)}\`: \`data/\` is inserted after the first segment`,
      `write ${[mount, ...rest].join('/')}`,
    ),
  ];
}

function checkPath(path: string, at: Path): Problem[] {
  const rules: readonly [boolean, string, string][] = [
    [path === '', 'the path is empty', 'write <mount>/<path>'],
    [path.startsWith('/'), `\`${path}\` begins with a slash`, 'Vault paths do not'],
    [!PLAIN.test(path), `\`${path}\` holds a character that no Vault path should`, 'use letters, digits and . - _ /'],
    [
      path.includes('+'),
      `\`${path}\` holds \`+\`, which in Vault is any one segment`,
      'name the segment, or write `*` at the end',
    ],
    [
      path.includes('*') && path.indexOf('*') < path.length - 1,
      `\`${path}\` has a \`*\` that is not at its end`,
      'Vault reads `*` as a wildcard only there',
    ],
    [/[^/]\*$/.test(path), `\`${path}\` also matches names that merely begin like this`, 'put a slash before the `*`'],
    [/^\*|^[^/]+\/?\*?$/.test(path), `\`${path}\` is a whole secrets engine`, 'name a path inside it'],
    [
      /^(?:sys|auth|identity)\//.test(path),
      `\`${path}\` is part of Vault itself, and no secret`,
      'grant it by a policy of your own, in `policies`',
    ],
    [
      /[{}]/.test(path.replace(TEMPLATE, '')),
      `\`${path}\` has a brace without its partner`,
      'a claim stands in a path as {claim}',
    ],
    [
      path.split('/').some((segment) => segment === '.' || segment === '..'),
      `\`${path}\` has a segment of dots`,
      'write the path itself',
    ],
    [path.includes('//'), `\`${path}\` has an empty segment`, 'write the path without it'],
  ];
  const broken = rules.find(([holds]) => holds);
  return broken === undefined ? [] : [problem(at, broken[1], broken[2])];
}

function checkTemplates(admission: Admission, path: string, at: Path): Problem[] {
  const table = tableOf(admission);
  return Array.from(path.matchAll(TEMPLATE)).flatMap((match) => {
    const claim = match[1] ?? '';
    const before = path[match.index - 1];
    const after = path[match.index + match[0].length];
    if (before !== '/' || (after !== undefined && after !== '/')) {
      return [
        problem(
          at,
          `\`{${claim}}\` must be a whole segment of the path`,
          `write /{${claim}}/: next to other characters a value could widen the path`,
        ),
      ];
    }
    const spec = specOf(table, claim);
    if (spec === undefined)
      return [
        problem(
          at,
          `tokens of ${admission.issuer.profile} have no claim \`${claim}\``,
          suggest(claim, Object.keys(table)),
        ),
      ];
    return checkTemplateClaim(admission, claim, spec, at);
  });
}

/** Values go into the path unescaped, before wildcards are read (Vault, templated policies). */
export function checkTemplateClaim(admission: Admission, claim: string, spec: ClaimSpec, at: Path): Problem[] {
  const constraint = admission.constraints.find((one) => one.claim === claim);
  const values = constraint?.anyOf ?? [];
  if (spec.type !== 'string' || spec.pointer !== undefined)
    return [problem(at, `\`${claim}\` cannot stand in a path`, 'use an id')];
  if (isExact(constraint)) {
    const odd = values
      .map(matcherText)
      .find(
        (value) => !/^[A-Za-z0-9_.@-]+(?:\/[A-Za-z0-9_.@-]+)*$/.test(value) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(value),
      );
    return odd === undefined
      ? []
      : [problem(at, `the value \`${odd}\` of \`${claim}\` would widen the path`, 'use an id')];
  }
  const advice = `bind \`${claim}\` to exact values in \`admit\`, or use an id`;
  if (mayHold(spec.alphabet, '/'))
    return [problem(at, `a value of \`${claim}\` may hold a slash and so reach other paths`, advice)];
  if (spec.userControlled || !spec.immutable)
    return [
      problem(
        at,
        `\`${claim}\` is ${spec.userControlled ? 'chosen by whoever starts the workload' : 'a name that somebody else can have later'}`,
        advice,
      ),
    ];
  if (spec.presence === 'sometimes' && constraint === undefined)
    return [
      problem(
        at,
        `\`${claim}\` is there only when ${spec.when ?? 'it is set'}; without it the path is dropped`,
        `bind \`${claim}\` in \`admit\``,
      ),
    ];
  return [];
}

/** The policy in HCL; claims become the metadata of the mount's alias. */
export function renderPolicy(rules: readonly PathRule[], accessor: string): string {
  return rules
    .map(({ path, capabilities }) => {
      const written = path.replace(
        TEMPLATE,
        (_, claim: string) => `{{identity.entity.aliases.${accessor}.metadata.${claim}}}`,
      );
      return `path "${written}" {\n  capabilities = [${capabilities.map((one) => `"${one}"`).join(', ')}]\n}\n`;
    })
    .join('\n');
}
