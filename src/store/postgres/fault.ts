/** What PostgreSQL, the network and TLS complain of, in words, and what to do about it. */

import { IssuerFault, reasonOf, systemCode } from '../fault.ts';
import { type PostgresAddress, describeAddress, isSocket } from './address.ts';

interface Complaint {
  /** SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), or the code of Node. */
  readonly code?: RegExp;
  /** Where the driver gives no code. */
  readonly message?: RegExp;
  readonly reason: (address: PostgresAddress, thrown: Error) => string;
  readonly hint: (address: PostgresAddress) => string;
}

const say = (text: string) => () => text;

const REACH = 'Check the host and the port in the URL, that the server runs, and that it may be reached from here.';
const RETRY = 'It is tried again by itself.';
const TRUST =
  'Give the authority of its certificate as ca_file, and name the server in the URL as the certificate does.';

/** The first that fits. What fits none is a mistake of idp, and no matter of the store. */
const COMPLAINTS: readonly Complaint[] = [
  {
    code: /^28P01$/,
    reason: ({ user }) => `the server does not take this password of the user ${user}`,
    hint: say('Correct the URL; in a password : is %3A, / is %2F, @ is %40, # is %23, ? is %3F and % is %25.'),
  },
  {
    message: /client password must be/,
    reason: ({ user }) => `the server wants a password of the user ${user}, and the URL has none`,
    hint: say('Write postgresql://user:password@host:5432/database.'),
  },
  {
    code: /^28/,
    reason: ({ user, database }) => `the server does not let the user ${user} into the database ${database} from here`,
    hint: say('Check that the user exists, and what pg_hba.conf says of it.'),
  },
  {
    code: /^3D000$/,
    reason: ({ database }) => `there is no database ${database}`,
    hint: ({ user, database }) => `Make it: create database "${database}" owner "${user}" encoding 'UTF8'.`,
  },
  {
    code: /^(?:42501|3F000)$/,
    reason: ({ user }, { message }) => `the user ${user} lacks a right: ${message}`,
    hint: ({ user, database }) =>
      `Make it the owner: alter database "${database}" owner to "${user}"; of tables that others made, too.`,
  },
  {
    code: /^(?:42P01|42703)$/,
    reason: (_address, { message }) => `it is no store of idp: ${message}`,
    hint: say('Name an empty database, or restore the backup; idp makes its tables when it starts.'),
  },
  {
    code: /^25006$/,
    reason: say('it is read-only, as a standby is'),
    hint: say('Name the server that takes writes.'),
  },
  {
    code: /^53300$/,
    reason: say('the server has no connection left'),
    hint: say('Make `pool` smaller, or max_connections of the server larger.'),
  },
  {
    code: /^(?:53|58)/,
    reason: (_address, { message }) => `the server lacks what it needs: ${message}`,
    hint: say('See the log of the server.'),
  },
  { code: /^57P/, reason: say('the server is starting or ending'), hint: say(RETRY) },
  {
    code: /^(?:57014|55P03|25P03)$/,
    reason: say('the server did not answer in time'),
    hint: say('See what it is busy with: select * from pg_stat_activity.'),
  },
  {
    message: /^timeout exceeded when trying to connect$/,
    reason: say('no connection was free in time'),
    hint: say('Make `pool` larger, if the server is not just slow.'),
  },
  {
    message: /timeout/,
    reason: say('the server did not answer in time'),
    hint: say(REACH),
  },
  {
    message: /does not support SSL|establishing an SSL connection/,
    reason: say('the server speaks no TLS'),
    hint: say('Turn ssl on at the server; where nobody else is on the network, end the URL with ?sslmode=disable.'),
  },
  { code: /^ERR_TLS_CERT_ALTNAME_INVALID$/, reason: (_address, { message }) => message, hint: say(TRUST) },
  {
    code: /CERT|SIGNATURE|^ERR_(?:SSL|TLS)|^EPROTO$/,
    reason: (_address, { message }) => `its certificate is not trusted: ${message}`,
    hint: say(TRUST),
  },
  {
    code: /^ENOENT$/,
    reason: ({ host, port }) => `there is no socket ${host}/.s.PGSQL.${port}`,
    hint: say(REACH),
  },
  {
    code: /^(?:08|E[A-Z]+$|EAI_AGAIN$)/,
    reason: (address, thrown) =>
      systemCode(thrown)?.startsWith('E') === true && !isSocket(address.host) ? reasonOf(thrown) : thrown.message,
    hint: say(REACH),
  },
  {
    // Of the driver and Kysely, for connections that broke or were given up.
    message: /Connection terminated|connection error|not queryable|has been (?:discarded|destroyed)|after calling end/,
    reason: say('the connection broke'),
    hint: say(RETRY),
  },
];

/**
 * `store-unavailable` where the store cannot be used. Everything else is a mistake in a query or its values: of that only
 * the message is kept, since PostgreSQL's details quote rows.
 */
export function faultOf(thrown: unknown, address: PostgresAddress): Error {
  if (!(thrown instanceof Error)) return new Error(String(thrown));
  const code = systemCode(thrown);
  const complaint = COMPLAINTS.find((known) =>
    known.code === undefined ? known.message?.test(thrown.message) : code !== undefined && known.code.test(code),
  );
  if (complaint === undefined) return new Error(code === undefined ? thrown.message : `${thrown.message} (${code})`);
  return unusable(address, complaint.reason(address, thrown), complaint.hint(address), thrown);
}

export function unusable(address: PostgresAddress, reason: string, hint: string, cause?: unknown): IssuerFault {
  const message = `the store ${describeAddress(address)} cannot be used: ${reason}`;
  return new IssuerFault('store-unavailable', message, hint, { cause });
}
