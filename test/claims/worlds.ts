// Issuers of every profile, and arbitrary tokens of theirs as the kit's own issuer would mint them.
import fc from 'fast-check';
import type { Alphabet, ClaimSpec, ClaimTable } from '../../src/claims/claim.ts';
import type { Claims, JsonValue } from '../../src/claims/claims.ts';
import { claimsFromFacts, type IssuerProfile, type Variant } from '../../src/claims/profile.ts';
import { gitlabIdToken, gitlabJobJwt } from '../../src/claims/profiles/gitlab.ts';
import { github } from '../../src/claims/profiles/github.ts';
import { gitpodClassic } from '../../src/claims/profiles/gitpod-classic.ts';
import { onaV2 } from '../../src/claims/profiles/ona-v2.ts';
import { onaV3 } from '../../src/claims/profiles/ona-v3.ts';
import { renderSubject, type SubjectGrammar } from '../../src/claims/subject.ts';

export interface World {
  readonly name: string;
  readonly issuer: IssuerProfile;
}

const world = (name: string, issuer: IssuerProfile): World => ({ name, issuer });

const CLASSIC_URL = 'https://services.acme.gitpod.cloud/idp';

export const WORLDS: readonly World[] = [
  world('gitpod-classic', gitpodClassic({ url: CLASSIC_URL })),
  world('gitpod-classic with chosen claims', gitpodClassic({ url: CLASSIC_URL, subClaims: ['org_id', 'repository'] })),
  world('ona-v2', onaV2()),
  world('ona-v3', onaV3()),
  world('ona-v3 with fields', onaV3({ subFields: ['creator_email', 'runner_id', 'creator_name'] })),
  world('ona-v3 with initializers', onaV3({ subFields: ['environment_initializers.git.remote_uri', 'creator_id'] })),
  world('gitlab-job-jwt', gitlabJobJwt({ iss: 'gitlab.example.com' })),
  world('gitlab-id-token', gitlabIdToken({ url: 'https://gitlab.example.com' })),
  world('gitlab.com', gitlabIdToken({ url: 'https://gitlab.com' })),
  world(
    'gitlab with chosen claims',
    gitlabIdToken({ url: 'https://gitlab.example.com', subClaims: ['project_id', 'environment', 'ref'] }),
  ),
  world('github', github()),
  world('github enterprise server', github({ url: 'https://ghes.example.com/_services/token' })),
  world('github with a template', github({ subTemplate: ['repository_owner_id', 'environment', 'repository_id'] })),
];

/** Few values, so that tokens collide, and among them those that look like others or hold separators. */
const VALUES: Readonly<Record<Alphabet, readonly string[]>> = {
  id: ['a1', 'a1-evil', 'b_2'],
  digits: ['1', '11', '22'],
  segment: ['acme', 'acme-evil', 'x.y'],
  path: ['acme/api', 'acme/web', 'acme-evil/api', 'evil/acme'],
  ref: ['refs/heads/main', 'refs/heads/main2', 'refs/tags/v1', 'refs/heads/100%@x'],
  flag: ['true', 'false'],
  email: ['ann@acme.com', 'bob@acme.com', 'bob@acme.com.evil.org'],
  url: ['https://github.com/acme/api', 'https://github.com/acme-evil/api', 'https://github.com/acme/api:ref:x@y'],
  text: ['prod', 'prod2', 'Ann B: 50%/2', 'x:ref:refs/heads/main', 'a:creator_id:a1'],
};

const EVENTS = ['push', 'pull_request'];

function values(claim: string, spec: ClaimSpec): fc.Arbitrary<JsonValue> {
  if (claim === 'event_name') return fc.constantFrom(...EVENTS);
  if (claim === 'environment_initializers') return initializers();
  if (spec.type === 'boolean') return fc.boolean();
  if (spec.type === 'object') return fc.constant({ groups: ['dev'] });
  if (spec.type === 'strings') return fc.subarray(['acme', 'acme/dev']);
  return fc.constantFrom(...VALUES[spec.alphabet]);
}

function initializers(): fc.Arbitrary<JsonValue> {
  const url = fc.constantFrom(...VALUES.url);
  return fc
    .tuple(url, url, fc.boolean())
    .map(([remote, context, deep]) => [
      { context_url: context, git: deep ? { remote_uri: remote } : { upstream_remote_uri: remote } },
    ]);
}

/** What is known of a workload: everything that each token has, and some of the rest. */
export function arbitraryFacts(variant: Variant): fc.Arbitrary<Claims> {
  const table: ClaimTable = variant.facts ?? variant.claims;
  const rows = Object.entries(table).filter(([, { pointer }]) => pointer === undefined);
  return fc.record(Object.fromEntries(rows.map(([claim, spec]) => [claim, values(claim, spec)])), {
    requiredKeys: rows.flatMap(([claim, { presence }]) => (presence === 'always' ? [claim] : [])),
  });
}

export type MintedClaims = Claims & { readonly sub: string };

export interface Minted {
  readonly variant: string;
  readonly claims: MintedClaims;
}

/** The subject in each form in which such a token can have it: GitHub has two of them for the same job. */
export function grammarsOf({ subject }: Variant): SubjectGrammar[] {
  if (subject.kind === 'unknown') return [subject];
  const byId = subject.templates.filter(({ parts }) => parts.some((part) => 'slice' in part));
  const byName = subject.templates.filter((form) => !byId.includes(form));
  return [byName, byId].filter(({ length }) => length > 0).map((templates) => ({ kind: 'templates', templates }));
}

export function mint(variant: Variant, grammar: SubjectGrammar, facts: Claims): MintedClaims | undefined {
  const claims = claimsFromFacts(variant, facts);
  const sub = renderSubject(grammar, { ...facts, ...claims }, { ...variant.facts, ...variant.claims });
  return sub.ok ? { ...claims, sub: sub.value } : undefined;
}

/** A token of any variant of the issuer. */
export function arbitraryToken(issuer: IssuerProfile): fc.Arbitrary<Minted> {
  const all = Object.entries(issuer.variants).flatMap(([name, variant]) =>
    grammarsOf(variant).map((grammar) =>
      arbitraryFacts(variant).map((facts) => ({ variant: name, claims: mint(variant, grammar, facts) })),
    ),
  );
  return fc.oneof(...all).filter((token): token is Minted => token.claims !== undefined);
}
