// The sandbox's certificate authority, with one server certificate for loopback and a name of its own.
import { createAuthority as createSandboxAuthority } from '../../sandbox/net/authority.ts';

export interface TestAuthority {
  readonly caPem: string;
  readonly server: { readonly key: string; readonly cert: string };
}

export async function createAuthority(): Promise<TestAuthority> {
  const authority = await createSandboxAuthority({ now: () => new Date() });
  const { certPem, keyPem } = await authority.issue(['127.0.0.1', 'issuer.example']);
  return { caPem: authority.caPem, server: { key: keyPem, cert: certPem } };
}
