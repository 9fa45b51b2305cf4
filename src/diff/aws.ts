/** Roles and OIDC providers of IAM, before and after. */

import { describeProblem } from '../claims/problem.ts';
import { doubtOf } from '../lint/aws/role.ts';
import { awsTrust, issuersOf } from '../lint/aws/trust.ts';
import { gapsIn, knownPolicy } from '../lint/known.ts';
import { type Spaces } from '../lint/spaces.ts';
import { LOGIN_ACTION, coversAction } from '../trust/aws/evaluate.ts';
import { type TrustPolicy, parseTrustPolicy } from '../trust/aws/policy.ts';
import { type AwsProvider, type AwsRole } from '../trust/resource.ts';
import { type TargetVersion } from '../trust/target-diff.ts';
import { SOURCE_IDENTITY_CLAIM, TAGS_CLAIM } from '../trust/aws/session.ts';
import { type OidcProvider } from '../trust/aws/request.ts';
import { type AwsIssuer, tokensOfTrustPolicy } from '../trust/aws/tokens.ts';
import { text } from '../trust/language/regular.ts';
import { type TokenSpace } from '../trust/tokens/space.ts';
import { EVERY_TOKEN, NO_TOKEN, type TokenSet, all, any, claimIn, not, present } from '../trust/tokens/token-set.ts';
import { type Identified, type Side, type Versions, fileWithin, inPairs, resourcesOf } from './versions.ts';

export interface AwsSides {
  readonly before: Side;
  readonly after: Side;
  readonly spaces: Spaces;
}

/** What AWS would not store, by place: nothing is compared then. */
export interface Unreadable {
  readonly file: string;
  readonly resource: string;
  readonly message: string;
}

export function awsVersions(sides: AwsSides, unreadable: Unreadable[]): Versions {
  const { before, after } = sides;
  const providers = inPairs(identifiedProviders(before), identifiedProviders(after));
  // A provider that only one side tells of may be there in both, and is taken to be the same.
  const known = (at: 0 | 1) => providers.flatMap(([old, next]) => (at === 0 ? (old ?? next) : (next ?? old)) ?? []);
  const roles = inPairs(identifiedRoles(before), identifiedRoles(after)).map(([old, next]) => {
    const [left, right] = [old && readRole(old, unreadable), next && readRole(next, unreadable)];
    const issuers = [...new Set([...(left?.issuers ?? []), ...(right?.issuers ?? [])])];
    const space = spaceFor(issuers, [left, right], sides.spaces);
    return [
      old && left && roleVersion(old, withDoubts(left, right), space, { sides, providers: known(0), issuers }),
      next && right && roleVersion(next, withDoubts(right, left), space, { sides, providers: known(1), issuers }),
    ] as const;
  });
  return [
    ...roles,
    ...providers.map(
      ([old, next]) => [providerVersion(old, sides.spaces), providerVersion(next, sides.spaces)] as const,
    ),
  ];
}

function identifiedRoles(side: Side): Identified<AwsRole>[] {
  const roles = resourcesOf(side, 'aws-role');
  const names = Map.groupBy(roles, ({ name }) => name);
  return roles.map((resource) => {
    const { name, place } = resource;
    const at = JSON.stringify([fileWithin(side, resource), place.resource]);
    // In two accounts there may be two roles of one name.
    const unique = name !== undefined && names.get(name)?.length === 1;
    const key = unique ? `name ${name}` : `place ${name ?? ''} ${at}`;
    return { key, named: name !== undefined, resource };
  });
}

function identifiedProviders(side: Side): Identified<AwsProvider>[] {
  return resourcesOf(side, 'aws-provider').map((resource) => ({
    key: urlOf(resource),
    named: typeof resource.url === 'string',
    resource,
  }));
}

const urlOf = ({ url, place }: AwsProvider): string =>
  typeof url === 'string' ? `https://${url.replace(/^https:\/\//, '')}` : `(${place.resource})`;

interface ReadRole {
  readonly policy: TrustPolicy | undefined;
  readonly gaps: readonly string[];
  /** What the policy says of which nothing is documented. */
  readonly doubts: readonly string[];
  readonly issuers: readonly string[];
}

function readRole({ trustPolicy, place }: AwsRole, unreadable: Unreadable[]): ReadRole {
  const { document, gaps, statements } = knownPolicy(jsonOf(trustPolicy));
  const said = gaps.map(({ path, why }) => `${path === '' ? 'the trust policy' : path} is not known: ${why}`);
  const nothing = { policy: undefined, gaps: said, doubts: [], issuers: [] };
  if (statements.length === 0 && gaps.length > 0) return nothing;
  const policy = parseTrustPolicy(document);
  if (!policy.ok) {
    unreadable.push(...policy.problems.map((found) => ({ ...place, message: describeProblem(found) })));
    return nothing;
  }
  const doubts = policy.value.statements.flatMap(doubtOf).map(({ path, message }) => `${path}: ${message}`);
  return { policy: policy.value, gaps: said, doubts, issuers: issuersOf(policy.value) };
}

/** The same words mean the same, whatever they mean. */
const withDoubts = (role: ReadRole, other: ReadRole | undefined): ReadRole =>
  JSON.stringify(role.policy) === JSON.stringify(other?.policy)
    ? role
    : { ...role, gaps: [...role.gaps, ...role.doubts] };

/** JSON text, and what IAM's API percent-encodes; what is neither is left to the parser. */
function jsonOf(source: unknown): unknown {
  if (typeof source !== 'string') return source;
  try {
    return JSON.parse(source.startsWith('%7B') ? decodeURIComponent(source) : source);
  } catch {
    return source;
  }
}

/** The tokens of each issuer that either version names, as both versions tell of them. */
function spaceFor(
  prefixes: readonly string[],
  versions: readonly (ReadRole | undefined)[],
  spaces: Spaces,
): TokenSpace {
  return prefixes.flatMap((prefix) =>
    versions.flatMap((version) =>
      version?.policy === undefined
        ? []
        : awsTrust(version.policy, prefix, { spaces }).questions.issuer.space.map(withSourceIdentity),
    ),
  );
}

interface Within {
  readonly sides: AwsSides;
  readonly providers: readonly AwsProvider[];
  readonly issuers: readonly string[];
}

function roleVersion(role: AwsRole, read: ReadRole, space: TokenSpace, within: Within): TargetVersion {
  const { policy, gaps } = read;
  const tokens =
    policy === undefined ? NO_TOKEN : any(...within.issuers.map((prefix) => tokensFrom(prefix, policy, within)));
  const { grants, unknown } = grantsOf(role);
  const session = grants.session;
  return {
    target: { kind: 'aws', role: role.name ?? `${role.place.file}: ${role.place.resource}` },
    space,
    // A statement that is not known may deny as well as allow.
    tokens: gaps.length > 0 ? NO_TOKEN : tokens,
    ...(gaps.length > 0 ? { atMost: EVERY_TOKEN, gaps } : {}),
    grants,
    unknownGrants: unknown,
    ...(typeof session === 'number' ? { life: { kind: 'seconds', seconds: session } as const } : {}),
  };
}

function tokensFrom(prefix: string, policy: TrustPolicy, { sides, providers }: Within): TokenSet {
  const { visible } = awsTrust(policy, prefix, { spaces: sides.spaces });
  const issuer = `https://${prefix}`;
  const found = providers.find((one) => urlOf(one) === issuer);
  const provider = found === undefined ? undefined : clientsOf(found);
  const at = { issuer, visible, ...(provider === undefined ? {} : { provider }) };
  return all(claimIn('iss', text(issuer)), tokensOfTrustPolicy(policy, at), ...furtherDemands(policy, at));
}

/** What a token may ask for beside the role, by the action that must be allowed then (IAM User Guide, session tags). */
const FURTHER: readonly (readonly [action: string, claim: string])[] = [
  ['sts:TagSession', `/${TAGS_CLAIM.replaceAll('/', '~1')}/principal_tags/`],
  ['sts:SetSourceIdentity', SOURCE_IDENTITY_CLAIM],
];

/** Of tags any stands for all, beside those that the policy names. */
const SOME_TAG = 'Team';
const SOMEBODY = 'somebody';

function furtherDemands(policy: TrustPolicy, issuer: AwsIssuer): TokenSet[] {
  const named = policy.statements
    .flatMap(({ conditions }) => conditions)
    .flatMap(({ key }) => /^aws:requesttag\/(.*)$/i.exec(key)?.[1] ?? []);
  return FURTHER.map(([action, claim]) => {
    const statements = policy.statements
      .filter((statement) => coversAction(statement, action))
      .map((statement) => ({ ...statement, actions: [LOGIN_ACTION], exceptActions: false }));
    const claims = claim.endsWith('/') ? [...named, SOME_TAG].map((tag) => `${claim}${pointed(tag)}`) : [claim];
    const asked = claim === SOURCE_IDENTITY_CLAIM ? claimIn(claim, text(SOMEBODY)) : EVERY_TOKEN;
    return any(not(any(...claims.map(present))), all(asked, tokensOfTrustPolicy({ ...policy, statements }, issuer)));
  });
}

const pointed = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Any issuer may send it. */
const withSourceIdentity = (one: TokenSpace[number]): TokenSpace[number] => ({
  ...one,
  isFree: (claim) => claim === SOURCE_IDENTITY_CLAIM || one.isFree(claim),
});

function clientsOf({ clientIds }: AwsProvider): OidcProvider | undefined {
  if (!Array.isArray(clientIds) || gapsIn(clientIds).length > 0) return undefined;
  return { clientIds: clientIds.map(String) };
}

const DEFAULT_SESSION = 3600;

/** What is known of it, and what is not. */
function grantsOf({ managed, inline, boundary, session }: AwsRole) {
  const documents = Object.fromEntries(inline.map(({ name, document }) => [name, document]));
  const source = { managed: [...managed].map(nameOf).sort(), inline: documents, boundary: nameOf(boundary), session };
  const gaps = gapsIn(source);
  const isKnown = (name: string) =>
    !gaps.some(({ path }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
  const written = Object.entries(documents).map(([name, document]) => [
    name,
    typeof document === 'string' ? compact(document) : JSON.stringify(document),
  ]);
  return {
    grants: {
      ...(isKnown('managed') ? { managed: source.managed } : {}),
      ...(isKnown('inline') ? { inline: Object.fromEntries(written) as unknown } : {}),
      ...(isKnown('boundary') && boundary !== undefined && boundary !== '' ? { boundary: source.boundary } : {}),
      ...(isKnown('session') ? { session: typeof session === 'number' ? session : DEFAULT_SESSION } : {}),
    } as Readonly<Record<string, unknown>>,
    unknown: gaps.map(({ path, why }) => ({
      what: /^\w+/.exec(path)?.[0] ?? path,
      why: `${path} is not known: ${why}`,
    })),
  };
}

/** A managed policy of AWS has the same name in every partition. */
const nameOf = (policy: unknown): unknown =>
  typeof policy === 'string' ? policy.replace(/^arn:aws[a-z-]*:iam::aws:policy\//, '') : policy;

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text.startsWith('%7B') ? decodeURIComponent(text) : text));
  } catch {
    return text;
  }
}

const OPEN_STATEMENT = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' };

/** A provider lets in whatever has one of its audiences: roles that name it, in these documents or not, live by that. */
function providerVersion(provider: AwsProvider | undefined, spaces: Spaces): TargetVersion | undefined {
  if (provider === undefined) return undefined;
  const url = urlOf(provider);
  const target = { kind: 'aws-provider', url } as const;
  const gaps = gapsIn({ url: provider.url, clientIds: provider.clientIds });
  const clients = clientsOf(provider);
  const prefix = url.replace(/^https:\/\//, '');
  const Principal = { Federated: `arn:aws:iam::000000000000:oidc-provider/${prefix}` };
  const open = parseTrustPolicy({ Version: '2012-10-17', Statement: [{ ...OPEN_STATEMENT, Principal }] });
  const { space } = spaces.of(url, [], clients?.clientIds[0] ?? 'sts.amazonaws.com');
  if (gaps.length > 0 || clients === undefined || !open.ok) {
    const said = gaps.map(({ path, why }) => `${path} is not known: ${why}`);
    return { target, space, tokens: NO_TOKEN, atMost: EVERY_TOKEN, gaps: said, grants: {} };
  }
  return { target, space, tokens: tokensOfTrustPolicy(open.value, { issuer: url, provider: clients }), grants: {} };
}
