/**
 * An HTTP CONNECT proxy (RFC 9110, 9.3.6) on loopback that leads chosen host names, port 443, to local addresses. It is how
 * `https://app.gitpod.io` reaches the sandbox's issuer without root, DNS or a hosts file. Every other name is refused:
 * nothing leaves the machine.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { close, listen } from './ports.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a name that is cut off behaves: refused at once, or silent until the client gives up (STS gives up after 5 s). */
export type Outage = 'refuse' | 'hang';

export interface ConnectProxyOptions {
  /** Host name (port 443 is meant) to the local address that answers for it. */
  readonly routes?: Readonly<Record<string, Address>>;
}

/** One CONNECT request and what became of it. */
export interface ProxyEvent {
  readonly target: string;
  readonly outcome: 'connected' | 'refused' | 'cut' | 'failed';
}

export interface ConnectProxy {
  /** `http://127.0.0.1:port`, for HTTPS_PROXY. */
  readonly url: string;
  readonly events: readonly ProxyEvent[];
  route(name: string, address: Address): void;
  /** Makes a name unreachable; tunnels that are open to it end. */
  cut(name: string, outage?: Outage): void;
  restore(name: string): void;
  stop(): Promise<void>;
}

interface State {
  readonly routes: Map<string, Address>;
  readonly outages: Map<string, Outage>;
  readonly tunnels: Set<{ readonly name: string; readonly socket: Duplex }>;
  readonly events: ProxyEvent[];
}

export async function startConnectProxy({ routes = {} }: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const state: State = {
    routes: new Map(Object.entries(routes).map(([name, address]) => [name.toLowerCase(), address])),
    outages: new Map(),
    tunnels: new Set(),
    events: [],
  };
  const server = createServer((_request, response) => {
    // A plain request in absolute form would leave the machine unencrypted; the sandbox has no use for it.
    response
      .writeHead(403, { 'content-type': 'text/plain' })
      .end('this proxy only tunnels to the names of the sandbox\n');
  });
  server.on('connect', (request, socket, head) => {
    tunnel(state, request, socket, head);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    events: state.events,
    route: (name, address) => void state.routes.set(name.toLowerCase(), address),
    cut: (name, outage = 'refuse') => {
      state.outages.set(name.toLowerCase(), outage);
      endTunnels(state, name.toLowerCase());
    },
    restore: (name) => {
      state.outages.delete(name.toLowerCase());
      endTunnels(state, name.toLowerCase());
    },
    stop: async () => {
      for (const { socket } of state.tunnels) socket.destroy();
      server.closeAllConnections();
      await close(server);
    },
  };
}

function endTunnels(state: State, name: string): void {
  for (const open of state.tunnels) if (open.name === name) open.socket.destroy();
}

function tunnel(state: State, request: IncomingMessage, client: Duplex, head: Buffer): void {
  const target = request.url ?? '';
  const name = target.toLowerCase().replace(/:443$/, '');
  const entry = { name, socket: client };
  state.tunnels.add(entry);
  client.on('close', () => state.tunnels.delete(entry));
  client.on('error', () => client.destroy());

  const outage = state.outages.get(name);
  if (outage !== undefined) {
    state.events.push({ target, outcome: 'cut' });
    if (outage === 'refuse') answer(client, '502 Bad Gateway');
    return;
  }
  const address = state.routes.get(name);
  if (address === undefined) {
    state.events.push({ target, outcome: 'refused' });
    answer(client, '403 Forbidden');
    return;
  }
  join(connect(address.port, address.host), client, head, (outcome) => state.events.push({ target, outcome }));
}

function join(upstream: Socket, client: Duplex, head: Buffer, report: (outcome: 'connected' | 'failed') => void): void {
  let connected = false;
  upstream.on('connect', () => {
    connected = true;
    report('connected');
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  });
  upstream.on('error', () => {
    if (connected) client.destroy();
    else {
      report('failed');
      answer(client, '502 Bad Gateway');
    }
  });
  upstream.on('close', () => client.destroy());
  client.on('close', () => upstream.destroy());
}

const answer = (client: Duplex, status: string): void => {
  client.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
};
