/** One listener: bound to its addresses, and ended in order. */

import { lookup } from 'node:dns/promises';
import { type Server, createServer } from 'node:net';
import { type FastifyInstance } from 'fastify';
import { IssuerFault, reasonOf } from '../store/fault.ts';
import { type Connections, watchConnections } from './connections.ts';
import { type ListenerConfig } from './settings.ts';

export interface Listening {
  /** Where it is, e.g. `https://127.0.0.1:8443`. */
  readonly url: string;
  /** Answers what has begun, then closes everything. */
  readonly stop: () => Promise<void>;
}

/** Requests that have begun get this long. */
const DRAIN_MILLISECONDS = 10_000;

/** @param name the setting. Throws `IssuerFault`, and then nothing is open. */
export async function listen(name: string, server: FastifyInstance, listener: ListenerConfig): Promise<Listening> {
  const { host, tls } = listener;
  const connections = watchConnections(server.server);
  const [first = host, ...others] = await addressesOf(host);
  try {
    await server.listen({ host: first, port: listener.port });
  } catch (cause) {
    await server.close();
    throw new IssuerFault(
      'listener-unavailable',
      `\`${name}\` cannot serve at ${host}:${listener.port}: ${reasonOf(cause)}`,
      'Choose another host or port, or end what has it.',
      { cause },
    );
  }
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listener.port;
  const doors = (await Promise.all(others.map((other) => openDoor(server, other, port)))).filter(
    (door) => door !== undefined,
  );
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    stop: () => drain(server, doors, connections),
  };
}

/** `localhost` can be two addresses, and a client may choose either; other names are bound as the system resolves them. */
async function addressesOf(host: string): Promise<string[]> {
  if (host !== 'localhost') return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return [...new Set(found.map(({ address }) => address))];
}

/**
 * Leads the connections of another address to the server. Fastify would bind a second server there, whose connections
 * nobody could end. Undefined where the machine has no such address.
 */
async function openDoor(server: FastifyInstance, host: string, port: number): Promise<Server | undefined> {
  const door = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    server.server.emit('connection', socket);
  });
  return new Promise((resolve) => {
    door.once('error', () => {
      resolve(undefined);
    });
    door.listen({ host, port }, () => {
      resolve(door);
    });
  });
}

async function drain(server: FastifyInstance, doors: readonly Server[], connections: Connections): Promise<void> {
  const timer = setTimeout(() => {
    connections.endAll();
  }, DRAIN_MILLISECONDS);
  const closed = [server.close(), ...doors.map(closeDoor)];
  connections.endIdle();
  await Promise.all(closed);
  clearTimeout(timer);
}

async function closeDoor(door: Server): Promise<void> {
  return new Promise((resolve) => {
    door.close(() => {
      resolve();
    });
  });
}
