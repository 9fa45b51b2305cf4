// The sandbox's CONNECT proxy, with `issuer.example` leading to one server.
import { startConnectProxy } from '../../sandbox/net/connect-proxy.ts';

export interface TestProxy extends AsyncDisposable {
  readonly url: string;
  /** The targets asked for, as `host:port`. */
  readonly tunnels: () => string[];
}

export async function proxyTo(target: string): Promise<TestProxy> {
  const { port } = new URL(target);
  const proxy = await startConnectProxy({ routes: { 'issuer.example': { host: '127.0.0.1', port: Number(port) } } });
  return {
    url: proxy.url,
    tunnels: () => proxy.events.map((event) => event.target),
    [Symbol.asyncDispose]: () => proxy.stop(),
  };
}
