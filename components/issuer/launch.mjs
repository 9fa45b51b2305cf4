/**
 * Runs in the container, in front of the issuer. ECS hands secrets over as variables, and the issuer takes them as files: each
 * `IDP_FILE__NAME` becomes the file `name` on a tmpfs that is the issuer's alone, and leaves the environment. The admin
 * listener gets a certificate of its own making, whose key is nowhere else: the load balancer does not look whose it is.
 */

import { Buffer } from 'node:buffer';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PREFIX = 'IDP_FILE__';
const MAIN = process.env['IDP_MAIN'] ?? '/opt/idp/bin/idp.js';
const DIRECTORY = process.env['IDP_FILES'] ?? '/run/idp';
const YEARS = 10;

/** @param {string} name @param {string} text */
function put(name, text) {
  writeFileSync(join(DIRECTORY, name), text, { mode: 0o600 });
}

/** DER: a tag, a length and what is in it (ITU-T X.690). @param {number} tag @param {Buffer[]} parts */
function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const bytes = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  const length = body.length < 128 ? [body.length] : [128 + bytes.length, ...bytes];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** UTCTime, to 2049 (RFC 5280, section 4.1.2.5.1). @param {Date} date */
function time(date) {
  return der(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
}

/** A self-signed certificate for `localhost` (RFC 5280) and its key, as PEM. */
function selfSigned() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex')); // ecdsa-with-SHA256
  const commonName = Buffer.from('0603550403', 'hex');
  const name = der(0x30, der(0x31, der(0x30, commonName, der(0x0c, Buffer.from('localhost')))));
  const start = new Date();
  const end = new Date(start);
  end.setUTCFullYear(start.getUTCFullYear() + YEARS);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const validity = der(0x30, time(start), time(end));
  const tbs = der(0x30, version, der(0x02, serial), algorithm, name, validity, name, spki);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', tbs, privateKey));
  const base64 = der(0x30, tbs, algorithm, signature)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

for (const [name, text] of Object.entries(process.env)) {
  if (!name.startsWith(PREFIX) || text === undefined) continue;
  put(name.slice(PREFIX.length).toLowerCase().replaceAll('_', '-'), text);
  delete process.env[name];
}
const { certificate, key } = selfSigned();
put('admin.pem', certificate);
put('admin-key.pem', key);
// Evaluated code has no name in the arguments, and the issuer reads those behind it.
process.argv.splice(1, 0, MAIN);
await import(pathToFileURL(MAIN).href);
