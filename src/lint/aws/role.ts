/** A role of IAM: who may take it, and what it may do. */

import { describeProblem } from '../../claims/problem.ts';
import { LOGIN_ACTION, coversAction } from '../../trust/aws/evaluate.ts';
import { type Statement, parseTrustPolicy } from '../../trust/aws/policy.ts';
import { type OidcProvider } from '../../trust/aws/request.ts';
import { type AwsProvider, type AwsRole } from '../../trust/resource.ts';
import { type Gap, gapsIn, knownPolicy } from '../known.ts';
import { insecureUrlText, insecureUrls } from '../issuer/insecure-url.ts';
import { type Finding, type Found, type LintResult, NOTHING, type ShownToken, findingOf } from '../rule.ts';
import { findLongSession, maximumLifeText } from '../both/maximum-life.ts';
import { type LintOptions } from '../options.ts';
import { type Spaces } from '../spaces.ts';
import { undecidedGap, undecidedText } from '../undecided.ts';
import { findPermissions, permissionsText } from './permissions.ts';
import { findSession, sessionText } from './session.ts';
import { type TrustShapes } from './shapes.ts';
import { issuersOf } from './trust.ts';

export interface AwsContext {
  readonly providers: readonly AwsProvider[];
  readonly spaces: Spaces;
  readonly shapes: TrustShapes;
  readonly options: LintOptions;
}

export function lintAwsRole(role: AwsRole, { providers, spaces, shapes, options }: AwsContext): LintResult {
  const { place } = role;
  const { document, gaps, statements } = knownPolicy(jsonOf(role.trustPolicy));
  const unknown = (found: readonly Gap[]) => found.map((gap) => findingOf(undecidedText, place, undecidedGap(gap)));
  if (statements.length === 0 && gaps.length > 0) {
    const own = unknown(gaps.map((gap) => ({ ...gap, path: gap.path === '' ? 'trust policy' : gap.path })));
    return { ...NOTHING, findings: own };
  }
  const policy = parseTrustPolicy(document);
  if (!policy.ok) {
    const unreadable = policy.problems.map((found) => ({ place, message: describeProblem(found) }));
    return { ...NOTHING, unreadable };
  }
  const judged = issuersOf(policy.value).map((prefix) =>
    shapes.judge(policy.value, prefix, {
      spaces,
      provider: providerOf(prefix, providers),
      declared: role.declared,
      tenants: options.tenants,
    }),
  );
  const moved = (found: Found): Found => ({ ...found, path: renumbered(found.path, statements) });
  const found = judged
    .flatMap(({ findings }) => findings)
    .map(({ rule, ...one }) => findingOf(rule, place, moved(one)));
  const doubtful = policy.value.statements.flatMap(doubtOf).map((one) => findingOf(undecidedText, place, moved(one)));
  const isFederated = judged.length > 0 || doubtful.length > 0;
  return {
    findings: [
      ...found,
      ...doubtful,
      ...unknown(gaps),
      ...(isFederated
        ? lintGrants(role, () => judged.find(({ example }) => example !== undefined)?.example, options)
        : []),
    ],
    notes: judged.flatMap(({ notes }) => notes.map((message) => ({ place, message }))),
    unreadable: [],
  };
}

/**
 * What a role may do is a matter of trust where tokens may take it.
 * @param example a token that takes it, asked for where something is found
 */
function lintGrants(role: AwsRole, example: () => ShownToken | undefined, { maximum = {} }: LintOptions): Finding[] {
  const { place, managed, inline, boundary, session } = role;
  const withWitness = (found: Found): Found => {
    const witness = example();
    return witness === undefined ? found : { ...found, witness };
  };
  const documents = inline.map(({ name, document }) => [`policy ${name}`, document]);
  return [
    ...findPermissions(role).map((found) => findingOf(permissionsText, place, withWitness(found))),
    ...findSession(role).map((found) => findingOf(sessionText, place, withWitness(found))),
    ...findLongSession(session, maximum).map((found) => findingOf(maximumLifeText, place, withWitness(found))),
    ...gapsIn({ 'managed policies': managed, ...Object.fromEntries(documents), boundary, session }).map((gap) =>
      findingOf(undecidedText, place, undecidedGap(gap)),
    ),
  ];
}

export function lintProvider({ place, url, clientIds }: AwsProvider): LintResult {
  const gaps = gapsIn({ url, clientIds });
  const withScheme = typeof url === 'string' && url.includes('://') ? url : undefined;
  return {
    findings: [
      ...insecureUrls([{ path: 'url', url: withScheme }]).map((found) => findingOf(insecureUrlText, place, found)),
      ...gaps.map((gap) => findingOf(undecidedText, place, undecidedGap(gap))),
    ],
    notes: [],
    unreadable: [],
  };
}

/** Whom a principal takes in of which nothing is documented for web identities. */
export function doubtOf({ index, effect, principals, exceptPrincipals, ...statement }: Statement): Found[] {
  const login = coversAction({ index, effect, principals, exceptPrincipals, ...statement }, LOGIN_ACTION);
  if (effect === 'Deny' || !login) return [];
  const federated = principals === '*' ? ['*'] : (principals.Federated ?? []);
  const path = `Statement[${index}].${exceptPrincipals ? 'NotPrincipal' : 'Principal'}`;
  if (exceptPrincipals) return [{ message: 'what NotPrincipal lets in of web identities is not documented', path }];
  if (federated.includes('*')) return [{ message: 'whether `*` lets in web identities is not documented', path }];
  return federated
    .filter((arn) => !arn.includes(':oidc-provider/') && !arn.includes(':saml-provider/'))
    .map((name) => ({
      message: `\`${name}\` is no OIDC provider of the account: its tokens are not known here`,
      path,
    }));
}

/** JSON text, and what IAM's API percent-encodes; what is neither is left to the parser. */
function jsonOf(source: unknown): unknown {
  if (typeof source !== 'string') return source;
  try {
    return JSON.parse(source.startsWith('%7B') ? decodeURIComponent(source) : source);
  } catch {
    return source;
  }
}

/** An account has one provider for a URL: several documents of it say together what it registers. */
function providerOf(prefix: string, providers: readonly AwsProvider[]): OidcProvider | undefined {
  const found = providers.filter(({ url }) => typeof url === 'string' && url.replace(/^https:\/\//, '') === prefix);
  const lists = found.map(({ clientIds }) => clientIds);
  if (lists.length === 0 || gapsIn(lists).length > 0) return undefined;
  return { clientIds: [...new Set(lists.flat().map(String))] };
}

/** Statements that are not known were left out, and the others have their own numbers. */
const renumbered = (path: string, statements: readonly number[]): string =>
  path.replace(/^Statement\[(\d+)\]/, (_, index: string) => `Statement[${statements[Number(index)] ?? index}]`);
