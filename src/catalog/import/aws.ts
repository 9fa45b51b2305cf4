/** From an IAM role to an entry that admits exactly its tokens, or why there is none. */

import { conditionPrefix } from '../../claims/profile.ts';
import { AWS_AUDIENCE } from '../../trust/aws/compile.ts';
import { LOGIN_ACTION, coversAction, namesProvider } from '../../trust/aws/evaluate.ts';
import { type Condition, type Statement, type TrustPolicy, parseTrustPolicy } from '../../trust/aws/policy.ts';
import { claimOfKey, isOfIssuer } from '../../trust/aws/request.ts';
import { tokensOfTrustPolicy } from '../../trust/aws/tokens.ts';
import { text } from '../../trust/language/regular.ts';
import { type Matcher } from '../../trust/matcher.ts';
import { type TokenSet, all, any, claimIn } from '../../trust/tokens/token-set.ts';
import { compileAtAws } from '../compile.ts';
import { type PlannedIssuer } from '../planned.ts';
import { type AccessEntry } from '../schema.ts';
import { type FoundAwsRole, type Imported } from './found.ts';
import { type Bounds, type Proposals } from './propose.ts';
import { type Known, admissionsOf, differences, planEntry, proposeTogether, reasonsOf } from './prove.ts';
import { duration, listed } from './write.ts';

/** Undefined where the role trusts none of the issuers. */
export function importAwsRole(found: FoundAwsRole, name: string, known: Known): Imported | undefined {
  const what = `the IAM role ${found.name}`;
  const policy = parseTrustPolicy(found.trustPolicy);
  if (!policy.ok) return { name, what, reasons: reasonsOf(policy), changes: [], files: {} };
  const issuers = issuersOf(policy.value, known.issuers);
  if (issuers.length === 0) return undefined;
  const strange = strangers(policy.value, issuers);
  const audiences = audiencesOf(policy.value, issuers);
  const candidates = proposeTogether(bounded(policy.value, issuers)).map((proposals) => ({
    proposals,
    unequal: differencesOf(policy.value, proposals, issuers, audiences),
  }));
  const best = candidates.find(({ unequal }) => unequal.length === 0) ?? candidates.at(-1);
  if (best === undefined) {
    const reasons = [...strange, 'no admission of these issuers comes near to its conditions'];
    return { name, what, reasons, changes: [], files: {} };
  }
  const [{ entry: first }, ...others] = best.proposals;
  const also = others.map(({ entry }) => entry);
  const { grant, files, missing } = grantOf(found, name);
  const audience = audiences.join() === AWS_AUDIENCE || audiences.length === 0 ? {} : { audience: listed(audiences) };
  const entry: AccessEntry = {
    ...first,
    ...(also.length === 0 ? {} : { also }),
    aws: { ...grant, ...audience, adopt: true },
  };
  const planned = planEntry(name, entry, known, files);
  const reasons = [
    ...strange,
    ...missing,
    ...(audiences.length === 0 ? ['it binds no audience (`aud`), and an entry always does'] : []),
    ...(missing.length > 0 ? [] : reasonsOf(planned)),
    ...best.unequal,
  ];
  return { name, what, entry, reasons, changes: [], files };
}

/** Issuers that some statement lets in. */
function issuersOf(policy: TrustPolicy, issuers: readonly PlannedIssuer[]): PlannedIssuer[] {
  return issuers.filter(({ profile }) => {
    const prefix = conditionPrefix(profile);
    return prefix !== undefined && logins(policy).some((statement) => namesProvider(statement, prefix) === true);
  });
}

const logins = ({ statements }: TrustPolicy): Statement[] =>
  statements.filter((statement) => statement.effect === 'Allow' && coversAction(statement, LOGIN_ACTION));

/** What an adopted role would lose: an entry is the whole of its trust. */
function strangers({ statements }: TrustPolicy, issuers: readonly PlannedIssuer[]): string[] {
  const prefixes = issuers.flatMap(({ profile }) => conditionPrefix(profile) ?? []);
  const isKnown = (arn: string) => prefixes.some((prefix) => arn.endsWith(`:oidc-provider/${prefix}`));
  return statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ index, principals, exceptPrincipals, actions, exceptActions }) => {
      const named = principals === '*' ? ['*'] : Object.values(principals).flat();
      const others = exceptPrincipals ? ['everybody but some'] : named.filter((one) => !isKnown(one));
      const further = exceptActions ? ['all actions but some'] : actions.filter((one) => one !== LOGIN_ACTION);
      return [
        ...(others.length > 0 ? [`Statement[${index}] lets in ${others.join(', ')}, which no entry says`] : []),
        ...(further.length > 0 ? [`Statement[${index}] allows ${further.join(', ')}, which no entry says`] : []),
      ];
    });
}

/** Values that a condition compares a key of the issuer with; one that compares otherwise is left to the proof. */
function boundsOf(statement: Statement, prefix: string): Bounds {
  const entries = statement.conditions
    .filter(({ key }) => isOfIssuer(key, prefix))
    .flatMap((condition): [string, Matcher[]][] => {
      const matchers = matchersOf(condition);
      return matchers === undefined ? [] : [[claimOfKey(condition.key), matchers]];
    });
  return Object.fromEntries(entries);
}

function matchersOf({ operator, values }: Condition): Matcher[] | undefined {
  const name = operator.toLowerCase().replace(/^foranyvalue:/, '');
  if (name === 'stringequals') return values.map((equals) => ({ equals }));
  if (name !== 'stringlike' && name !== 'arnlike') return undefined;
  return values.map((value) => (/[*?]/.test(value) ? { like: value } : { equals: value }));
}

function audiencesOf(policy: TrustPolicy, issuers: readonly PlannedIssuer[]): string[] {
  const values = bounded(policy, issuers).flatMap(({ audience }) =>
    audience.flatMap((one) => ('equals' in one ? [one.equals] : [])),
  );
  return [...new Set(values)].sort();
}

/** Each statement with what it binds of tokens of each provider. */
function bounded(policy: TrustPolicy, issuers: readonly PlannedIssuer[]) {
  const byPrefix = Map.groupBy(issuers, ({ profile }) => conditionPrefix(profile) ?? '');
  return logins(policy).flatMap((statement) =>
    [...byPrefix]
      .filter(([prefix]) => namesProvider(statement, prefix) === true)
      .map(([prefix, sharing]) => {
        const { aud: audience = [], ...bounds } = boundsOf(statement, prefix);
        return { audience, bounds, issuers: sharing };
      }),
  );
}

/** Does the entry's trust policy admit the same tokens? */
function differencesOf(
  policy: TrustPolicy,
  proposals: Proposals,
  issuers: readonly PlannedIssuer[],
  audiences: readonly string[],
): string[] {
  const admissions = admissionsOf(proposals);
  if (!admissions.ok) return reasonsOf(admissions);
  const compiled = compileAtAws(admissions.value, audiences.length === 0 ? undefined : audiences);
  const written = compiled.ok ? parseTrustPolicy(compiled.value) : compiled;
  if (!written.ok) return reasonsOf(written);
  const tokensOf = (of: TrustPolicy): TokenSet =>
    any(
      ...[...new Set(issuers.map(({ profile }) => profile))].map(({ issuer, awsClaims: visible }) =>
        all(claimIn('iss', text(issuer)), tokensOfTrustPolicy(of, { issuer, visible })),
      ),
    );
  return differences(tokensOf(policy), tokensOf(written.value), issuers, audiences[0] ?? AWS_AUDIENCE);
}

interface Grant {
  readonly grant: NonNullable<AccessEntry['aws']>;
  readonly files: Readonly<Record<string, string>>;
  /** What the source did not tell. */
  readonly missing: readonly string[];
}

const DEFAULT_SESSION = 3600;

/** What the role may do. Inline policies become files, by their names. */
function grantOf(found: FoundAwsRole, entry: string): Grant {
  const { managed, inline, boundary, session, path, name } = found;
  const files = Object.fromEntries(
    Object.entries(inline ?? {}).map(([policy, document]) => [`policies/${entry}/${policy}.json`, document]),
  );
  const names = (managed ?? []).map((arn) => arn.replace(/^arn:[a-z-]+:iam::aws:policy\//, ''));
  const grant = {
    ...(names.length === 0 ? {} : { managed: names }),
    ...(inline === undefined || Object.keys(files).length === 0 ? {} : { inline: listed(Object.keys(files)) }),
    ...(boundary === undefined ? {} : { boundary }),
    ...(session === undefined || session === DEFAULT_SESSION ? {} : { session: duration(session) }),
    ...(name === entry ? {} : { role: name }),
    ...(path === undefined || path === '/' ? {} : { path }),
  };
  const unknown = managed === undefined || inline === undefined;
  return { grant, files, missing: unknown ? [PERMISSIONS_UNKNOWN] : [] };
}

const PERMISSIONS_UNKNOWN =
  'what it may do is not in the file: write it in, or read what aws iam get-account-authorization-details --filter Role prints';
