/**
 * `pulumi up -s local`: the catalog on one machine, with a Vault dev server and `idp issuer serve`, neither of which reaches the other.
 * The issuers keep the URLs of the catalog, so tokens and roles read as they will in production; their keys are fetched from loopback
 * here, by name, and given to Vault as they are. After a rotation, run it again.
 */

import { type JsonWebKey, createPublicKey } from 'node:crypto';
import { request } from 'node:http';
import process from 'node:process';
import { type PlannedIssuer } from '../src/catalog/planned.ts';
import { isLoopback } from '../src/workload/address.ts';
import { jsonOrUndefined } from '../src/workload/json.ts';
import { type StackInput } from './catalog.ts';
import { refusal } from './refusal.ts';
import { type KeysOf, provisionVault } from './vault.ts';

export async function localStack({ settings, selection }: StackInput) {
  checkVaultAddress(process.env.VAULT_ADDR);
  const issuers = selection.issuers.filter(({ atVault }) => atVault).map(({ issuer }) => issuer);
  const found = await Promise.all(issuers.map((issuer) => keysFrom(settings.localIssuer, issuer)));
  const silent = found.flatMap((keys) => (typeof keys === 'string' ? [keys] : []));
  if (silent.length > 0) {
    throw refusal('the issuers of the catalog must be on this machine', [
      ...silent,
      'start them: idp issuer serve, with the URLs of the catalog, or say where they are: idp-kit:localIssuer',
    ]);
  }
  const byIssuer = new Map(
    found.flatMap((keys) => (typeof keys === 'string' ? [] : [[keys.issuer, keys.pem] as const])),
  );
  const keysOf: KeysOf = (issuer) => ({ publicKeys: [...(byIssuer.get(issuer) ?? [])] });
  return provisionVault(selection, false, keysOf);
}

/** What is tried out here is not for a Vault that others use. */
export function checkVaultAddress(address: string | undefined): void {
  if (address !== undefined && URL.canParse(address) && isLoopback(new URL(address))) return;
  throw refusal(`VAULT_ADDR is ${address ?? 'not set'}`, [
    'the stack local is for a Vault on this machine: vault server -dev, and VAULT_ADDR=http://127.0.0.1:8200',
  ]);
}

interface LocalKeys {
  readonly issuer: PlannedIssuer;
  readonly pem: readonly string[];
}

/** The keys of the issuer that listens here under its real name; or why they are not to be had. */
async function keysFrom(base: string, issuer: PlannedIssuer): Promise<LocalKeys | string> {
  const { url, jwksUrl = '' } = issuer.profile;
  const jwks = url === undefined ? jwksUrl : await jwksUriAt(base, url);
  if (jwks === undefined) return `${issuer.name}: ${base} does not serve ${url ?? jwksUrl}`;
  const document = await getAt(base, jwks);
  const keys = isObject(document) && Array.isArray(document.keys) ? (document.keys as unknown[]) : [];
  const [algorithm] = issuer.profile.algorithms;
  const fitting = keys.filter((key): key is JsonWebKey => isObject(key) && (key.alg ?? algorithm) === algorithm);
  if (fitting.length === 0) return `${issuer.name}: ${base} has no ${algorithm ?? ''} key at ${jwks}`;
  const pem = fitting.map((key) => createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }));
  return { issuer, pem: pem.map(String) };
}

async function jwksUriAt(base: string, issuer: string): Promise<string | undefined> {
  const found = await getAt(base, `${issuer}/.well-known/openid-configuration`);
  return isObject(found) && found.issuer === issuer && typeof found.jwks_uri === 'string' ? found.jwks_uri : undefined;
}

/** What a name serves, asked for at another address: the issuer is told apart by the Host header, which `fetch` does not let be set. */
function getAt(base: string, address: string): Promise<unknown> {
  const { host, pathname } = new URL(address);
  return new Promise((done) => {
    const sent = request(new URL(pathname, base), { headers: { host }, timeout: 5_000 }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (part: string) => (body += part));
      reply.on('end', () => {
        done(reply.statusCode === 200 ? jsonOrUndefined(body) : undefined);
      });
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => {
      done(undefined);
    });
    sent.end();
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
