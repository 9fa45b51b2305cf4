/**
 * AWS as the sandbox has it: an HTTPS server that passes everything on to moto, except for what moto does not check. That is
 * above all AssumeRoleWithWebIdentity, which is decided here as STS decides it, and then a few calls of IAM (emulator-gaps.ts).
 */
import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import type { Authority } from '../net/authority.ts';
import { close, listen } from '../net/ports.ts';
import {
  assumeRoleWithWebIdentity,
  type AssumeRoleServices,
  type Credentials,
  type Decision,
  type DecisionDraft,
} from './assume-role.ts';
import { motoDirectory } from './directory.ts';
import { IAM_NAMESPACE, fillGap } from './emulator-gaps.ts';
import { documentFetcher, keyStore } from './idp-documents.ts';
import { motoSts } from './moto-client.ts';
import { StsError, errorXml } from './sts-error.ts';
import type { WebIdentityRequest } from './sts-request.ts';

export interface GateOptions {
  /** moto, `http://127.0.0.1:port`. */
  readonly motoUrl: string;
  /** Signs the gate's own certificate, and is trusted for the issuers'. */
  readonly authority: Authority;
  /** The CONNECT proxy that leads to the issuers. */
  readonly proxyUrl: string;
  readonly now: () => Date;
  /** More names for the gate's certificate, beside localhost, 127.0.0.1 and sts.amazonaws.com. */
  readonly names?: readonly string[];
  /** How long an issuer may take to answer. @default 5000, as AWS */
  readonly issuerTimeoutMs?: number;
}

export interface Gate {
  /** `https://localhost:port`, for AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly port: number;
  /** Every AssumeRoleWithWebIdentity so far, oldest first, with the reason of a refusal; no tokens. */
  readonly decisions: readonly Decision[];
  /** Makes the gate fetch every issuer's keys again, as STS does after a while. */
  forgetKeys(): void;
  stop(): Promise<void>;
}

interface Context {
  readonly options: GateOptions;
  readonly services: AssumeRoleServices;
  readonly decisions: Decision[];
}

export async function startGate(options: GateOptions): Promise<Gate> {
  const { motoUrl, authority, proxyUrl, now, names = [], issuerTimeoutMs = 5000 } = options;
  const { certPem, keyPem } = await authority.issue(['localhost', '127.0.0.1', 'sts.amazonaws.com', ...names]);
  const fetcher = documentFetcher({ proxyUrl, caPem: authority.caPem, timeoutMs: issuerTimeoutMs });
  const keys = keyStore(fetcher.fetch);
  const directory = motoDirectory(motoUrl);
  const services = { now, keys, directory, issueCredentials: credentialsFrom(motoUrl) };
  const context: Context = { options, services, decisions: [] };
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    handle(context, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const port = await listen(server);
  return {
    url: `https://localhost:${port}`,
    port,
    decisions: context.decisions,
    forgetKeys: keys.forget,
    stop: async () => {
      server.closeAllConnections();
      await Promise.all([close(server), fetcher.close()]);
      directory.close();
    },
  };
}

async function handle(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const body = isForm ? await readBody(request) : undefined;
  const { searchParams } = new URL(request.url ?? '/', 'https://gate.invalid');
  const parameters = body === undefined ? searchParams : new URLSearchParams(body.toString('utf8'));
  if (parameters.get('Action') === 'AssumeRoleWithWebIdentity') {
    await decide(context, parameters, request, response);
    return;
  }
  const filled = await fillGap(parameters, request, context.options.motoUrl);
  if (filled === undefined) forward(context.options.motoUrl, request, response, body);
  else if (filled instanceof StsError) answerXml(response, filled.status, (id) => errorXml(filled, id, IAM_NAMESPACE));
  else answerXml(response, 200, filled);
}

async function decide(
  { services, decisions }: Context,
  parameters: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const draft = draftDecision(parameters, services.now());
  const caller = {
    sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    userAgent: request.headers['user-agent'] ?? '',
  };
  try {
    const version = parameters.get('Version') ?? '';
    if (version !== '2011-06-15') {
      const message = `Could not find operation AssumeRoleWithWebIdentity for version ${version || 'NO_VERSION_SPECIFIED'}`;
      throw new StsError('InvalidAction', message);
    }
    const body = await assumeRoleWithWebIdentity(parameters, caller, services, draft);
    decisions.push({ ...draft, outcome: 'admitted' });
    answerXml(response, 200, body);
  } catch (error) {
    const refusal =
      error instanceof StsError
        ? error
        : new StsError('InternalFailure', 'We encountered an internal error.', String(error));
    const { code, message, detail } = refusal;
    decisions.push({ ...draft, code, message, detail });
    answerXml(response, refusal.status, (id) => errorXml(refusal, id));
  }
}

function draftDecision(parameters: URLSearchParams, now: Date): DecisionDraft {
  return {
    at: now.toISOString(),
    outcome: 'refused',
    roleArn: parameters.get('RoleArn') ?? undefined,
    sessionName: parameters.get('RoleSessionName') ?? undefined,
    issuer: undefined,
    subject: undefined,
    audience: undefined,
    code: undefined,
    message: undefined,
    detail: undefined,
  };
}

function answerXml(response: ServerResponse, status: number, body: (requestId: string) => string): void {
  const id = randomUUID();
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': id }).end(`${body(id)}\n`);
}

/** Host and Authorization stay as they are: moto finds the service by the credential scope. */
function forward(motoUrl: string, request: IncomingMessage, response: ServerResponse, body: Buffer | undefined): void {
  const { hostname, port } = new URL(motoUrl);
  const { method, url, headers } = request;
  const upstream = httpRequest({ hostname, port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', (error) => response.destroy(error));
  response.on('close', () => upstream.destroy());
  if (body === undefined) request.pipe(upstream);
  else upstream.end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** moto makes credentials for whatever token; it gets none. */
function credentialsFrom(motoUrl: string): AssumeRoleServices['issueCredentials'] {
  return async (request: WebIdentityRequest): Promise<Credentials> => {
    const sts = motoSts(motoUrl, request.role.account);
    const answer = await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: request.role.arn,
        RoleSessionName: request.sessionName,
        DurationSeconds: request.durationSeconds,
        WebIdentityToken: 'verified-by-the-gate',
      }),
    );
    sts.destroy();
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  };
}
