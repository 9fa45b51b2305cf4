/** The issuer, in the plain form that all components take: Pulumi's schema knows no unions and no generics. */

import { type IssuerConfig, readIssuer } from '../src/claims/issuer.ts';
import { type Problem, type Result, problem } from '../src/claims/problem.ts';
import { suggest } from '../src/claims/suggest.ts';
import { type Admission, type AdmissionArgs } from '../src/trust/admission.ts';
import { readAdmission } from '../src/trust/read-admission.ts';
import { type ArgTable, given } from './resolve.ts';

/** Which issuer, and how its tokens look. */
export interface IssuerArgs {
  /** One of `gitpod-classic`, `ona-v2`, `ona-v3`, `gitlab-job-jwt`, `gitlab-id-token`, `github`. */
  profile: string;
  /** The issuer's URL, exactly as in `iss`. @default the public instance, for `ona-v2`, `ona-v3` and `github` */
  url?: string;
  /** For `gitlab-job-jwt`: the domain in `iss`. */
  iss?: string;
  /** For `gitlab-job-jwt`: where the keys are. @default `https://<iss>/-/jwks` */
  jwksUrl?: string;
  /** Claims that the issuer was told to put into `sub`, in their order. @default what the issuer does by itself */
  subFields?: string[];
  /** JWS algorithm, `RS256` or `ES256`. @default `RS256` */
  algorithm?: string;
}

export const ISSUER_ARGS: ArgTable<IssuerArgs> = {
  profile: 'required',
  url: 'optional',
  iss: 'optional',
  jwksUrl: 'optional',
  subFields: 'optional',
  algorithm: 'optional',
};

/** What to do about something of which there is one: an OIDC provider for each URL and account, a mount for each path. */
export const TrustMode = {
  /** Make it. */
  Create: 'create',
  /** Take over one that is there, by importing it as it is: from then on it is this program's. */
  Adopt: 'adopt',
  /** Leave one that is there to whoever made it, and check that it fits. */
  Existing: 'existing',
} as const;
export type TrustMode = (typeof TrustMode)[keyof typeof TrustMode];

export function checkMode(mode: string): Problem[] {
  const modes: readonly string[] = Object.values(TrustMode);
  return modes.includes(mode) ? [] : [problem(['mode'], `there is no mode \`${mode}\``, suggest(mode, modes))];
}

export function issuerConfig({ profile, url, iss, jwksUrl, subFields, algorithm }: IssuerArgs): IssuerConfig {
  return { profile, ...given({ url, iss, jwksUrl, subFields, algorithm }) };
}

/** The checked admission, or everything that is wrong with it and its issuer. */
export function admissionOf(issuer: IssuerArgs, admission: AdmissionArgs): Result<Admission> {
  const profile = readIssuer(issuerConfig(issuer));
  return profile.ok ? readAdmission(profile.value, admission) : profile;
}
