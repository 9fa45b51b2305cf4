/**
 * Where a PostgreSQL database is and how to sign in, from the URL that libpq takes too:
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */

export type PostgresTls =
  | 'none'
  /** Encrypted, but to whomever. */
  | 'unverified'
  | 'verify-ca'
  | 'verify-full';

export interface PostgresAddress {
  /** A name, an IP address, or the directory of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Empty where there is none. */
  readonly password: string;
  readonly database: string;
  readonly tls: PostgresTls;
  /** More options of the session, as in `-c search_path=idp`. */
  readonly options: string;
}

export interface Mistake {
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

export type ReadAddress =
  | { readonly ok: true; readonly address: PostgresAddress }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

const FORM = 'write postgresql://user:password@host:5432/database';

/** What is taken of libpq's parameters. Others would be ignored, and mean something to whoever wrote them. */
const PARAMETERS = ['dbname', 'host', 'options', 'password', 'port', 'sslmode', 'user'] as const;
type Parameters = Readonly<Partial<Record<(typeof PARAMETERS)[number], string>>>;

/** Libpq's modes; `allow` and `prefer` let anybody in between turn TLS off. */
const MODES: Readonly<Record<string, (authority: boolean) => PostgresTls>> = {
  disable: () => 'none',
  // As libpq has it: whoever has an authority wants it to count.
  require: (authority) => (authority ? 'verify-ca' : 'unverified'),
  'verify-ca': () => 'verify-ca',
  'verify-full': () => 'verify-full',
};

/**
 * Reads a URL, and says everything that is wrong with it without quoting what may be a part of the password.
 * @param authority whether there is a file with the authorities of the server's certificate
 */
export function readAddress(text: string, authority: boolean): ReadAddress {
  const url = parse(text.trim());
  if (url === undefined) {
    const why = 'in a user or password, : is %3A, / is %2F, @ is %40, # is %23, ? is %3F and % is %25';
    return { ok: false, mistakes: [{ message: 'there is no URL of PostgreSQL in it', hint: `${FORM}; ${why}` }] };
  }
  const known = Object.fromEntries(PARAMETERS.map((name) => [name, url.searchParams.get(name) ?? undefined]));
  const parameters: Parameters = Object.fromEntries(
    Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const address = addressOf(url, parameters, authority);
  const mistakes = [...checkParameters(url, parameters), ...checkAddress(address, authority)];
  return mistakes.length === 0 ? { ok: true, address } : { ok: false, mistakes };
}

/** Undefined, too, where a character of the password seems to have ended it early. */
function parse(text: string): URL | undefined {
  // Libpq lets the host be empty, and the parameter say it; a URL with a user must have one.
  const full = text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?#]|$)/, `$1${NO_HOST}`);
  if (!/^postgres(?:ql)?:\/\//.test(full) || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  const rest = url.pathname + url.search;
  if (url.hash !== '' || rest.includes('@') || url.pathname.slice(1).includes('/')) return undefined;
  return [url.username, url.password, url.hostname, url.pathname].every(canDecode) ? url : undefined;
}

const NO_HOST = '%2F';

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const DEFAULT_PORT = 5432;

function addressOf(url: URL, parameters: Parameters, authority: boolean): PostgresAddress {
  const named = decodeURIComponent(url.hostname === NO_HOST ? '' : url.hostname).replace(/^\[(.*)\]$/, '$1');
  const host = parameters.host ?? named;
  const port = parameters.port ?? url.port;
  return {
    host,
    port: port === '' ? DEFAULT_PORT : Number(port),
    user: parameters.user ?? decodeURIComponent(url.username),
    password: parameters.password ?? decodeURIComponent(url.password),
    database: parameters.dbname ?? decodeURIComponent(url.pathname.slice(1)),
    tls: tlsOf(host, parameters.sslmode, authority),
    options: parameters.options ?? '',
  };
}

function tlsOf(host: string, mode: string | undefined, authority: boolean): PostgresTls {
  // Libpq never uses TLS on sockets.
  if (isSocket(host)) return 'none';
  if (mode === undefined) return isLoopback(host) && !authority ? 'none' : 'verify-full';
  return MODES[mode]?.(authority) ?? 'verify-full';
}

export function isSocket(host: string): boolean {
  return host.startsWith('/');
}

function isLoopback(host: string): boolean {
  return /^127(?:\.[0-9]{1,3}){3}$/.test(host) || host === '::1' || host === 'localhost';
}

function checkParameters(url: URL, { sslmode }: Parameters): Mistake[] {
  const others = [...url.searchParams.keys()].filter((name) => !PARAMETERS.some((known) => known === name));
  const known = sslmode === undefined || Object.hasOwn(MODES, sslmode);
  return [
    ...(others.length === 0
      ? []
      : [{ message: 'it has a parameter that is not taken here', hint: `there are: ${PARAMETERS.join(', ')}` }]),
    ...(known
      ? []
      : [{ message: 'its sslmode is none that is taken here', hint: `there are: ${Object.keys(MODES).join(', ')}` }]),
  ];
}

function checkAddress({ host, port, user, database, tls }: PostgresAddress, authority: boolean): Mistake[] {
  const rules: readonly (readonly [boolean, Mistake])[] = [
    [host !== '', { message: 'it names no host', hint: FORM }],
    [!host.includes(','), { message: 'it names several hosts', hint: 'name the one that takes writes' }],
    [
      Number.isInteger(port) && port > 0 && port < 65_536,
      { message: 'its port is none', hint: 'a port is a whole number from 1 to 65535' },
    ],
    [user !== '', { message: 'it names no user', hint: FORM }],
    [database !== '', { message: 'it names no database', hint: FORM }],
    [
      tls !== 'none' || !authority || host === '',
      { message: 'it uses no TLS, for which the ca_file would be', hint: 'leave out sslmode, or the ca_file' },
    ],
  ];
  return rules.filter(([right]) => !right).map(([, mistake]) => mistake);
}

/** For messages: without the password. */
export function describeAddress({ host, port, user, database }: PostgresAddress): string {
  const at = host.includes(':') ? `[${host}]` : host;
  return `${user}@${at}:${port}/${database}`;
}
