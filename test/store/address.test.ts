/** The URL of a PostgreSQL, as libpq reads it, and what is wrong with one. */
import { describe, expect, it } from 'vitest';
import { type PostgresAddress, describeAddress, readAddress } from '../../src/store/postgres/address.ts';

const PLAIN: PostgresAddress = {
  host: 'db.example.com',
  port: 5432,
  user: 'idp',
  password: 'secret',
  database: 'issuer',
  tls: 'verify-full',
  options: '',
};

describe('a URL', () => {
  it.each<[string, Partial<PostgresAddress>]>([
    ['postgresql://idp:secret@db.example.com/issuer', {}],
    ['postgres://idp:secret@db.example.com:5433/issuer\n', { port: 5433 }],
    ['postgresql://idp@db.example.com/issuer', { password: '' }],
    [
      'postgresql://i%40p:s%3A%2F%40%23%3F%25@db.example.com/a%20b',
      { user: 'i@p', password: 's:/@#?%', database: 'a b' },
    ],
    ['postgresql://db.example.com/?user=idp&password=secret&dbname=issuer', {}],
    ['postgresql://idp:secret@/issuer?host=db.example.com&port=6432', { port: 6432 }],
    ['postgresql://idp:secret@[2001:db8::1]/issuer', { host: '2001:db8::1' }],
    ['postgresql://idp:secret@[::1]/issuer', { host: '::1', tls: 'none' }],
    ['postgresql://idp:secret@127.0.0.1/issuer', { host: '127.0.0.1', tls: 'none' }],
    ['postgresql://idp:secret@localhost/issuer?sslmode=verify-full', { host: 'localhost' }],
    ['postgresql://idp:secret@%2Frun%2Fpostgresql/issuer', { host: '/run/postgresql', tls: 'none' }],
    [
      'postgresql:///issuer?host=/run/postgresql&user=idp&sslmode=require',
      { host: '/run/postgresql', password: '', tls: 'none' },
    ],
    ['postgresql://idp:secret@db.example.com/issuer?sslmode=disable', { tls: 'none' }],
    ['postgresql://idp:secret@db.example.com/issuer?sslmode=require', { tls: 'unverified' }],
    ['postgresql://idp:secret@db.example.com/issuer?sslmode=verify-ca', { tls: 'verify-ca' }],
    ['postgresql://idp:secret@db.example.com/issuer?options=-c%20search_path%3Didp', { options: '-c search_path=idp' }],
  ])('%j', (text, changes) => {
    expect(readAddress(text, false)).toEqual({ ok: true, address: { ...PLAIN, ...changes } });
  });

  it.each([
    ['localhost/issuer', 'verify-full'],
    ['db.example.com/issuer?sslmode=require', 'verify-ca'],
    ['db.example.com/issuer', 'verify-full'],
  ])('with an authority: %s', (rest, tls) => {
    expect(readAddress(`postgresql://idp:secret@${rest}`, true)).toMatchObject({ address: { tls } });
  });

  it('is described without the password', () => {
    expect(describeAddress(PLAIN)).toBe('idp@db.example.com:5432/issuer');
    expect(describeAddress({ ...PLAIN, host: '::1' })).toBe('idp@[::1]:5432/issuer');
  });
});

describe('what is wrong with a URL', () => {
  it.each<[string, readonly RegExp[], boolean?]>([
    ['', [/no URL of PostgreSQL/]],
    ['mysql://idp:s3cret@db/issuer', [/no URL/]],
    ['postgresql:/idp:s3cret@db/issuer', [/no URL/]],
    ['postgresql://idp:s3cret@db:port/issuer', [/no URL/]],
    ['postgresql://idp:s3c/ret@db/issuer', [/no URL/]],
    ['postgresql://idp:3/s3cret@db/issuer', [/no URL/]],
    ['postgresql://idp:3?s3cret@db/issuer', [/no URL/]],
    ['postgresql://idp:3#s3cret@db/issuer', [/no URL/]],
    ['postgresql://idp:s3cret%@db/issuer', [/no URL/]],
    ['postgresql://idp:s3cret@one:5432,two:5432/issuer', [/no URL/]],
    ['postgresql://idp:s3cret@one,two/issuer', [/several hosts/]],
    ['postgresql://idp:s3cret@/issuer', [/no host/]],
    ['postgresql://db', [/no user/, /no database/]],
    ['postgresql://idp:s3cret@db/issuer?port=0', [/its port is none/]],
    ['postgresql://idp:s3cret@db/issuer?port=x', [/its port is none/]],
    ['postgresql://idp:s3cret@db/issuer?s3cret=1', [/parameter that is not taken here/]],
    ['postgresql://idp:s3cret@db/issuer?sslmode=prefer', [/sslmode is none that is taken/]],
    ['postgresql://idp:s3cret@db/issuer?sslmode=s3cret', [/sslmode is none that is taken/]],
    ['postgresql://idp:s3cret@db/issuer?sslmode=disable', [/uses no TLS/], true],
    ['postgresql://idp:s3cret@%2Frun/issuer', [/uses no TLS/], true],
    ['postgresql://idp:s3cret@/?sslmode=allow&x=1', [/parameter/, /sslmode/, /no host/, /no database/]],
  ])('%j', (text, messages, authority = false) => {
    const read = readAddress(text, authority);
    const mistakes = read.ok ? [] : read.mistakes;
    expect(mistakes.map(({ message }) => message)).toEqual(
      messages.map((expected) => expect.stringMatching(expected) as unknown),
    );
    expect(JSON.stringify(read)).not.toMatch(/s3c|ret/);
  });
});
