/** The sandbox's own certificate authority, and server certificates for the names the sandbox answers for. */
import './reflect.ts';
import { isIP } from 'node:net';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A server's certificate (with nothing above it: the root is in `Authority.caPem`) and its private key, both PEM. */
export interface ServerCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Authority {
  /** The root certificate, PEM: what clients put into AWS_CA_BUNDLE, VAULT_CACERT, `oidc_discovery_ca_pem`. */
  readonly caPem: string;
  /** A certificate for these DNS names and IP addresses. The first one is also the common name. */
  issue(names: readonly [string, ...string[]]): Promise<ServerCertificate>;
}

export interface AuthorityOptions {
  readonly now: () => Date;
  /** How long certificates are good for; short, so that a leaked sandbox key is worth nothing. @default 1 day */
  readonly lifetimeSeconds?: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Certificates begin an hour ago: a client's clock may be behind ours. */
const BACKDATE_SECONDS = 3600;

export async function createAuthority({ now, lifetimeSeconds = 86_400 }: AuthorityOptions): Promise<Authority> {
  const keys = await generateKeys();
  const issuer = 'CN=idp-kit sandbox authority,O=idp-kit sandbox';
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(now(), lifetimeSeconds),
    extensions: [
      // RFC 5280, 4.2.1.9 and 4.2.1.3: Go and OpenSSL 3 refuse a CA without these, critical. Only leaves below it.
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    caPem: pem(root),
    issue: (names) => issueServer({ names, issuer, root, keys, now, lifetimeSeconds }),
  };
}

interface Issuance extends Required<AuthorityOptions> {
  readonly names: readonly [string, ...string[]];
  readonly issuer: string;
  readonly root: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

async function issueServer(issuance: Issuance): Promise<ServerCertificate> {
  const { names, issuer, root, keys, now, lifetimeSeconds } = issuance;
  const server = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [names[0]] }],
    issuer,
    publicKey: server.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity(now(), lifetimeSeconds),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      // Go and Node read names from here only, never from the common name (RFC 6125, 6.4.4).
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(server.publicKey),
      // Python 3.13 verifies with X509_STRICT, which wants the authority's key named (RFC 5280, 4.2.1.1).
      await x509.AuthorityKeyIdentifierExtension.create(root),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', server.privateKey);
  return { certPem: pem(certificate), keyPem: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n` };
}

const generateKeys = (): Promise<CryptoKeyPair> => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`;

function validity(now: Date, lifetimeSeconds: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BACKDATE_SECONDS * 1000),
    notAfter: new Date(now.getTime() + lifetimeSeconds * 1000),
  };
}
