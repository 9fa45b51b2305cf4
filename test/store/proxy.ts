/** A network between a client and a server of TCP that can be cut without either being told. */
import { type Socket, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { close, listen } from '../sandbox/net/ports.ts';

export interface Network {
  readonly port: number;
  /** From now on nothing passes, in connections that are there and in new ones; nobody is told. */
  readonly cut: () => void;
  /** Connections that were cut stay so, as after a firewall has forgotten them; new ones pass. */
  readonly mend: () => void;
}

/** Gone with the test. */
export async function startNetwork(target: number): Promise<Network> {
  const sockets = new Set<Socket>();
  let passes = true;
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => undefined);
    if (!passes) return;
    const far = connect(target, 'localhost');
    sockets.add(far);
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  const port = await listen(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await close(server);
  });
  const cut = () => {
    passes = false;
    for (const socket of sockets) socket.unpipe().pause();
  };
  return {
    port,
    cut,
    mend: () => {
      passes = true;
    },
  };
}
