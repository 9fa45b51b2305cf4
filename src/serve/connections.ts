/** The connections of a server, so that its end waits for the requests that have begun and for nothing else. */

import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

export interface Connections {
  /**
   * Does what `Server.close` leaves undone: ends the connections on which nothing was ever sent, and those of requests
   * under way once they are answered.
   */
  endIdle(): void;
  endAll(): void;
}

export function watchConnections(server: Server): Connections {
  /** Each with the response to what it sent last. */
  const open = new Map<Socket, ServerResponse | undefined>();
  let ending = false;
  const add = (socket: Socket) => {
    if (ending) socket.destroy();
    open.set(socket, undefined);
    // In front of the server's own listener. Behind it, Node's `events` makes the array of both on the line that makes one for
    // every response too; sockets live long, so V8 makes all of them old, and what each holds of its request is copied to them.
    socket.prependOnceListener('close', () => open.delete(socket));
  };
  server.on('connection', add);
  // Below TLS something is sent in any case; what counts is whether anything came through it.
  server.on('secureConnection', add);
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (open.has(socket)) open.set(socket, response);
  });
  return {
    endIdle: () => {
      ending = true;
      for (const [socket, response] of open) {
        if (socket.bytesRead === 0) socket.destroy();
        if (response?.headersSent === false) response.setHeader('connection', 'close');
      }
    },
    endAll: () => {
      for (const socket of open.keys()) socket.destroy();
    },
  };
}
