/** The issuer, in the plain form that all components take: Pulumi's schema knows no unions and no generics. */

import { type IssuerConfig } from '../src/claims/issuer.ts';

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

export function issuerConfig(args: IssuerArgs): IssuerConfig {
  const { profile, url, iss, jwksUrl, subFields, algorithm } = args;
  return {
    profile,
    ...(url === undefined ? {} : { url }),
    ...(iss === undefined ? {} : { iss }),
    ...(jwksUrl === undefined ? {} : { jwksUrl }),
    ...(subFields === undefined ? {} : { subFields }),
    ...(algorithm === undefined ? {} : { algorithm }),
  };
}
