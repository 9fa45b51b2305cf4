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
  const open = new Set<Socket>();
  const unanswered = new Set<ServerResponse>();
  let ending = false;
  const add = (socket: Socket) => {
    if (ending) socket.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  server.on('connection', add);
  // Below TLS something is sent in any case; what counts is whether anything came through it.
  server.on('secureConnection', add);
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
  });
  return {
    endIdle: () => {
      ending = true;
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
      for (const response of unanswered) if (!response.headersSent) response.setHeader('connection', 'close');
    },
    endAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
}
