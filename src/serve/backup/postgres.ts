/** PostgreSQL has tools of its own for copies of a whole database: here are the commands. */

import { type PostgresAddress, type PostgresTls, readAddress } from '../../store/postgres/address.ts';
import { IssuerFault } from '../../store/fault.ts';
import { shellWord } from '../files.ts';
import { readUrl } from '../store/open.ts';
import { type PostgresConfig } from '../store/shape.ts';

const SSL_MODE: Readonly<Record<PostgresTls, string>> = {
  none: 'disable',
  unverified: 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
};

const PASSWORD = 'It asks for the password, or takes it from ~/.pgpass; run it with a user who may read every table.';

export async function postgresBackup(config: PostgresConfig, to: string): Promise<IssuerFault> {
  const { environment, arguments: address, database } = await connection(config);
  const command = `(umask 077; ${environment} pg_dump --format=custom --file=${shellWord(to)} ${address} ${database})`;
  return new IssuerFault('backup-refused', `the store is PostgreSQL: back it up with\n${command}`, PASSWORD);
}

export async function postgresRestore(config: PostgresConfig, from: string): Promise<IssuerFault> {
  const { environment, arguments: address, database } = await connection(config);
  const options = '--clean --if-exists --no-owner --single-transaction --exit-on-error';
  const command = `${environment} pg_restore ${options} ${address} --dbname=${database} ${shellWord(from)}`;
  return new IssuerFault(
    'backup-refused',
    `the store is PostgreSQL: stop every replica, and restore it with\n${command}`,
    'As the user of the issuer, who owns the tables. What is lost by it: docs/runbook.md.',
  );
}

async function connection({ urlFile, caFile }: PostgresConfig) {
  const url = await readUrl(urlFile, caFile !== undefined);
  const read = readAddress(url, caFile !== undefined);
  if (!read.ok) throw new RangeError('the URL was read before');
  const { host, port, user, database, tls }: PostgresAddress = read.address;
  const verified = tls === 'verify-ca' || tls === 'verify-full';
  // libpq knows the authorities of the system by this name, since version 16.
  const authority = caFile === undefined ? 'system' : shellWord(caFile);
  return {
    environment: `PGSSLMODE=${SSL_MODE[tls]}${verified ? ` PGSSLROOTCERT=${authority}` : ''}`,
    arguments: `--host=${shellWord(host)} --port=${port} --username=${shellWord(user)}`,
    database: shellWord(database),
  };
}
