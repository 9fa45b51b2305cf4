/** All rules on all resources. */

import { type Resource, type TokenIssuer } from '../trust/resource.ts';
import { lintAwsRole, lintProvider } from './aws/role.ts';
import { TrustShapes } from './aws/shapes.ts';
import { findLongToken, maximumLifeText } from './both/maximum-life.ts';
import { type LintOptions } from './options.ts';
import { insecureUrlText, insecureUrls } from './issuer/insecure-url.ts';
import { findTokenLife, tokenLifeText } from './issuer/token-life.ts';
import { gapsIn } from './known.ts';
import { type Finding, type LintResult, SEVERITIES, findingOf, joined } from './rule.ts';
import { Spaces } from './spaces.ts';
import { undecidedGap, undecidedText } from './undecided.ts';
import { lintVault } from './vault/vault.ts';

/** The most severe first, and else in the order of the resources. */
export function lint(resources: readonly Resource[], options: LintOptions = {}): LintResult {
  const spaces = new Spaces({ ...options, declared: declaredBy(resources, options) });
  const of = <K extends Resource['kind']>(kind: K) =>
    resources.filter((one): one is Extract<Resource, { kind: K }> => one.kind === kind);
  const providers = of('aws-provider');
  const shapes = new TrustShapes();
  const results = [
    ...of('aws-role').map((role) => lintAwsRole(role, { providers, spaces, shapes, options })),
    ...providers.map(lintProvider),
    lintVault({ mounts: of('vault-mount'), roles: of('vault-role'), policies: of('vault-policy') }, spaces, options),
    ...of('issuer').map((issuer) => lintIssuer(issuer, spaces, options)),
  ];
  const all = joined(results);
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return { ...all, findings: [...all.findings].sort((left, right) => rank(left) - rank(right)) };
}

/** Issuers of a catalog, by `iss`: an organization may choose what `sub` is made of, so there may be several. */
function declaredBy(resources: readonly Resource[], { declared }: LintOptions) {
  const profiles = resources.flatMap((one) => (one.kind === 'issuer' ? (one.profile ?? []) : []));
  return new Map([...(declared ?? []), ...Map.groupBy(profiles, ({ issuer }) => issuer)]);
}

function lintIssuer(issuer: TokenIssuer, spaces: Spaces, { maximum = {} }: LintOptions): LintResult {
  const { place, keyUrls = [], life, jti } = issuer;
  const iss = issuer.issuer ?? 'https://issuer.example';
  const [one] = spaces.ofProfiles(issuer.profile === undefined ? [] : [issuer.profile], iss, 'audience.example').space;
  const example = one?.mint(new Map()).claims ?? {};
  const urls = keyUrls.map((url, index) => ({ path: `keys[${index}]`, url }));
  return {
    findings: [
      ...insecureUrls(urls).map((found) => findingOf(insecureUrlText, place, found)),
      ...findTokenLife(issuer, example).map((found) => findingOf(tokenLifeText, place, found)),
      ...findLongToken(life, maximum).map((found) => findingOf(maximumLifeText, place, found)),
      ...gapsIn({ life, jti, keyUrls }).map((gap) => findingOf(undecidedText, place, undecidedGap(gap))),
    ],
    notes: [],
    unreadable: [],
  };
}
