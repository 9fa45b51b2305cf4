/** Templated policies: what is put into a path unescaped can widen it. */

import { mayHold } from '../../claims/claim.ts';
import { ANY_TEXT, choice, sequence, text } from '../../trust/language/regular.ts';
import { claimIn, not } from '../../trust/tokens/token-set.ts';
import { type BoundValue } from '../../trust/vault/role.ts';
import { type Found, type RuleText } from '../rule.ts';
import { specIn } from '../trust.ts';
import { shownToken } from '../witness.ts';
import { boundValues } from './bound-values.ts';
import { type VaultTrust, specsByName } from './login.ts';

export const templateText: RuleText = {
  id: 'vault-template',
  severity: 'high',
  title: 'a templated path that a value can widen',
  reason:
    'values go into the path unescaped, before wildcards are read: a slash, a `*` or a missing value reaches other paths',
  fix: 'put a slash after the template, and map only ids, or claims that the role binds to exact values',
};

export interface TemplatedPath {
  readonly path: string;
  /** Metadata keys; `name` of the alias is the user claim. */
  readonly keys: readonly string[];
  /** Is some template not a whole segment? */
  readonly loose: boolean;
}

const TEMPLATE =
  /\{\{\s*(?:identity\.entity\.aliases\.[^.\s}]+\.(?:metadata\.(?<key>[^\s}]+)|name)|identity\.[^}]*)\s*\}\}/g;

/** The paths of a policy, in HCL or JSON, that have templates. */
export function templatedPaths(policy: string): readonly TemplatedPath[] {
  const written = [...policy.matchAll(/(?:path\s+)?"((?:[^"\\]|\\.)*\{\{(?:[^"\\]|\\.)*)"\s*[:{]/g)];
  return written.map(([, path = '']) => {
    const found = [...path.matchAll(TEMPLATE)];
    const loose = found.some((match) => {
      const [before, after] = [path[match.index - 1], path[match.index + match[0].length]];
      return (before !== undefined && before !== '/') || (after !== undefined && after !== '/');
    });
    return { path, keys: found.flatMap(({ groups }) => groups?.key ?? []), loose };
  });
}

/** Paths in which a value stands beside other characters, whoever uses the policy. */
export function findLoosePaths(policy: string): Found[] {
  return templatedPaths(policy)
    .filter(({ loose }) => loose)
    .map(({ path }) => ({
      message: `\`${path}\`: the template is no whole segment of the path`,
      path: `path ${path}`,
    }));
}

/**
 * Claims that the role maps into paths without binding them.
 * @param used metadata keys that its policies use; undefined where not all of them are known
 */
export function findMappings(trust: VaultTrust, used: ReadonlySet<string> | undefined): Found[] {
  const { role, questions, part } = trust;
  return Object.entries(role.claim_mappings ?? {}).flatMap(([claim, key]): Found[] => {
    if (used !== undefined && !used.has(key)) return [];
    const exact = exactValues(trust, claim);
    const other = not(claimIn(claim, choice(...exact.map(text))));
    const found = questions.find(part.tokens, claimIn(claim, ANY_TEXT), other);
    if (found === undefined) return [];
    const what = widens(trust, claim);
    if (what === undefined) return [];
    const slashed = questions.find(part.tokens, claimIn(claim, sequence(ANY_TEXT, text('/'), ANY_TEXT)), other);
    return [
      {
        message: `\`${claim}\` is mapped to \`${key}\` and not bound to exact values: ${what}`,
        path: `role.claim_mappings.${claim}`,
        witness: shownToken(slashed ?? found),
      },
    ];
  });
}

const exactValues = (trust: VaultTrust, claim: string): string[] =>
  boundValues(trust).flatMap(({ claim: own, value }: { claim: string; value: BoundValue }) =>
    own === claim && typeof value === 'string' && !value.includes('*') ? [value] : [],
  );

/** How an unbound value of the claim reaches other paths; undefined where it cannot. */
function widens(trust: VaultTrust, claim: string): string | undefined {
  const spec = specIn(trust, claim);
  const specs = spec === undefined ? specsByName(claim) : [spec];
  if (specs.some(({ alphabet }) => mayHold(alphabet, '/'))) return 'its value may hold a slash';
  if (specs.some(({ userControlled }) => userControlled)) return 'whoever starts the workload chooses it';
  if (specs.some(({ immutable }) => !immutable)) return 'somebody else can have the name later';
  return specs.length === 0 && claim !== 'sub' ? 'nothing is known of its values' : undefined;
}
