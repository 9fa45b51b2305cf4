/** Certificates and their keys, checked before anybody listens: OpenSSL's own complaints say little. */

import { type KeyObject, X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type TlsKeyPair } from '../http/server.ts';
import { IssuerFault } from '../store/fault.ts';
import { readTextFile, shellWord } from './files.ts';
import { type TlsConfig } from './settings.ts';

/** Reads and checks the pair. Throws `IssuerFault`. */
export async function readTls(tls: TlsConfig | undefined): Promise<TlsKeyPair | undefined> {
  if (tls === undefined) return undefined;
  const [cert, key] = [await readCertificate(tls.certFile), await readKey(tls.keyFile)];
  checkPair(cert, key);
  return { cert: cert.text, key: key.text };
}

export interface Certificate {
  readonly file: string;
  readonly text: string;
  readonly certificate: X509Certificate;
}

export interface Key {
  readonly file: string;
  readonly text: string;
  readonly key: KeyObject;
}

/** Throws `IssuerFault`. */
export async function readCertificate(file: string): Promise<Certificate> {
  const text = await readTextFile(file, 'the certificate');
  try {
    return { file, text, certificate: new X509Certificate(text) };
  } catch (cause) {
    const hint = 'It begins with -----BEGIN CERTIFICATE-----; of a chain, the certificate of this server is the first.';
    throw unusable(`${file} is no PEM certificate`, hint, cause);
  }
}

/** Throws `IssuerFault`. */
export async function readKey(file: string): Promise<Key> {
  const text = await readTextFile(file, 'the key of the certificate,');
  if (ENCRYPTED.test(text)) {
    const word = shellWord(file);
    const hint = `Take it off: (umask 077; openssl pkey -in ${word} -out new.pem && mv new.pem ${word})`;
    throw unusable(`${file} has a passphrase, which idp cannot ask for`, hint);
  }
  try {
    return { file, text, key: createPrivateKey(text) };
  } catch (cause) {
    throw unusable(`${file} is no PEM private key`, 'It begins with -----BEGIN PRIVATE KEY-----.', cause);
  }
}

/** As PKCS #8 and as OpenSSL's older format say it. */
const ENCRYPTED = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** Throws `IssuerFault`. */
export function checkPair({ file: certFile, text: cert, certificate }: Certificate, { file, text, key }: Key): void {
  if (!certificate.checkPrivateKey(key)) {
    const hint = 'Take the key that the certificate was made for.';
    throw unusable(`${file} does not fit the certificate ${certFile}`, hint);
  }
  try {
    createSecureContext({ cert, key: text });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unusable(`${certFile} and ${file} cannot be used: OpenSSL says ${why}`, 'Make them anew.', cause);
  }
}

function unusable(message: string, hint: string, cause?: unknown): IssuerFault {
  return new IssuerFault('bad-configuration', message, hint, { cause });
}
