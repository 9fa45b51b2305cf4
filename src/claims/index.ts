/** `idp-kit/claims`: issuers, and what their tokens look like. For programs without Pulumi; components re-export what they take. */

export { type ClaimSpec, type ClaimTable } from './claim.ts';
export { type Claims } from './claims.ts';
export { type IssuerConfig, readIssuer } from './issuer.ts';
export { type Problem, type Result, describeProblem } from './problem.ts';
export { type IssuerProfile, PROFILE_NAMES, type ProfileName, type Variant } from './profile.ts';
export { gitlabIdToken, gitlabJobJwt } from './profiles/gitlab.ts';
export { github } from './profiles/github.ts';
export { gitpodClassic } from './profiles/gitpod-classic.ts';
export { onaV2 } from './profiles/ona-v2.ts';
export { onaV3 } from './profiles/ona-v3.ts';
