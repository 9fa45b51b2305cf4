/** The proxy to the Internet, by the variables that curl and others know, and what goes past it. */

import { isIP } from 'node:net';
import { IssuerFault } from '../../store/fault.ts';
import { type Environment } from '../environment/variables.ts';

export interface Proxy {
  /** May hold a password. */
  readonly url: string;
  /** Hosts that are reached without it, as NO_PROXY has them. */
  readonly except: string;
}

/** In small letters too, which go before, as everywhere. */
const variable = (environment: Environment, name: string): string =>
  [environment[name.toLowerCase()], environment[name]]
    .map((value = '') => value.trim())
    .find((value) => value !== '') ?? '';

/** Undefined where there is none. Throws `IssuerFault`, which does not quote it. */
export function readProxy(environment: Environment): Proxy | undefined {
  const [url, except] = [variable(environment, PROXY_VARIABLE), variable(environment, 'NO_PROXY')];
  if (url === '') return undefined;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return { url, except };
  throw new IssuerFault(
    'bad-configuration',
    'the proxy of the environment is no URL of http or https',
    `${PROXY_VARIABLE} is such as http://proxy.example.com:3128, or not set.`,
  );
}

export const PROXY_VARIABLE = 'HTTPS_PROXY';

/** Without user and password. */
export function shownProxy({ url }: Proxy): string {
  return new URL(url).host;
}

/** Is this host reached without the proxy? `example.com` and `.example.com` are also what is below, `*` is everything. */
export function isExcepted({ except }: Proxy, { hostname, port }: URL): boolean {
  const host = hostname.replace(/\.$/, '');
  return except
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', only] = /^\*?\.?(.*?)\.?(?::([0-9]+))?$/.exec(entry) ?? [];
      if (only !== undefined && only !== (port === '' ? '443' : port)) return false;
      return entry === '*' || host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
    });
}
