/** HTTP as bytes: what is sent is what a test says, well-formed or not, and what comes back is all of it. */
import { type Socket, connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Sending {
  /** Sent one after the other; a client that is cut off has sent no more than that. */
  readonly chunks: readonly Buffer[];
  /**
   * `end`: nothing more is sent once something came back, or nothing did; `wait`: the server is the one to close;
   * `reset`: the connection is gone at once.
   */
  readonly then: 'end' | 'wait' | 'reset';
}

/** Longer than a server takes for anything, in milliseconds: a connection that is still open then hangs. */
const HANGING = 15_000;

/** How long a client waits for an answer to what may be no request, in milliseconds. Node answers nobody who has ended. */
const PATIENCE = 40;

/** Everything that comes back until the server closes the connection. Rejects where it does not. */
export function sendRaw(url: string, { chunks, then }: Sending): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end of: ${Buffer.concat(chunks).toString('latin1').slice(0, 300)}`));
    }, HANGING);
    let received = '';
    const endIt = () => {
      if (then === 'end') socket.end();
    };
    socket.setNoDelay();
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      endIt();
    });
    // A server may close before it has read everything; what it said by then counts.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.on('connect', () => {
      for (const chunk of chunks) socket.write(chunk);
      if (then === 'reset') setImmediate(() => socket.resetAndDestroy());
      else setTimeout(endIt, PATIENCE).unref();
    });
  });
}

/** The answers in what came back, in order. They are those of requests that are no HEAD. */
export function readAnswers(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (end < 0 || Number.isNaN(status)) throw new Error(`no answer: ${rest.slice(0, 200)}`);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length'] ?? '0');
    answers.push({ status, headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

/** The status lines in what came back, whatever is between them. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
