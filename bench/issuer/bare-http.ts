/** The physical limit of a document out of memory: `node:http` alone. The body comes in the environment. */

import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

const body = process.env.BODY ?? '';
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
const server = createServer((_request, response) => {
  response.writeHead(200, headers).end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
