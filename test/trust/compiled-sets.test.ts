// What an admission admits is what its compiled forms admit: for all tokens that the issuer could mint, by the algebra.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IssuerProfile, conditionPrefix } from '../../src/claims/profile.ts';
import { compileTrustPolicy, providerArn } from '../../src/trust/aws/compile.ts';
import { type PolicyDocument, parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import { tokensOfTrustPolicy } from '../../src/trust/aws/tokens.ts';
import { choice, text } from '../../src/trust/language/regular.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { tokensOfAdmission } from '../../src/trust/tokens/of-admission.ts';
import { spaceOf } from '../../src/trust/tokens/profile-space.ts';
import { type Comparison, compare } from '../../src/trust/tokens/solve.ts';
import { type TokenSet, all, claimIn, present } from '../../src/trust/tokens/token-set.ts';
import { asVaultRole, compileVaultAccess } from '../../src/trust/vault/compile.ts';
import { VAULT_AUDIENCE } from '../../src/trust/vault/grant.ts';
import { tokensOfVaultRole } from '../../src/trust/vault/tokens.ts';
import { WORLDS } from '../claims/worlds.ts';
import { arbitraryCase } from './admissions.ts';

const AUDIENCE = 'sts.amazonaws.com';
const EQUAL: Comparison = { onlyLeft: { kind: 'empty' }, onlyRight: { kind: 'empty' } };

let packedPolicies = 0;

describe.each(WORLDS)('$name', ({ issuer }) => {
  const space = spaceOf(issuer);
  const admissions = fc
    .sample(arbitraryCase(issuer), { numRuns: 350, seed: 11 })
    .map(({ args }) => readAdmission(issuer, args))
    .flatMap((read) => (read.ok ? [read.value] : []));

  it('is admitted by AWS exactly where the admission admits', () => {
    const prefix = conditionPrefix(issuer) ?? '';
    const arn = providerArn('aws', '123456789012', prefix);
    let compiled = 0;
    for (const admission of admissions) {
      const policy = compileTrustPolicy(admission, { providerArn: arn, quota: 1e5 });
      if (!policy.ok) continue;
      compiled++;
      const admitted = all(tokensOfAdmission(admission), claimIn('aud', text(AUDIENCE)));
      expectEqual(compare(space, admitted, trustedBy(issuer, policy.value)), admission.constraints, policy.value);
      const quota = JSON.stringify(policy.value).length - 1;
      const packed = compileTrustPolicy(admission, { providerArn: arn, quota });
      if (!packed.ok) continue;
      packedPolicies++;
      expectEqual(compare(space, admitted, trustedBy(issuer, packed.value)), admission.constraints, packed.value);
    }
    if (prefix !== '') expect(compiled).toBeGreaterThan(5);
  });

  it('is admitted by Vault exactly where the admission admits', () => {
    let compiled = 0;
    for (const admission of admissions) {
      const access = compileVaultAccess(admission, { policies: ['x'] });
      if (!access.ok) continue;
      compiled++;
      const role = asVaultRole(access.value.role);
      const trusted = tokensOfVaultRole(role, { bound_issuer: issuer.issuer });
      const audience: TokenSet = issuer.audience === 'none' ? all() : claimIn('aud', choice(text(VAULT_AUDIENCE)));
      expectEqual(compare(space, all(tokensOfAdmission(admission), audience), trusted), admission.constraints, role);
    }
    expect(compiled).toBeGreaterThan(50);
  });
});

it('has seen policies that had to be packed', () => {
  expect(packedPolicies).toBeGreaterThan(10);
});

function trustedBy(issuer: IssuerProfile, policy: PolicyDocument): TokenSet {
  const parsed = parseTrustPolicy(policy);
  if (!parsed.ok) throw new Error('a compiled policy is readable');
  return tokensOfTrustPolicy(parsed.value, { issuer: issuer.issuer, visible: issuer.awsClaims });
}

function expectEqual(comparison: Comparison, ...seen: readonly unknown[]): void {
  if (comparison.onlyLeft.kind === 'empty' && comparison.onlyRight.kind === 'empty') return;
  expect({ comparison, seen: JSON.stringify(seen) }).toEqual({ comparison: EQUAL, seen: '' });
}

it('would see the difference that a claim makes', () => {
  const [world] = WORLDS;
  if (world === undefined) throw new Error('there are issuers');
  expect(compare(spaceOf(world.issuer), all(), present('context')).onlyLeft).toMatchObject({ kind: 'witness' });
});
