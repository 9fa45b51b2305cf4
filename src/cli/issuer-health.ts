// What a container's health check asks: one request to the listener on this machine, by node:http, past any proxy.
// It runs every half a minute: the configuration is not validated again, which would cost four times as much.
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { setting, type Environment } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { quoteRemote } from '../workload/remote-text.ts';

/** The public listener, as the configuration has it. */
export interface HealthTarget {
  readonly host: string;
  readonly port: number;
  readonly tls?: unknown;
}

/** `/healthz`: it lives. `/readyz`: it can sign and reach its store. */
export type HealthPath = '/healthz' | '/readyz';

/** Less than a container's health check has. */
const TIMEOUT_MILLISECONDS = 4000;
const LONGEST_ANSWER = 65_536;

/** Where all addresses are listened at, the loopback is one of them. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** What an error of the system means, in words. */
export type Reason = (cause: unknown) => string;

/**
 * @param file the configuration; undefined where all of it is in the environment.
 * Throws `WorkloadFailure`: `bad-input` where it has no listener with a port.
 */
export async function readTarget(
  file: string | undefined,
  environment: Environment,
  reasonOf: Reason,
): Promise<HealthTarget> {
  const text = file === undefined ? '' : await readText(file, reasonOf);
  const target = targetOf(text, environment);
  if (target !== undefined) return target;
  throw unusable(
    `${file ?? 'the environment'} does not say at which port the issuer listens`,
    'Give `listen` a port that is not 0, and check the configuration with: idp issuer check',
  );
}

async function readText(file: string, reasonOf: Reason): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw unusable(`the configuration ${file} cannot be read: ${reasonOf(cause)}`, 'Check the path.', cause);
  });
}

function targetOf(text: string, environment: Environment): HealthTarget | undefined {
  const { host = '127.0.0.1', port, tls } = listenOf(documentOf(text), environment);
  const known = typeof host === 'string' && typeof port === 'number' && port !== 0;
  return known && URL.canParse(healthUrl({ host, port }, '/healthz')) ? { host, port, tls } : undefined;
}

const LISTEN = 'IDP_ISSUER__LISTEN';

/** With the variables in their places, as `serve` has them. */
function listenOf(document: unknown, environment: Environment): Readonly<Record<string, unknown>> {
  const whole = setting(environment, LISTEN);
  const { host, port, tls } = asObject(whole === undefined ? asObject(document).listen : documentOf(whole));
  const ownPort = setting(environment, `${LISTEN}__PORT`);
  const ofTls = Object.keys(environment).some(
    (name) => name.startsWith(`${LISTEN}__TLS`) && setting(environment, name) !== undefined,
  );
  return {
    host: setting(environment, `${LISTEN}__HOST`) ?? host,
    port: ownPort === undefined ? port : documentOf(ownPort),
    tls: ofTls ? true : tls,
  };
}

function documentOf(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' }) as unknown;
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function unusable(message: string, hint: string, cause?: unknown): WorkloadFailure {
  return new WorkloadFailure('bad-input', message, hint, { cause });
}

/** Throws `WorkloadFailure`: `issuer-refused` where it says no, `unreachable` where nobody answers. */
export async function demandHealth(
  target: HealthTarget,
  path: HealthPath,
  reasonOf: Reason,
  timeout = TIMEOUT_MILLISECONDS,
): Promise<void> {
  const url = new URL(healthUrl(target, path));
  const { status, text } = await ask(url, reasonOf, timeout);
  if (status === 200) return;
  throw new WorkloadFailure(
    'issuer-refused',
    `${url.href} says ${status}: ${whyNot(text)}`,
    'The log of the issuer says more.',
  );
}

export function healthUrl({ host, port, tls }: HealthTarget, path: HealthPath): string {
  const address = LOOPBACK[host] ?? host;
  const name = address.includes(':') ? `[${address}]` : address;
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}${path}`;
}

async function ask(
  url: URL,
  reasonOf: Reason,
  timeout: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent =
        url.protocol === 'http:'
          ? requestHttp(url, { signal, agent: false }, resolve)
          : // The certificate is for the issuer's name, not for this address; nothing secret is sent or taken.
            requestHttps(url, { signal, agent: false, rejectUnauthorized: false }, resolve);
      sent.once('error', reject).end();
    });
    let text = '';
    for await (const chunk of reply) {
      text += String(chunk);
      if (text.length > LONGEST_ANSWER) break;
    }
    return { status: reply.statusCode ?? 0, text };
  } catch (cause) {
    const why = signal.aborted ? `no answer within ${timeout / 1000} s` : reasonOf(cause);
    throw new WorkloadFailure(
      'unreachable',
      `${url.href} cannot be reached: ${why}`,
      'Is `idp issuer serve` running?',
      {
        cause,
      },
    );
  }
}

/** The checks of `/readyz` that are not in order. */
function whyNot(text: string): string {
  try {
    const { checks } = JSON.parse(text) as { checks?: Readonly<Record<string, unknown>> };
    const failed = Object.entries(checks ?? {}).filter(([, state]) => state !== 'ok');
    if (failed.length > 0) return failed.map(([name, state]) => quoteRemote(`${name}: ${String(state)}`)).join(', ');
  } catch {
    // No answer of an issuer: it is shown as it is.
  }
  return quoteRemote(text);
}
