/** A gate with everything behind it: moto, a proxy, two issuers and some roles; and tokens for it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CompactSign } from 'jose';
import { Agent, fetch } from 'undici';
import { startGate, type Gate } from '../sandbox/aws/gate.ts';
import { startMoto, type Moto } from '../sandbox/aws/moto.ts';
import { createAuthority, type Authority } from '../sandbox/net/authority.ts';
import { startConnectProxy, type ConnectProxy } from '../sandbox/net/connect-proxy.ts';
import {
  PATH,
  makeKey,
  publish,
  startDocuments,
  workspace,
  type DocumentServer,
  type Key,
  type Workspace,
} from './support.ts';

export const ONA = 'https://app.gitpod.io';
export const CLASSIC = 'https://services.acme.gitpod.cloud/idp';
export const GITHUB = 'https://token.actions.githubusercontent.com';
export const providerArn = (issuer: string): string =>
  `arn:aws:iam::123456789012:oidc-provider/${issuer.replace('https://', '')}`;
export const roleArn = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

export interface Answer {
  readonly status: number;
  readonly xml: string;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

export interface GateWorld {
  readonly space: Workspace;
  readonly authority: Authority;
  readonly proxy: ConnectProxy;
  readonly documents: DocumentServer;
  readonly moto: Moto;
  readonly gate: Gate;
  readonly iam: IAMClient;
  readonly key: Key;
  readonly clock: { now: Date };
  /** Seconds since 1970, by the gate's clock. */
  seconds(): number;
  mint(claims: Readonly<Record<string, unknown>>, options?: { key?: Key; header?: object }): Promise<string>;
  /** Claims of an ordinary token of Ona's, with changes; `undefined` takes one away. */
  claims(changes?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  assume(token: string, parameters?: Readonly<Record<string, string>>): Promise<Answer>;
  stop(): Promise<void>;
}

const NAMES = ['app.gitpod.io', 'services.acme.gitpod.cloud', 'token.actions.githubusercontent.com'] as const;

export async function startGateWorld(): Promise<GateWorld> {
  const space = workspace();
  const clock = { now: new Date() };
  const authority = await createAuthority({ now: () => new Date() });
  const [documents, proxy, key] = await Promise.all([
    startDocuments(authority, NAMES),
    startConnectProxy(),
    makeKey('k1'),
  ]);
  for (const name of NAMES) proxy.route(name, documents.address);
  mkdirSync(join(space.dir, 'moto'));
  const moto = await startMoto({ path: PATH, home: join(space.dir, 'moto') });
  const options = { motoUrl: moto.url, authority, proxyUrl: proxy.url, now: () => clock.now, issuerTimeoutMs: 400 };
  const gate = await startGate(options);
  const credentials = { accessKeyId: 't', secretAccessKey: 't' };
  const iam = new IAMClient({ endpoint: moto.url, region: 'eu-central-1', credentials });
  for (const Url of [ONA, CLASSIC, GITHUB]) {
    publish(documents, Url, [key.jwk]);
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com', 'other'] }));
  }
  const agent = new Agent({ connect: { ca: authority.caPem } });
  const seconds = () => Math.floor(clock.now.getTime() / 1000);
  const stop = async () => {
    iam.destroy();
    await agent.destroy();
    await Promise.all([gate.stop(), documents.stop(), proxy.stop(), moto.stop()]);
    space.remove();
  };
  return {
    ...{ space, authority, proxy, documents, moto, gate, iam, key, clock, seconds, stop },
    mint: (claims, { key: by = key, header = {} } = {}) => sign(claims, by, header),
    claims: (changes = {}) => ordinaryClaims(seconds(), changes),
    assume: (token, parameters = {}) => assume(gate.url, agent, { WebIdentityToken: token, ...parameters }),
  };
}

function sign(
  claims: Readonly<Record<string, unknown>>,
  { alg, kid, privateKey }: Key,
  header: object,
): Promise<string> {
  const payload = Buffer.from(JSON.stringify(claims));
  return new CompactSign(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

function ordinaryClaims(iat: number, changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const ordinary = { iss: ONA, sub: 'org:1/prj:2/env:3', aud: ['sts.amazonaws.com'], iat, exp: iat + 3600 };
  const all: Record<string, unknown> = { ...ordinary, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

async function assume(url: string, dispatcher: Agent, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const form = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn('ci'),
    RoleSessionName: 'test',
    ...parameters,
  };
  const body = new URLSearchParams(form).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const response = await fetch(url, { method: 'POST', body, headers, dispatcher });
  const xml = await response.text();
  const [, code] = /<Code>(.*)<\/Code>/.exec(xml) ?? [];
  const [, message] = /<Message>(.*)<\/Message>/s.exec(xml) ?? [];
  return { status: response.status, xml, code, message: message?.replaceAll('&apos;', "'").replaceAll('&amp;', '&') };
}

export interface RoleOptions {
  readonly condition?: object;
  readonly action?: string | readonly string[];
  readonly federated?: string;
  readonly seconds?: number;
  readonly path?: string;
}

export async function makeRole({ iam }: GateWorld, RoleName: string, options: RoleOptions = {}): Promise<void> {
  const { condition, action = 'sts:AssumeRoleWithWebIdentity', federated = providerArn(ONA), seconds, path } = options;
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Federated: federated },
      Action: action,
      ...(condition ? { Condition: condition } : {}),
    },
  ];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument,
      ...(seconds === undefined ? {} : { MaxSessionDuration: seconds }),
      ...(path === undefined ? {} : { Path: path }),
    }),
  );
}
