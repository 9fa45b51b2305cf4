/** A catalog as resources that can be reviewed: what each entry becomes, with its line, and what was accepted. */

import { parse } from 'yaml';
import { type IssuerProfile, conditionPrefix } from '../claims/profile.ts';
import { type Result } from '../claims/problem.ts';
import { AWS_AUDIENCE } from '../trust/aws/compile.ts';
import { type Location, type Resource } from '../trust/resource.ts';
import { asVaultRole, compileVaultMount } from '../trust/vault/compile.ts';
import { renderPolicy } from '../trust/vault/path.ts';
import { compileAtAws, compileAtVault } from './compile.ts';
import { type Located, parseCatalog } from './parse.ts';
import { type CatalogPlan, type PlannedAccess, type PlannedIssuer, admissionsOf } from './planned.ts';
import { type SuppressionEntry } from './schema.ts';

/** A finding that is accepted, with its line. */
export interface LocatedSuppression extends SuppressionEntry {
  readonly place: Location;
}

export interface ReviewedCatalog {
  readonly resources: readonly Resource[];
  readonly suppressions: readonly LocatedSuppression[];
}

/** @param text of the file, in which nothing is wrong */
export function reviewCatalog(plan: CatalogPlan, file: string, text: string): ReviewedCatalog {
  const { source } = parseCatalog(text);
  const place = placeIn(source, file);
  const given = parse(text, { maxAliasCount: -1 }) as { readonly suppressions?: readonly SuppressionEntry[] };
  return {
    resources: [
      ...plan.issuers.flatMap((issuer) => issuerResources(issuer, place(['issuers', issuer.name], issuer.name))),
      ...plan.access.flatMap((entry) => entryResources(entry, place(['access', entry.name], entry.name))),
    ],
    suppressions: (given.suppressions ?? []).map((one, index) => ({
      ...one,
      place: place(['suppressions', index], `suppressions[${index}]`),
    })),
  };
}

const placeIn =
  (source: Located, file: string) =>
  (path: readonly (string | number)[], resource: string): Location => ({ file, resource, ...source.locate(path) });

function issuerResources({ profile, vaultMount }: PlannedIssuer, place: Location): Resource[] {
  const { boundIssuer, jwtSupportedAlgs, ...keys } = compileVaultMount(profile);
  const from = 'jwksUrl' in keys ? { jwks_url: keys.jwksUrl } : { oidc_discovery_url: keys.oidcDiscoveryUrl };
  const config = { ...from, bound_issuer: boundIssuer, jwt_supported_algs: jwtSupportedAlgs };
  return [
    { kind: 'issuer', place, issuer: profile.issuer, profile },
    { kind: 'vault-mount', place, path: vaultMount, config },
  ];
}

function entryResources(entry: PlannedAccess, place: Location): Resource[] {
  const organization = admissionsOf(entry).some(({ admission }) => admission.scope === 'organization');
  return [...atAws(entry, place, organization), ...atVault(entry, place, organization)];
}

function atAws(entry: PlannedAccess, place: Location, organization: boolean): Resource[] {
  const { aws } = entry;
  if (aws === undefined) return [];
  const providers = admissionsOf(entry).flatMap(({ admission }) => providerOf(admission.issuer, aws.audiences, place));
  return [
    ...providers,
    {
      kind: 'aws-role',
      place,
      name: aws.role ?? entry.name,
      trustPolicy: compiled(compileAtAws(admissionsOf(entry), aws.audiences), entry),
      managed: aws.managed,
      inline: Object.entries(aws.inline).map(([name, document]) => ({ name, document })),
      ...(aws.boundary === undefined ? {} : { boundary: aws.boundary }),
      ...(aws.session === undefined ? {} : { session: aws.session }),
      declared: { organization, session: aws.session !== undefined },
    },
  ];
}

function providerOf(issuer: IssuerProfile, audiences: readonly string[] = [AWS_AUDIENCE], place: Location): Resource[] {
  const prefix = conditionPrefix(issuer);
  return prefix === undefined ? [] : [{ kind: 'aws-provider', place, url: `https://${prefix}`, clientIds: audiences }];
}

/** Mounts keep the templates of their policies by an accessor, which is not known before they are there. */
const ACCESSOR = 'mount';

function atVault(entry: PlannedAccess, place: Location, organization: boolean): Resource[] {
  if (entry.vault === undefined) return [];
  const { role: document, rules } = compiled(compileAtVault(admissionsOf(entry), entry.vault), entry);
  const role = asVaultRole(document);
  const own = rules.length === 0 ? [] : [entry.name];
  return [
    {
      kind: 'vault-role',
      place,
      mount: entry.issuer.vaultMount,
      name: entry.vaultRole.name,
      role: { ...role, token_policies: [...(role.token_policies ?? []), ...own] },
      splitsCommas: false,
      declared: { organization },
    },
    ...own.map((name): Resource => ({ kind: 'vault-policy', place, name, text: renderPolicy(rules, ACCESSOR) })),
  ];
}

function compiled<T>(result: Result<T>, { name }: PlannedAccess): T {
  if (!result.ok) throw new Error(`the entry ${name} was planned, and cannot be compiled`);
  return result.value;
}
