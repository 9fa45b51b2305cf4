/** Tokens that nobody may accept, at Vault and at AWS. */
import { decodeJwt } from 'jose';
import { assumeRole, loginToVault } from '../attempt.ts';
import { type Forgery, forge } from '../forge.ts';
import { type Sandbox } from '../sandbox.ts';
import { type Line } from '../scenario.ts';
import { AWS_AUDIENCE, VAULT_AUDIENCE, line } from './lines.ts';

interface Refusal {
  readonly scenario: string;
  /** From the claims of a good token. */
  readonly change: (
    claims: Record<string, unknown>,
    now: number,
  ) => Omit<Forgery, 'claims'> & { claims?: Record<string, unknown> };
  /** Only the server can tell: nothing in the claims is wrong. */
  readonly bytes?: true;
  readonly vault: string;
  readonly aws: string;
}

const REFUSALS: readonly Refusal[] = [
  {
    scenario: 'expired',
    change: (claims, now) => ({ claims: { ...claims, iat: now - 7200, exp: now - 3600 } }),
    vault: 'exp',
    aws: 'ExpiredTokenException',
  },
  {
    scenario: 'not yet valid',
    change: (claims, now) => ({ claims: { ...claims, nbf: now + 3600, exp: now + 7200 } }),
    vault: 'nbf',
    aws: 'InvalidIdentityToken',
  },
  {
    scenario: 'wrong audience',
    change: (claims) => ({ claims: { ...claims, aud: ['https://elsewhere.example'] } }),
    vault: 'aud',
    aws: 'InvalidIdentityToken',
  },
  {
    scenario: 'wrong issuer',
    change: (claims) => ({ claims: { ...claims, iss: 'https://evil.example' } }),
    vault: 'iss',
    aws: 'InvalidIdentityToken',
  },
  {
    scenario: 'unknown kid',
    change: () => ({ header: { kid: 'nobody' }, key: 'another' }),
    bytes: true,
    vault: 'signature',
    aws: 'InvalidIdentityToken',
  },
  {
    scenario: 'tampered signature',
    change: () => ({ tamper: true }),
    bytes: true,
    vault: 'signature',
    aws: 'InvalidIdentityToken',
  },
  {
    scenario: 'alg: none',
    change: () => ({ header: { alg: 'none' } }),
    bytes: true,
    vault: 'none',
    aws: 'InvalidIdentityToken',
  },
  {
    scenario: 'HS256 with the public key',
    change: () => ({ header: { alg: 'HS256' } }),
    bytes: true,
    vault: 'HS256',
    aws: 'InvalidIdentityToken',
  },
];

async function forgery(sandbox: Sandbox, { change }: Refusal, audience: string): Promise<string> {
  const claims: Record<string, unknown> = decodeJwt(await sandbox.issuer.token('environment', [audience]));
  return forge(sandbox, 'ona', { claims, ...change(claims, Math.floor(Date.now() / 1000)) });
}

export const refusals: readonly Line[] = REFUSALS.flatMap((refusal): Line[] => {
  const { scenario, bytes, vault, aws } = refusal;
  const forged = bytes === true ? ('signature' as const) : undefined;
  const text = { seed: 'all', token: 'environment', expected: 'refused' } as const;
  return [
    line({ ...text, scenario: `${scenario}, at Vault`, because: vault }, async (sandbox) =>
      loginToVault(sandbox, {
        mount: 'jwt',
        role: 'ona-project',
        token: await forgery(sandbox, refusal, VAULT_AUDIENCE),
        forged,
      }),
    ),
    line({ ...text, scenario: `${scenario}, at AWS`, because: aws }, async (sandbox) =>
      assumeRole(sandbox, { role: 'aws-project', token: await forgery(sandbox, refusal, AWS_AUDIENCE), forged }),
    ),
  ];
});
