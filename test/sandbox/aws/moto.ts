/** moto, the AWS emulator, as a server on a free port of loopback. It checks no credentials, policies or tokens: see gate.ts. */
import { join } from 'node:path';
import { startChild } from '../net/child.ts';
import { freePort, waitUntil } from '../net/ports.ts';

export interface MotoOptions {
  /** Where `moto_server` and its Python are found. */
  readonly path: string;
  /** A home folder of its own; it must exist. */
  readonly home: string;
  /** @default 'moto_server' */
  readonly command?: string;
  /** For asking whether it is up. @default the global fetch */
  readonly fetch?: typeof fetch;
}

export interface Moto {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** What the server has written, for the error of a test that failed. */
  output(): string;
  stop(): Promise<void>;
}

/** What `moto/sitecustomize.py` says. */
const PUT_RIGHT = "moto's KMS is put right";

export async function startMoto(options: MotoOptions): Promise<Moto> {
  const { path, home, command = 'moto_server', fetch: ask = fetch } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild({
    command,
    args: ['-H', '127.0.0.1', '-p', String(port)],
    env: {
      PATH: path,
      HOME: home,
      LANG: 'C.UTF-8',
      // Without it `arn:aws:iam::aws:policy/ReadOnlyAccess` and its like do not exist and cannot be attached.
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
      // Seconds until a certificate is issued.
      MOTO_ACM_VALIDATION_WAIT: '0',
      PYTHONDONTWRITEBYTECODE: '1',
      // With what moto's KMS lacks.
      PYTHONPATH: join(import.meta.dirname, 'moto'),
    },
  });
  try {
    await waitUntil(
      async () => {
        if (!child.running()) throw new Error(`moto_server ended: ${child.output()}`);
        return ask(`${url}/moto-api/data.json`).then(
          (response) => response.ok,
          () => false,
        );
      },
      { what: 'moto_server', timeoutMs: 30_000 },
    );
    if (!child.output().includes(PUT_RIGHT))
      throw new Error(
        `${command} takes no modules from PYTHONPATH, so that its KMS signs digests wrongly: ${child.output()}`,
      );
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { url, output: child.output, stop: child.stop };
}
