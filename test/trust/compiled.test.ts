// What an admission admits by definition is what its compiled forms admit, token by token.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claims } from '../../src/claims/claims.ts';
import { conditionPrefix, type AudienceForm } from '../../src/claims/profile.ts';
import { compileTrustPolicy, providerArn } from '../../src/trust/aws/compile.ts';
import { evaluateTrustPolicy } from '../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { asVaultRole, compileVaultAccess } from '../../src/trust/vault/compile.ts';
import { evaluateVaultRole } from '../../src/trust/vault/evaluate.ts';
import { VAULT_AUDIENCE } from '../../src/trust/vault/grant.ts';
import { WORLDS } from '../claims/worlds.ts';
import { arbitraryCase, isMember } from './admissions.ts';

const NOW = 1_790_000_000;

const AUDIENCES: Readonly<Record<AudienceForm, (audience: string) => Claims>> = {
  array: (audience) => ({ aud: [audience] }),
  'array-with-azp': (audience) => ({ aud: [audience, 'another'], azp: audience }),
  string: (audience) => ({ aud: audience }),
  none: () => ({}),
};

describe.each(WORLDS)('$name', ({ issuer }) => {
  const registered = (audience: string): Claims => ({
    iss: issuer.issuer,
    iat: NOW,
    exp: NOW + 300,
    ...AUDIENCES[issuer.audience](audience),
  });
  const cases = fc.sample(arbitraryCase(issuer), { numRuns: 1500, seed: 7 });

  it('is admitted by AWS exactly where the admission admits', () => {
    const prefix = conditionPrefix(issuer);
    const counts = { compiled: 0, admitted: 0, refused: 0 };
    for (const { args, tokens } of cases) {
      const read = readAdmission(issuer, args);
      if (!read.ok) continue;
      const target = { providerArn: providerArn('aws', '123456789012', prefix ?? ''), quota: 100_000 };
      const compiled = compileTrustPolicy(read.value, target);
      if (!compiled.ok) continue;
      counts.compiled++;
      const policy = parseTrustPolicy(JSON.stringify(compiled.value));
      if (!policy.ok) throw new Error('a compiled policy is readable');
      for (const token of tokens) {
        const claims = { ...registered('sts.amazonaws.com'), ...token.claims };
        const request = { claims, visible: issuer.awsClaims, provider: { clientIds: ['sts.amazonaws.com'] }, now: NOW };
        const { admitted } = evaluateTrustPolicy(policy.value, request);
        const member = isMember(read.value, token);
        if (admitted !== member) expect({ args, token, policy: compiled.value, admitted }).toBe(member);
        counts[member ? 'admitted' : 'refused']++;
      }
    }
    if (prefix === undefined) expect(counts.compiled).toBe(0);
    else expect(Math.min(counts.compiled, counts.admitted, counts.refused)).toBeGreaterThan(20);
  });

  it('is admitted by Vault exactly where the admission admits', () => {
    const counts = { compiled: 0, admitted: 0, refused: 0 };
    for (const { args, tokens } of cases) {
      const read = readAdmission(issuer, args);
      if (!read.ok) continue;
      const compiled = compileVaultAccess(read.value, { policies: ['x'] });
      if (!compiled.ok) continue;
      counts.compiled++;
      for (const token of tokens) {
        const claims = { ...registered(VAULT_AUDIENCE), ...token.claims };
        const config = { bound_issuer: issuer.issuer, jwt_supported_algs: ['RS256'] };
        const role = asVaultRole(compiled.value.role);
        const { admitted } = evaluateVaultRole(role, config, { claims, header: { alg: 'RS256' }, now: NOW });
        const member = isMember(read.value, token);
        if (admitted !== member) expect({ args, token, role, admitted }).toBe(member);
        counts[member ? 'admitted' : 'refused']++;
      }
    }
    expect(Math.min(counts.compiled, counts.admitted, counts.refused)).toBeGreaterThan(100);
  });
});
