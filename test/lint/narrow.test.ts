// What the kit itself compiles from a narrow admission is no mistake.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { specOf } from '../../src/claims/claim.ts';
import { type IssuerProfile, conditionPrefix } from '../../src/claims/profile.ts';
import { lint } from '../../src/lint/lint.ts';
import { type Admission, isExact, tableOf } from '../../src/trust/admission.ts';
import { compileTrustPolicy, providerArn } from '../../src/trust/aws/compile.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import type { Resource } from '../../src/trust/resource.ts';
import { asVaultRole, compileVaultAccess, compileVaultMount } from '../../src/trust/vault/compile.ts';
import { WORLDS } from '../claims/worlds.ts';
import { arbitraryCase } from '../trust/admissions.ts';
import { place } from './resources.ts';

/** One workload by an id that nobody else gets; at GitHub also a context that somebody reviews. */
function isNarrow(admission: Admission): boolean {
  const { constraints, issuer } = admission;
  const table = tableOf(admission);
  const exact = (claim: string) => constraints.some((one) => one.claim === claim && isExact(one));
  const bound = constraints.some(({ claim }) => {
    const spec = specOf(table, claim);
    return exact(claim) && spec?.immutable === true && spec.reach === 'workload';
  });
  // The project and the environment of Ona's V2 tokens are in `sub` alone.
  if (issuer.profile === 'ona-v2') return exact('sub');
  return bound && (issuer.profile !== 'github' || exact('environment') || exact('job_workflow_ref'));
}

/** The admissions that are narrow, of many arbitrary ones. */
const narrow = (issuer: IssuerProfile): Admission[] =>
  fc
    .sample(arbitraryCase(issuer), { numRuns: 500, seed: 5 })
    .map(({ args }) => readAdmission(issuer, args))
    .flatMap((read) => (read.ok && isNarrow(read.value) ? [read.value] : []))
    .slice(0, 40);

function worst(issuer: IssuerProfile, ...resources: readonly Resource[]) {
  const declared: Resource = { kind: 'issuer', place: place('issuer'), issuer: issuer.issuer, profile: issuer };
  const { findings } = lint([declared, ...resources]);
  return findings.filter(({ severity }) => severity === 'critical' || severity === 'high');
}

describe.each(WORLDS)('$name', ({ issuer }) => {
  const admissions = narrow(issuer);

  it('has narrow admissions', () => {
    expect(admissions.length).toBeGreaterThan(3);
  });

  it('compiles to trust policies in which nothing grave is found', () => {
    for (const admission of admissions) {
      const arn = providerArn('aws', '123456789012', conditionPrefix(issuer) ?? '');
      const policy = compileTrustPolicy(admission, { providerArn: arn });
      if (!policy.ok) continue;
      const role: Resource = {
        kind: 'aws-role',
        place: place('role'),
        trustPolicy: policy.value,
        managed: [],
        inline: [],
      };
      expect(worst(issuer, role), JSON.stringify(policy.value)).toEqual([]);
    }
  });

  it('compiles to roles of Vault in which nothing grave is found', () => {
    const { boundIssuer, jwtSupportedAlgs } = compileVaultMount(issuer);
    const config = {
      jwks_url: 'https://keys.example',
      bound_issuer: boundIssuer,
      jwt_supported_algs: jwtSupportedAlgs,
    };
    for (const admission of admissions) {
      const access = compileVaultAccess(admission, { policies: ['x'] });
      if (!access.ok) continue;
      const role = { ...asVaultRole(access.value.role) };
      expect(
        worst(
          issuer,
          { kind: 'vault-mount', place: place('mount'), path: 'jwt', config },
          { kind: 'vault-role', place: place('role'), mount: 'jwt', role, splitsCommas: true },
        ),
        JSON.stringify(role),
      ).toEqual([]);
    }
  });
});
