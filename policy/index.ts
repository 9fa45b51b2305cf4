/** Trust policies for Pulumi programs: by themselves, for a pack of one's own, and as a pack. */

export { createTrustPack, type TrustPackOptions } from './pack.ts';
export { SETTINGS_POLICY, trustPolicies, type TrustPolicyOptions } from './policies.ts';
export { type AcceptedFinding, type TrustSettings } from './settings.ts';
