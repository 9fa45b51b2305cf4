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
    socket.once('close', () => open.delete(socket));
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
