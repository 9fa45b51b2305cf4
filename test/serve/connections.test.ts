import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { watchConnections } from '../../src/serve/connections.ts';
import { createAuthority } from '../sandbox/net/authority.ts';

const authority = await createAuthority({ now: () => new Date() });
const { certPem: cert, keyPem: key } = await authority.issue(['app.gitpod.io']);

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function opened(socket: Socket, event: string): Promise<Socket> {
  await once(socket, event);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

const isClosed = (socket: Socket) => expect.poll(() => socket.destroyed);

it.each(['http', 'https'])('ends what is silent over %s, and lets go on what has begun', async (scheme) => {
  const server: Server = scheme === 'http' ? createServer() : createTlsServer({ cert, key });
  const connections = watchConnections(server);
  const port = await listening(server);
  const dial = () =>
    scheme === 'http'
      ? opened(connect(port, '127.0.0.1'), 'connect')
      : opened(
          connectTls({ port, host: '127.0.0.1', ca: authority.caPem, servername: 'app.gitpod.io' }),
          'secureConnect',
        );
  const [raw, silent, begun] = [await opened(connect(port, '127.0.0.1'), 'connect'), await dial(), await dial()];
  begun.write('GET / HT');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = once(server, 'close');
  server.close();
  connections.endIdle();
  await isClosed(raw).toBe(true);
  await isClosed(silent).toBe(true);
  expect(begun.destroyed).toBe(false);
  connections.endAll();
  await isClosed(begun).toBe(true);
  await closed;
});

it.each(['http', 'https'])('forgets connections that are over, over %s', async (scheme) => {
  const server: Server = scheme === 'http' ? createServer() : createTlsServer({ cert, key });
  const sockets: Socket[] = [];
  for (const event of ['connection', 'secureConnection']) server.on(event, (socket: Socket) => sockets.push(socket));
  watchConnections(server);
  const port = await listening(server);
  const client =
    scheme === 'http'
      ? await opened(connect(port, '127.0.0.1'), 'connect')
      : await opened(
          connectTls({ port, host: '127.0.0.1', ca: authority.caPem, servername: 'app.gitpod.io' }),
          'secureConnect',
        );
  await expect.poll(() => sockets.length).toBe(scheme === 'http' ? 1 : 2);
  client.destroy();
  await expect.poll(() => sockets.map(({ closed }) => closed)).toEqual(sockets.map(() => true));
});
