/** moto's KMS behind a door of its own port, which can be shut, or answer for it: how AWS KMS goes down and comes back. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type AwsKmsSettings, awsKms } from '../../../src/keys/kms/aws.ts';
import { type Kms } from '../../../src/keys/kms/port.ts';

/** What happens to a request: it is passed on, left without an answer, or refused as AWS does. */
export type Answer =
  | { readonly kind: 'pass' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'refuse'; readonly status: number; readonly type: string; readonly message?: string };

export interface KmsRequest {
  /** E.g. `Sign`. */
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The header, which names the region. */
  readonly authorization: string;
}

export interface Door {
  readonly url: string;
  /** Every request so far. */
  readonly requests: readonly KmsRequest[];
  /** A client that gives up soon. */
  readonly kms: (settings?: AwsKmsSettings) => Kms;
  /** By the action; whatever is not said is passed on. */
  answer(how: (request: KmsRequest) => Answer | undefined): void;
  /** Nobody listens any more. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

const PASS: Answer = { kind: 'pass' };

/** A door of the test that runs. */
export async function kmsDoor(motoUrl: string): Promise<Door> {
  let how: (request: KmsRequest) => Answer | undefined = () => PASS;
  const requests: KmsRequest[] = [];
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const target = String(request.headers['x-amz-target']);
    const { authorization = '' } = request.headers;
    const parsed = JSON.parse(body.toString()) as KmsRequest['body'];
    const asked = { action: target.split('.')[1] ?? '', body: parsed, authorization };
    requests.push(asked);
    const answer = how(asked) ?? PASS;
    if (answer.kind === 'hang') return;
    if (answer.kind === 'refuse') {
      const { status, type, message = 'as the test says' } = answer;
      response.writeHead(status, TYPE).end(JSON.stringify({ __type: type, message }));
      return;
    }
    const headers = { ...TYPE, 'x-amz-target': target, authorization };
    try {
      const passed = await fetch(motoUrl, { method: 'POST', headers, body: new Uint8Array(body) });
      response.writeHead(passed.status, TYPE).end(Buffer.from(await passed.arrayBuffer()));
    } catch {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Nobody is behind this door');
    }
  };
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const shut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const port = await listen(0);
  onTestFinished(shut);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    requests,
    kms: (settings) => awsKms({ ...TEST_KMS, endpoint: url, ...settings }),
    answer: (next) => {
      how = next;
    },
    shut,
    open: async () => {
      await listen(port);
    },
  };
}

const TYPE = { 'content-type': 'application/x-amz-json-1.1' };

/** moto checks no signature, so any will do. */
export const TEST_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

const TEST_KMS: AwsKmsSettings = { region: 'us-east-1', credentials: TEST_CREDENTIALS };
