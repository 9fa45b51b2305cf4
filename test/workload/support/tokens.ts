// Tokens of an issuer that lives for one test run.
import { exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

export type TestClaims = { readonly [Name in keyof JWTPayload]: JWTPayload[Name] | undefined };

export interface TestIssuer {
  readonly publicKey: string;
  /** A claim that is undefined is left out. */
  readonly sign: (claims: TestClaims, algorithm?: string) => Promise<string>;
}

export const NOW_SECONDS = Math.floor(Date.now() / 1000);

export const CLAIMS = {
  iss: 'https://app.gitpod.io',
  sub: 'organization_id:0191e223:project_id:019527e4',
  aud: 'sts.amazonaws.com',
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 3600,
  project_id: '22',
} as const;

export async function createIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const other = await generateKeyPair('ES256');
  return {
    publicKey: await exportSPKI(publicKey),
    sign: (claims, alg = 'RS256') =>
      new SignJWT(claims as JWTPayload)
        .setProtectedHeader({ alg, kid: 'k0' })
        .sign(alg === 'RS256' ? privateKey : other.privateKey),
  };
}
