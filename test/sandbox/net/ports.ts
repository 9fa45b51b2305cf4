/** Ports and readiness: what every server of the sandbox needs before somebody may talk to it. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Listens on loopback, on a port the system picks, and says which. */
export function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops listening and resolves when the socket is closed. The caller ends what is still connected. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

/** A port nobody listens on right now, for programs that cannot pick one and say which. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await close(server);
  return port;
}

export interface WaitOptions {
  /** @default 15000 */
  readonly timeoutMs?: number;
  /** @default 25 */
  readonly everyMs?: number;
  /** What is awaited, for the error. */
  readonly what: string;
}

/** Asks again and again until the answer is yes; an exception of `ready` ends it at once. */
export async function waitUntil(ready: () => Promise<boolean>, options: WaitOptions): Promise<void> {
  const { timeoutMs = 15_000, everyMs = 25, what } = options;
  const end = performance.now() + timeoutMs;
  while (!(await ready())) {
    if (performance.now() > end) throw new Error(`${what}: not ready after ${timeoutMs} ms`);
    await pause(everyMs);
  }
}
