import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../src/claims/problem.ts';
import { readSettings } from '../../stacks/settings.ts';

function problems(given: Readonly<Record<string, unknown>>): string[] {
  const read = readSettings(given);
  return read.ok ? [] : read.problems.map(describeProblem);
}

describe('readSettings', () => {
  it('takes nothing for the defaults, an empty text included', () => {
    const defaults = {
      catalog: 'stacks/access.yaml',
      shard: { number: 1, of: 1 },
      notCheckedFromHere: [],
      protect: true,
      localIssuer: 'http://127.0.0.1:8080',
      issuer: {},
    };
    expect(readSettings({})).toEqual({ ok: true, value: defaults });
    expect(readSettings({ environment: '', shard: '', issuerUrl: '', issuerStack: '' })).toEqual({
      ok: true,
      value: defaults,
    });
  });

  it('reads every setting; a URL wins over the stack that has one', () => {
    const given = {
      catalog: 'a.yaml',
      environment: 'prod',
      shard: '2/4',
      issuerUrl: 'https://idp.example.com',
      issuerStack: 'organization/idp-kit/issuer-prod',
      notCheckedFromHere: ['gitlab'],
      protect: false,
      localIssuer: 'https://localhost:8443',
      issuer: { url: 'https://idp.example.com' },
      issuerDatabaseCaFile: 'ca.pem',
    };
    const { issuerStack, ...rest } = given;
    expect(readSettings(given)).toEqual({ ok: true, value: { ...rest, shard: { number: 2, of: 4 } } });
    expect(readSettings({ issuerStack })).toMatchObject({ ok: true, value: { issuerStack } });
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['misspelt', { enviroment: 'prod' }, 'idp-kit:enviroment: there is no such setting (did you mean environment?)'],
    ['shard 0', { shard: '0/2' }, 'idp-kit:shard: `0/2` is no shard (write which one of how many, from 1: 2/4)'],
    ['shard beyond', { shard: '3/2' }, 'idp-kit:shard: `3/2` is no shard (write which one of how many, from 1: 2/4)'],
    ['no shard', { shard: 'all' }, 'idp-kit:shard: `all` is no shard (write which one of how many, from 1: 2/4)'],
    [
      'http',
      { issuerUrl: 'http://x' },
      'idp-kit:issuerUrl: an issuer URL begins with https://: http://x (keys that are fetched without TLS can be replaced on the way)',
    ],
    [
      'not on loopback',
      { localIssuer: 'http://10.0.0.1:8080' },
      'idp-kit:localIssuer: `http://10.0.0.1:8080` is not on this machine (write its address on loopback: http://127.0.0.1:8080)',
    ],
    [
      'no list',
      { notCheckedFromHere: 'gitlab' },
      "idp-kit:notCheckedFromHere: this is no list of names (pulumi config set --path 'idp-kit:notCheckedFromHere[0]' gitlab)",
    ],
    ['no boolean', { protect: 'no' }, 'idp-kit:protect: this is neither true nor false'],
    ['no map', { issuer: [] }, 'idp-kit:issuer: this is no map'],
  ])('refuses %s', (_, given, expected) => {
    expect(problems(given)).toEqual([expected]);
  });

  it('says everything that is wrong at once', () => {
    expect(problems({ shard: 'x', protect: 1, none: '' })).toHaveLength(3);
  });
});
