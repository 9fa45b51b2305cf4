/**
 * Two organizations of one issuer, each with an issuer URL of its own, and a workload in each that is alike in every claim
 * but `iss`: at the real Vault with a mount for each, and at AWS as the sandbox has it with an OIDC provider for each.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { decodeJwt } from 'jose';
import { Agent, ProxyAgent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onaV3 } from '../../src/claims/profiles/ona-v3.ts';
import { compileTrustPolicy, providerArn } from '../../src/trust/aws/compile.ts';
import { admissions } from '../../src/trust/build.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { compileVaultMount } from '../../src/trust/vault/compile.ts';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { type Gate, startGate } from '../sandbox/aws/gate.ts';
import { type Moto, startMoto } from '../sandbox/aws/moto.ts';
import { createAuthority } from '../sandbox/net/authority.ts';
import { startConnectProxy } from '../sandbox/net/connect-proxy.ts';
import { type Vault, startVault } from '../sandbox/vault.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { CONFIG, type Running, exchangeForm, runIssuer, writeFiles } from '../serve/running.ts';

const HOST = 'tokens.example.com';
const ORGANIZATIONS = ['acme', 'beta'] as const;
type Organization = (typeof ORGANIZATIONS)[number];

const AUDIENCES = ['vault.example.com', 'sts.amazonaws.com'] as const;
type Audience = (typeof AUDIENCES)[number];

const urlOf = (organization: Organization) => `https://${HOST}/${organization}`;
const profileOf = (organization: Organization) => onaV3({ url: urlOf(organization) });

const EACH = `
  each: { url: "https://${HOST}", per_organization: true, profiles: [{ profile: ona-v3 }] }
`;
const TLS = 'port: 0, tls: { cert_file: tls.pem, key_file: tls-key.pem } }';

let ca: string;
let proxyUrl: string;
let tokens: Readonly<Record<Organization, Readonly<Record<Audience, string>>>>;
let vault: Vault;
let moto: Moto;
let gate: Gate;

beforeAll(async () => {
  const directory = await temporaryDirectory(afterAll);
  const authority = await createAuthority({ now: () => new Date() });
  const { certPem, keyPem } = await authority.issue([HOST]);
  await writeFiles(directory, { 'tls.pem': certPem, 'tls-key.pem': keyPem });
  const running = await runIssuer({
    config: `${CONFIG.replace('port: 0 }', TLS)}${EACH}`,
    directory,
    cleanup: afterAll,
  });
  const { hostname: host, port } = new URL(running.publicUrl);
  const proxy = await startConnectProxy({ routes: { [HOST]: { host, port: Number(port) } } });
  afterAll(() => proxy.stop());
  [ca, proxyUrl] = [authority.caPem, proxy.url];
  tokens = { acme: await tokensOf(running, 'acme'), beta: await tokensOf(running, 'beta') };
  const homes = ['vault', 'moto'].map((name) => join(directory, name));
  await Promise.all(homes.map((home) => mkdir(home)));
  const [vaultHome = '', motoHome = ''] = homes;
  const path = process.env.PATH ?? '';
  vault = await startVault({ path, home: vaultHome, proxyUrl });
  afterAll(() => vault.stop());
  moto = await startMoto({ path, home: motoHome });
  afterAll(() => moto.stop());
  gate = await startGate({ motoUrl: moto.url, authority, proxyUrl, now: () => new Date() });
  afterAll(() => gate.stop());
}, 120_000);

async function tokensOf(running: Running, organization: Organization): Promise<Record<Audience, string>> {
  await running.admin('PUT', `/admin/issuers/each/organizations/${organization}`, { profile: 'ona-v3' });
  const made = await running.admin('POST', '/admin/issuers/each/registrations', { organization, facts: ENVIRONMENT });
  const { credential } = made.json as { readonly credential: string };
  const dispatcher = new ProxyAgent({ uri: proxyUrl, requestTls: { ca } });
  const ask = async (audience: Audience) => {
    const form = exchangeForm(credential, audience).map(([name, value]): [string, string] => [name, value]);
    const reply = await fetch(`${urlOf(organization)}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      dispatcher,
    });
    return ((await reply.json()) as { readonly access_token: string }).access_token;
  };
  const both = { [AUDIENCES[0]]: await ask(AUDIENCES[0]), [AUDIENCES[1]]: await ask(AUDIENCES[1]) };
  await dispatcher.close();
  return both;
}

it('has tokens that differ in `iss` alone', () => {
  const [acme, beta] = ORGANIZATIONS.map((organization) => decodeJwt(tokens[organization]['sts.amazonaws.com']));
  expect({ ...acme, iat: 0, exp: 0 }).toEqual({ ...beta, iss: urlOf('acme'), iat: 0, exp: 0 });
  expect(beta?.iss).toBe(urlOf('beta'));
});

/** Each organization's token with each organization's relying party. */
const PAIRS = ORGANIZATIONS.flatMap((whose) => ORGANIZATIONS.map((where) => [whose, where] as const));

describe('Vault', () => {
  const put = async (path: string, body: object) => {
    const { status, errors } = await vault.call('POST', path, body);
    if (status >= 400) throw new Error(`${path}: ${errors.join()}`);
  };
  const mount = async (name: string, organization: Organization, bound: boolean) => {
    const { boundIssuer, jwtSupportedAlgs } = compileVaultMount(profileOf(organization));
    await put(`sys/auth/${name}`, { type: 'jwt' });
    await put(`auth/${name}/config`, {
      oidc_discovery_url: urlOf(organization),
      oidc_discovery_ca_pem: ca,
      jwt_supported_algs: jwtSupportedAlgs,
      ...(bound ? { bound_issuer: boundIssuer } : {}),
    });
    const role = { role_type: 'jwt', user_claim: 'sub', bound_audiences: ['vault.example.com'] };
    await put(`auth/${name}/role/r`, role);
  };
  const login = async (name: string, organization: Organization) => {
    const jwt = tokens[organization]['vault.example.com'];
    const { status, errors } = await vault.call('POST', `auth/${name}/login`, { role: 'r', jwt }, '');
    return status === 200 ? 'admitted' : errors.join();
  };

  beforeAll(async () => {
    for (const organization of ORGANIZATIONS) await mount(organization, organization, true);
  });

  it.each(PAIRS)('takes a token of %s at the mount of %s only where they are the same', async (whose, where) => {
    expect(await login(where, whose)).toMatch(whose === where ? /^admitted$/ : /invalid issuer \(iss\) claim/);
  });

  it('goes by the keys alone where the mount has no bound_issuer, which the compiled one always has', async () => {
    await mount('unbound', 'beta', false);
    expect(await login('unbound', 'acme')).toBe('admitted');
  });
});

describe('AWS', () => {
  const ACCOUNT = '123456789012';
  const roleArn = (organization: Organization) => `arn:aws:iam::${ACCOUNT}:role/${organization}`;

  beforeAll(async () => {
    const credentials = { accessKeyId: 't', secretAccessKey: 't' };
    const iam = new IAMClient({ endpoint: moto.url, region: 'eu-central-1', credentials });
    for (const organization of ORGANIZATIONS) {
      const ClientIDList = ['sts.amazonaws.com'];
      await iam.send(new CreateOpenIDConnectProviderCommand({ Url: urlOf(organization), ClientIDList }));
      const { organization_id, project_id } = ENVIRONMENT;
      const profile = profileOf(organization);
      const bound = admissions(profile).environment.admit({ organization_id, project_id });
      const admission = readAdmission(profile, bound);
      if (!admission.ok) throw new Error(JSON.stringify(admission.problems));
      const provider = providerArn('aws', ACCOUNT, `${HOST}/${organization}`);
      const policy = compileTrustPolicy(admission.value, { providerArn: provider });
      if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
      const AssumeRolePolicyDocument = JSON.stringify(policy.value);
      await iam.send(new CreateRoleCommand({ RoleName: organization, AssumeRolePolicyDocument }));
    }
    iam.destroy();
  });

  const assume = async (organization: Organization, token: string) => {
    const dispatcher = new Agent({ connect: { ca } });
    const form = {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn(organization),
      RoleSessionName: 'test',
      WebIdentityToken: token,
    };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    const xml = await fetch(gate.url, { method: 'POST', body, headers, dispatcher }).then((reply) => reply.text());
    await dispatcher.close();
    return /<Code>(.*)<\/Code>/.exec(xml)?.[1] ?? /<Provider>(.*)<\/Provider>/.exec(xml)?.[1];
  };

  it.each(PAIRS)('takes a token of %s for the role of %s only where they are the same', async (whose, where) => {
    const expected = whose === where ? providerArn('aws', ACCOUNT, `${HOST}/${whose}`) : 'AccessDenied';
    expect(await assume(where, tokens[whose]['sts.amazonaws.com'])).toBe(expected);
  });
});
