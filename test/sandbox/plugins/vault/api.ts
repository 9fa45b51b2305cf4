/** Vault as the stand-in reaches it: its HTTP API, with what the environment and the stack's configuration say. */
import { readFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import { firstSet, isBag, text, type Bag, type Json } from '../core/kind.ts';

export interface Vault {
  /** Reads; nothing when it is not there. */
  get(path: string, namespace?: string): Promise<Bag | undefined>;
  /** Writes, and yields `data` of the answer. */
  put(path: string, body: Bag, namespace?: string): Promise<Bag>;
  delete(path: string, namespace?: string): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration wins over VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE and VAULT_CACERT, as with the real provider. */
export function connectVault(config: Bag, env: Environment): Vault {
  const address = firstSet(config.address, env.VAULT_ADDR)?.replace(/\/$/, '');
  const token = firstSet(config.token, env.VAULT_TOKEN);
  if (address === undefined) throw new Error('failed to configure Vault address: set vault:address or VAULT_ADDR');
  if (token === undefined) throw new Error('no vault token set: set vault:token or VAULT_TOKEN');
  const caFile = firstSet(config.caCertFile, env.VAULT_CACERT);
  const dispatcher = new Agent({ connect: caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') } });
  const request = requester({ address, token, namespace: firstSet(config.namespace, env.VAULT_NAMESPACE), dispatcher });
  return {
    get: async (path, namespace = '') => {
      const answer = await request('GET', path, namespace);
      return answer.status === 404 || isMissing(answer) ? undefined : dataOf(answer);
    },
    put: async (path, body, namespace = '') => dataOf(await request('PUT', path, namespace, body)),
    delete: async (path, namespace = '') => {
      const answer = await request('DELETE', path, namespace);
      if (answer.status !== 404) dataOf(answer);
    },
  };
}

interface Connection {
  readonly address: string;
  readonly token: string;
  readonly namespace: string | undefined;
  readonly dispatcher: Agent;
}

type Request = (method: string, path: string, namespace: string, body?: Bag) => Promise<Answer>;

/** The namespace of a resource is relative to that of the provider. */
function requester({ address, token, namespace: base = '', dispatcher }: Connection): Request {
  return async (method, path, namespace, body) => {
    const within = [base, namespace].filter((part) => part !== '').join('/');
    const headers = {
      'x-vault-token': token,
      'x-vault-request': 'true',
      ...(within === '' ? {} : { 'x-vault-namespace': within }),
    };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${address}/v1/${path}`, { method, headers, dispatcher, ...json }).catch(
      (error: unknown) => {
        throw unreachable(address, error);
      },
    );
    const content = await response.text();
    return { method, path, status: response.status, body: content === '' ? {} : (JSON.parse(content) as Bag) };
  };
}

interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: Bag;
}

const errorsOf = ({ body }: Answer): string[] => (Array.isArray(body.errors) ? body.errors.map(text) : []);

/** A mount that is not there is answered with 400. */
const isMissing = (answer: Answer): boolean =>
  answer.status === 400 &&
  errorsOf(answer).some((error) => /no (auth engine|matching mount)|cannot fetch sysview/i.test(error));

function dataOf(answer: Answer): Bag {
  if (answer.status >= 300) {
    const errors = errorsOf(answer).map((error) => `* ${error}`);
    throw new Error(
      [`Error making API request: ${answer.method} /v1/${answer.path}: Code ${answer.status}`, ...errors].join('\n'),
    );
  }
  const data = answer.body.data;
  return isBag(data) ? data : {};
}

/** A property's name as Vault has it: `boundClaimsType` is `bound_claims_type`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Vault answers null where the provider's state has nothing. */
export const unlessNull = (value: Json | undefined): Json | undefined => (value === null ? undefined : value);

/** `fetch failed` says nothing; its cause does. */
function unreachable(address: string, error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  const why = cause instanceof Error && cause.message !== '' ? cause.message : String(error);
  return new Error(`Vault at ${address} cannot be reached: ${why}`, { cause: error });
}
