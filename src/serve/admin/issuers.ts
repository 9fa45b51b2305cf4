/** From the settings of an OIDC issuer to whom of it is admitted to the admin API, with everything that is wrong. */

import { specOf } from '../../claims/claim.ts';
import { type IssuerConfig, profileOfKind, readIssuer } from '../../claims/issuer.ts';
import { type Problem, type Result, problem } from '../../claims/problem.ts';
import { type IssuerProfile, PROFILE_NAMES, type ProfileName } from '../../claims/profile.ts';
import { type AdminIssuer } from '../../issuer/administrator.ts';
import { type TrustedIssuer, type UpstreamConstraint } from '../../issuer/upstream/upstream.ts';
import { type Admission, type AdmissionArgs, tableOf, variantsOf } from '../../trust/admission.ts';
import { type Matcher } from '../../trust/matcher.ts';
import { readAdmission } from '../../trust/read-admission.ts';
import { problemsOf } from '../attempt.ts';
import { USUAL_ALGORITHMS, constraintsOf } from '../upstreams.ts';
import { type AdminIssuerDocument, type KnownAdminIssuer } from './shape.ts';

type Admit = AdminIssuerDocument['admit'];

/** What is wrong between the settings, whatever is wrong within them. */
export function checkAdminIssuer(known: KnownAdminIssuer): Problem[] {
  const { kinds, ofProfile, issuer, profile } = known;
  if (kinds.length !== 1) {
    const hint = 'profile is one of the kinds of issuers that idp knows, issuer is the `iss` of any other';
    return [problem([], 'needs either `profile` or `issuer`', hint)];
  }
  if (profile !== undefined) return checkProfile({ ...known, profile });
  if (kinds.includes('profile')) return [];
  const surplus = ofProfile.map((name) => problem([name], 'only the tokens of a `profile` have this', 'leave it out'));
  return [...surplus, ...(issuer === undefined ? [] : checkIssuer(issuer))];
}

/** Of an issuer with many tenants a misspelt claim lets somebody else in, which only the profile tells. */
function checkIssuer(issuer: string): Problem[] {
  const profiles = PROFILE_NAMES.filter((name) => {
    const read = readIssuer({ profile: name });
    return read.ok && read.value.issuer === issuer;
  });
  if (profiles.length === 0) return [];
  const hint = `write \`profile: ${profiles.join('` or `profile: ')}\` instead`;
  return [problem(['issuer'], 'the claims of this issuer are known, and are checked by its profile', hint)];
}

type OfProfile<T> = T & { readonly profile: ProfileName };

function checkProfile(known: OfProfile<KnownAdminIssuer>): Problem[] {
  const read = readIssuer(configOf(known));
  const kind = read.ok ? read.value : profileOfKind(known.profile);
  const audience =
    kind?.audience === 'none'
      ? [problem(['profile'], `tokens of ${known.profile} are meant for nobody: they have no audience`)]
      : [];
  const admission =
    kind === undefined || known.admit === undefined ? undefined : readAdmission(kind, argsOf(known, known.admit));
  return [...problemsOf(read), ...audience, ...problemsOf(admission)];
}

/** As the rules have let it through. */
export function adminIssuerOf(name: string, document: AdminIssuerDocument): AdminIssuer {
  const { profile, jwks_url: jwksUrl, audiences, role } = document;
  const admitted = profile === undefined ? ofAny(document) : ofProfile({ ...document, profile });
  return { name, ...admitted, ...(jwksUrl === undefined ? {} : { jwksUrl }), audiences, role };
}

type Admitted = Pick<TrustedIssuer, 'issuer' | 'algorithms' | 'admit'>;

function ofAny({ issuer = '', algorithms = [...USUAL_ALGORITHMS], admit }: AdminIssuerDocument): Admitted {
  return { issuer, algorithms, admit: constraintsOf(admit) };
}

function ofProfile(document: OfProfile<AdminIssuerDocument>): Admitted {
  const profile = demand(readIssuer(configOf(document)));
  const admission = demand(readAdmission(profile, argsOf(document, document.admit)));
  const { algorithms = profile.algorithms } = document;
  return { issuer: profile.issuer, algorithms, admit: demandedBy(profile, admission) };
}

function demand<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RangeError('the rules let no issuer with problems through');
}

type Settings = Pick<KnownAdminIssuer, 'url' | 'iss' | 'sub_fields' | 'variant' | 'scope'>;

function configOf({ profile, url, iss, sub_fields: subFields }: OfProfile<Settings>): IssuerConfig {
  return {
    profile,
    ...(url === undefined ? {} : { url }),
    ...(iss === undefined ? {} : { iss }),
    ...(subFields === undefined ? {} : { subFields }),
  };
}

function argsOf({ variant, scope }: Settings, admit: Admit): AdmissionArgs {
  return {
    ...(variant === undefined ? {} : { variants: [variant] }),
    ...(scope === undefined ? {} : { scope }),
    claims: Object.fromEntries(Object.entries(admit).map(([claim, matchers]) => [claim, plain(matchers)])),
  };
}

function plain(matchers: readonly Matcher[]) {
  return {
    equals: matchers.flatMap((matcher) => ('equals' in matcher ? [matcher.equals] : [])),
    like: matchers.flatMap((matcher) => ('like' in matcher ? [matcher.like] : [])),
  };
}

/** Beside what is written: the claim by which tokens of the variant are told from those of others. */
function demandedBy(profile: IssuerProfile, admission: Admission): TrustedIssuer['admit'] {
  const table = tableOf(admission);
  const written = admission.constraints.map(({ claim, anyOf }) => ({
    claim: specOf(table, claim)?.pointer ?? claim,
    anyOf,
  }));
  const kinds = variantsOf(admission).flatMap(({ discriminator }): UpstreamConstraint[] =>
    discriminator === undefined ? [] : [{ claim: discriminator, anyOf: [{ like: '*' }] }],
  );
  const [first, ...rest] = [...written, ...kinds];
  if (first === undefined) throw new RangeError(`an admission of ${profile.profile} has no claims`);
  return [first, ...rest];
}
