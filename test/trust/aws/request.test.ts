import { describe, expect, it } from 'vitest';
import {
  type AwsRequest,
  type KeyValues,
  audiencesOf,
  audienceKey,
  issuerPrefix,
  keyValues,
} from '../../../src/trust/aws/request.ts';

const iss = 'https://services.acme.gitpod.cloud/idp';
const KEY = 'services.acme.gitpod.cloud/idp';
const NOW = 1_790_000_000;
const TAGS = 'https://aws.amazon.com/tags';

type Row = readonly [key: string, claims: Readonly<Record<string, unknown>>, values: KeyValues];

const valuesOf = (key: string, claims: Row[1], rest: Omit<AwsRequest, 'claims'> = {}): KeyValues =>
  keyValues(key, { claims: { iss, ...claims }, ...rest });

it.each([
  ['https://app.gitpod.io', 'app.gitpod.io'],
  ['https://services.acme.gitpod.cloud/idp', KEY],
  ['http://app.gitpod.io', 'http://app.gitpod.io'],
  ['x/https://app.gitpod.io', 'x/https://app.gitpod.io'],
  [5, ''],
  [undefined, ''],
])('the keys of issuer %j begin with %j', (url, prefix) => {
  expect(issuerPrefix({ iss: url })).toBe(prefix);
});

it.each<[unknown, unknown, string[], string[] | undefined]>([
  ['a', undefined, ['a'], ['a']],
  [['a'], undefined, ['a'], ['a']],
  [[], undefined, [], undefined],
  [5, undefined, [], undefined],
  [{ a: 'b' }, undefined, [], undefined],
  [undefined, undefined, [], undefined],
  [[5, 'a', null], undefined, ['a'], ['a']],
  ['a', 'p', ['a'], ['p']],
  [undefined, 'p', [], ['p']],
  // An `azp` that says nothing leaves the audience.
  ['a', '', ['a'], ['a']],
  ['a', 5, ['a'], ['a']],
  ['a', ['p'], ['a'], ['a']],
  ['a', null, ['a'], ['a']],
])('aud %j beside azp %j', (aud, azp, audiences, key) => {
  const claims = { aud, azp } as AwsRequest['claims'];
  expect(audiencesOf(claims)).toEqual(audiences);
  expect(audienceKey(claims)).toEqual(key);
});

describe('a key of an issuer', () => {
  it.each<Row>([
    [`${KEY}:sub`, { sub: 'a' }, ['a']],
    [`${KEY.toUpperCase()}:SUB`, { sub: 'a' }, ['a']],
    [`${KEY}:sub`, {}, undefined],
    [`${KEY}:aud`, { aud: 'a', azp: 'p' }, ['p']],
    [`${KEY}:aud`, { aud: ['a', 5] }, ['a']],
    [`${KEY}:aud`, {}, undefined],
    [`${KEY}:oaud`, { aud: 'a', azp: 'p' }, ['a']],
    [`${KEY}:oaud`, { aud: ['a', 'b'], azp: 'p' }, ['a']],
    [`${KEY}:oaud`, { aud: 'a', oaud: 'b' }, undefined],
    [`${KEY}:azp`, { azp: 'p' }, undefined],
    [`${KEY}:amr`, { amr: ['a', 'b'] }, ['a', 'b']],
    [`${KEY}:amr`, { amr: [] }, undefined],
    // Other claims are invisible, and of `email` AWS's documents do not agree.
    [`${KEY}:organization`, { organization: 'a' }, undefined],
    [`${KEY}:iss`, {}, undefined],
    [`${KEY}:email`, { email: 'a@b.c' }, 'unknown'],
    // Of another issuer: shorter, longer, with another separator, without one, with two names, with another path.
    ['services.acme.gitpod.cloud:sub', { sub: 'a' }, undefined],
    [`x.${KEY}:sub`, { sub: 'a' }, undefined],
    [`${KEY}/x:sub`, { sub: 'a' }, undefined],
    [`${KEY}:x:sub`, { sub: 'a' }, undefined],
    [`${KEY}:sub:`, { sub: 'a' }, undefined],
    [`${KEY}/sub`, { sub: 'a' }, undefined],
    [`${KEY}sub`, { sub: 'a' }, undefined],
    [KEY, { sub: 'a' }, undefined],
    [`${KEY.replace('/idp', '/IDQ')}:sub`, { sub: 'a' }, undefined],
    ['sub', { sub: 'a' }, undefined],
    ['', { sub: 'a' }, undefined],
    // Only a key that begins with `aws:` or `sts:` is a global one.
    ['identity.aws:sub', { iss: 'https://identity.aws', sub: 'a' }, ['a']],
    ['my-sts:sub', { iss: 'https://my-sts', sub: 'a' }, ['a']],
    ['x.io/a:b:sub', { iss: 'https://x.io/a:b', sub: 'a' }, ['a']],
  ])('%s of %j: %j', (key, claims, values) => {
    expect(valuesOf(key, claims)).toEqual(values);
  });

  it.each<[unknown, readonly string[] | undefined]>([
    ['main', ['main']],
    [true, ['true']],
    [false, ['false']],
    [20, ['20']],
    [
      ['a', 5, null, { b: 'c' }, true],
      ['a', '5', 'true'],
    ],
    [null, undefined],
    [{ a: 'b' }, undefined],
    [[null], undefined],
  ])('as text: %j is %j', (ref, values) => {
    expect(valuesOf(`${KEY}:ref`, { ref }, { visible: ['ref'] })).toEqual(values);
    expect(valuesOf(`${KEY}:ref`, { ref }, { visible: [] })).toBeUndefined();
  });
});

describe('a global key', () => {
  const tagged = { [TAGS]: { principal_tags: { Team: ['Web'], tier: ['1'] }, transitive_tag_keys: ['Team'] } };

  it.each<Row>([
    ['aws:RequestTag/Team', tagged, ['Web']],
    ['AWS:requesttag/TEAM', tagged, ['Web']],
    ['aws:RequestTag/tier', tagged, ['1']],
    ['aws:RequestTag/Tea', tagged, undefined],
    ['aws:RequestTag/', tagged, undefined],
    ['aws:RequestTag/Team', {}, undefined],
    ['aws:TagKeys', tagged, ['Team', 'tier']],
    ['aws:TagKeys', {}, undefined],
    ['sts:TransitiveTagKeys', tagged, ['Team']],
    ['sts:TransitiveTagKeys', { [TAGS]: { principal_tags: { Team: ['Web'] } } }, undefined],
    ['sts:SourceIdentity', { 'https://aws.amazon.com/source_identity': 'ann' }, ['ann']],
    ['sts:SourceIdentity', tagged, undefined],
    ['sts:RoleAuthorizedByIdp', { 'https://aws.amazon.com/roles': ['arn:aws:iam::1:role/x'] }, ['true']],
    ['sts:RoleAuthorizedByIdp', {}, ['false']],
    ['aws:SecureTransport', {}, ['true']],
    // No claim stands for what is known at the request alone.
    ['aws:SourceIp', { 'aws:SourceIp': '10.0.0.1' }, 'unknown'],
    ['aws:TokenIssueTime', { iat: NOW }, 'unknown'],
    ['sts:RoleSessionName', {}, 'unknown'],
  ])('%s of %j: %j', (key, claims, values) => {
    expect(valuesOf(key, claims)).toEqual(values);
    expect(valuesOf(key, claims, { now: NOW })).toEqual(values);
  });

  it.each([
    ['aws:CurrentTime', ['2026-09-21T14:13:20.000Z']],
    ['aws:EpochTime', ['1790000000']],
  ])('%s is known where the time is', (key, values) => {
    expect(valuesOf(key, {}, { now: NOW })).toEqual(values);
    expect(valuesOf(key, {})).toBe('unknown');
  });

  it('is what is known of the request besides, before anything else', () => {
    const context = new Map([
      ['aws:sourceip', ['10.0.0.1']],
      [`${KEY}:sub`, ['b']],
    ]);
    expect(valuesOf('AWS:SourceIp', {}, { context })).toEqual(['10.0.0.1']);
    expect(valuesOf(`${KEY}:Sub`, { sub: 'a' }, { context })).toEqual(['b']);
    expect(valuesOf('aws:SourceVpc', {}, { context })).toBe('unknown');
  });
});
