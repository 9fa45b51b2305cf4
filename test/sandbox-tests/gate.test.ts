/** The STS gate: what it admits, and every refusal of facts/aws.md with its code, status and message. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLASSIC,
  GITHUB,
  ONA,
  makeRole,
  providerArn,
  roleArn,
  startGateWorld,
  type GateWorld,
} from './gate-support.ts';
import { PATH, makeKey, publish, run, type Key } from './support.ts';

let world: GateWorld;

beforeAll(async () => {
  world = await startGateWorld();
  const subject = { 'app.gitpod.io:aud': 'sts.amazonaws.com', 'app.gitpod.io:sub': 'org:1/prj:2/env:3' };
  await makeRole(world, 'ci', { condition: { StringEquals: subject } });
  await makeRole(world, 'open');
  await makeRole(world, 'pathed', { path: '/team/' });
  await makeRole(world, 'long', { seconds: 43_200 });
  await makeRole(world, 'classic', {
    federated: providerArn(CLASSIC),
    condition: { StringEquals: { 'services.acme.gitpod.cloud/idp:sub': 'x' } },
  });
  await makeRole(world, 'azp', {
    condition: { StringEquals: { 'app.gitpod.io:aud': 'other', 'app.gitpod.io:oaud': 'unregistered' } },
  });
  await makeRole(world, 'custom-claim', { condition: { StringEquals: { 'app.gitpod.io:project_id': '2' } } });
  await makeRole(world, 'github', {
    federated: providerArn(GITHUB),
    condition: { StringEquals: { 'token.actions.githubusercontent.com:repository_id': '7' } },
  });
  const tagged = {
    StringEquals: { 'aws:RequestTag/team': 'a' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
  };
  await makeRole(world, 'tagged', {
    condition: tagged,
    action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
  });
}, 30_000);

afterAll(() => world.stop());

const INVALID = 'InvalidIdentityToken';
const NO_KEY = /^Couldn't retrieve verification key from your identity provider, {2}please/;
const NOT_A_JWT = /^The ID Token provided is not a valid JWT\./;
const NOT_AUTHORIZED = /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/;

type Changes = Readonly<Record<string, unknown>>;

describe('tokens that are admitted', () => {
  const cases: [string, Changes, Record<string, string>?][] = [
    ['an ordinary one', {}],
    ['aud as a string', { aud: 'sts.amazonaws.com' }],
    [
      'azp in place of an audience that is not registered',
      { aud: 'unregistered', azp: 'other' },
      { RoleArn: roleArn('azp') },
    ],
    ['several audiences with azp', { aud: ['unregistered', 'x'], azp: 'other' }, { RoleArn: roleArn('azp') }],
    ['an issuer with a path', { iss: CLASSIC, sub: 'x' }, { RoleArn: roleArn('classic') }],
    ['a role with a path', {}, { RoleArn: roleArn('team/pathed') }],
    ['twelve hours, if the role allows', {}, { RoleArn: roleArn('long'), DurationSeconds: '43200' }],
    ['the roles claim naming the role', { 'https://aws.amazon.com/roles': [roleArn('ci')] }],
    ['an extra claim of GitHub', { iss: GITHUB, sub: 'repo:a/b', repository_id: '7' }, { RoleArn: roleArn('github') }],
    [
      'session tags and a source identity',
      tags({ team: ['a'] }, { 'https://aws.amazon.com/source_identity': 'jane' }),
      { RoleArn: roleArn('tagged') },
    ],
  ];
  test.each(cases)('%s', async (_name, changes, parameters) => {
    const answer = await world.assume(await world.mint(world.claims(changes)), parameters);
    expect(answer, world.gate.decisions.at(-1)?.detail).toMatchObject({ status: 200 });
  });

  test.each([
    ['exp', -299],
    ['nbf', 300],
    ['iat', 300],
  ])('%s within the tolerance', async (claim, offset) => {
    const token = await world.mint(world.claims({ [claim]: world.seconds() + offset }));
    expect(await world.assume(token)).toMatchObject({ status: 200 });
  });

  test.each(['ES256', 'RS512'])('signed with %s', async (alg) => {
    const key = await makeKey(alg, alg);
    publish(world.documents, ONA, [world.key.jwk, key.jwk]);
    expect(await world.assume(await world.mint(world.claims(), { key }))).toMatchObject({ status: 200 });
  });
});

function tags(principal: Record<string, unknown>, more: Changes = {}): Changes {
  return { 'https://aws.amazon.com/tags': { principal_tags: principal, transitive_tag_keys: ['team'] }, ...more };
}

test('the answer is what STS answers', async () => {
  const { xml } = await world.assume(await world.mint(world.claims()), { DurationSeconds: '900' });
  expect(xml).toContain('<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">');
  expect(xml).toContain('<SubjectFromWebIdentityToken>org:1/prj:2/env:3</SubjectFromWebIdentityToken>');
  expect(xml).toContain('<Audience>sts.amazonaws.com</Audience>');
  expect(xml).toContain(`<Provider>${providerArn(ONA)}</Provider>`);
  expect(xml).toContain('<Arn>arn:aws:sts::123456789012:assumed-role/ci/test</Arn>');
  expect(xml).toMatch(/<AssumedRoleId>AROA\w+:test<\/AssumedRoleId>/);
  const expires = new Date((world.seconds() + 900) * 1000).toISOString().slice(0, 19);
  expect(xml).toContain(`<Expiration>${expires}Z</Expiration>`);
  expect(xml).not.toContain('PackedPolicySize');
});

describe('claims that are refused', () => {
  const now = () => world.seconds();
  const cases: [string, () => Changes, string, number, RegExp][] = [
    ...['iss', 'sub', 'aud', 'iat', 'exp'].map((claim): [string, () => Changes, string, number, RegExp] => [
      `no ${claim}`,
      () => ({ [claim]: undefined }),
      INVALID,
      400,
      new RegExp(`^Missing a required claim: ${claim}$`),
    ]),
    ['an empty audience', () => ({ aud: '' }), INVALID, 400, /^Claim is not allowed to be empty: aud$/],
    ['no audience in the list', () => ({ aud: [] }), INVALID, 400, /^Claim is not allowed to be empty: aud$/],
    [
      'two audiences',
      () => ({ aud: ['sts.amazonaws.com', 'other'] }),
      INVALID,
      400,
      /^Token audience contains more than one audience while authorized party is not present$/,
    ],
    ['an unregistered audience', () => ({ aud: 'nobody' }), INVALID, 400, /^Incorrect token audience$/],
    [
      'an unregistered azp beside a registered audience',
      () => ({ azp: 'nobody' }),
      INVALID,
      400,
      /^Incorrect token audience$/,
    ],
    [
      'expired',
      () => ({ exp: now() - 300 }),
      'ExpiredTokenException',
      400,
      /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
    ],
    ['not yet valid', () => ({ nbf: now() + 301 }), INVALID, 400, /^Token not yet valid: /],
    ['issued in the future', () => ({ iat: now() + 301 }), INVALID, 400, /^Token issued in the future: \d+$/],
    ['a fraction of a second', () => ({ exp: now() + 100.5 }), INVALID, 400, NOT_A_JWT],
    ['a time that is null', () => ({ iat: null }), INVALID, 400, /^Missing a required claim: iat$/],
    ['a time that is text', () => ({ exp: String(now() + 100) }), INVALID, 400, NOT_A_JWT],
    [
      'an issuer that is not registered',
      () => ({ iss: 'https://evil.example' }),
      INVALID,
      400,
      /^No OpenIDConnect provider found in your account for https:\/\/evil\.example$/,
    ],
    ['an issuer with a slash more', () => ({ iss: `${ONA}/` }), INVALID, 400, /^No OpenIDConnect provider found/],
    [
      'an issuer in other case',
      () => ({ iss: 'https://App.gitpod.io' }),
      INVALID,
      400,
      /^No OpenIDConnect provider found/,
    ],
    [
      'an issuer without its path',
      () => ({ iss: 'https://services.acme.gitpod.cloud' }),
      INVALID,
      400,
      /^No OpenIDConnect provider found/,
    ],
    [
      'an issuer that is no URL',
      () => ({ iss: 'gitlab.example.com' }),
      INVALID,
      400,
      /^No OpenIDConnect provider found/,
    ],
    ['another subject', () => ({ sub: 'org:1/prj:2/env:4' }), 'AccessDenied', 403, NOT_AUTHORIZED],
    [
      'a roles claim without the role',
      () => ({ 'https://aws.amazon.com/roles': [roleArn('c*')] }),
      'AccessDenied',
      403,
      NOT_AUTHORIZED,
    ],
    ['tags where sts:TagSession is not allowed', () => tags({ team: ['a'] }), 'AccessDenied', 403, NOT_AUTHORIZED],
    [
      'a source identity where it is not allowed',
      () => ({ 'https://aws.amazon.com/source_identity': 'jane' }),
      'AccessDenied',
      403,
      NOT_AUTHORIZED,
    ],
    ['tags of more than one value', () => tags({ team: ['a', 'b'] }), INVALID, 400, /could not be validated/],
  ];
  test.each(cases)('%s', async (_name, changes, code, status, message) => {
    const answer = await world.assume(await world.mint(world.claims(changes())));
    expect(answer).toMatchObject({ code, status });
    expect(answer.message).toMatch(message);
    expect(answer.xml).toMatch(
      /^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">\s*<Error>\s*<Type>Sender<\/Type>/,
    );
  });

  test('too many tags do not fit', async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, ['v'.repeat(200)]]));
    const token = await world.mint(world.claims(tags(many)));
    await makeRole(world, 'tags', { action: 'sts:*' });
    expect(await world.assume(token, { RoleArn: roleArn('tags') })).toMatchObject({
      code: 'PackedPolicyTooLarge',
      status: 400,
    });
  });
});

describe('roles and parameters that are refused', () => {
  const pattern = String.raw`[\w+=,.@-]*`;
  const cases: [string, Record<string, string>, string, number, string][] = [
    [
      'no such role',
      { RoleArn: roleArn('none') },
      'AccessDenied',
      403,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'a role without its path',
      { RoleArn: roleArn('pathed') },
      'AccessDenied',
      403,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'a claim that AWS does not see',
      { RoleArn: roleArn('custom-claim') },
      'AccessDenied',
      403,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      "another provider's role",
      { RoleArn: roleArn('classic') },
      'AccessDenied',
      403,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'longer than the role allows',
      { DurationSeconds: '7200' },
      'ValidationError',
      400,
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ],
    [
      'too short',
      { DurationSeconds: '60' },
      'ValidationError',
      400,
      "1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [
      'too long',
      { DurationSeconds: '43201' },
      'ValidationError',
      400,
      "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
    ],
    [
      'a session name with a blank',
      { RoleSessionName: 'a b' },
      'ValidationError',
      400,
      `1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
    ],
    [
      'a session name of one character',
      { RoleSessionName: 'a' },
      'ValidationError',
      400,
      "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
    [
      'a token of three characters',
      { WebIdentityToken: 'a.b' },
      'ValidationError',
      400,
      "1 validation error detected: Value '***' at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4",
    ],
    [
      'a token of 20,001 characters',
      { WebIdentityToken: 'a'.repeat(20_001) },
      'ValidationError',
      400,
      "1 validation error detected: Value '***' at 'webIdentityToken' failed to satisfy constraint: Member must have length less than or equal to 20000",
    ],
    [
      'an ARN that is no role',
      { RoleArn: 'arn:aws:iam::123456789012:user/x' },
      'ValidationError',
      400,
      'Request ARN is invalid',
    ],
    [
      'a session policy that is no JSON',
      { Policy: '{' },
      'MalformedPolicyDocument',
      400,
      'This policy contains invalid Json',
    ],
    [
      'a token that is none',
      { WebIdentityToken: 'opaque-access-token' },
      INVALID,
      400,
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    ],
    [
      'another version of the API',
      { Version: '2010-05-08' },
      'InvalidAction',
      400,
      'Could not find operation AssumeRoleWithWebIdentity for version 2010-05-08',
    ],
  ];
  test.each(cases)('%s', async (_name, parameters, code, status, message) => {
    const answer = await world.assume(await world.mint(world.claims()), parameters);
    expect({ code: answer.code, status: answer.status, message: answer.message }).toEqual({ code, status, message });
  });
});

describe('keys and signatures', () => {
  const attempt = async (keys: readonly object[], options: { key?: Key; header?: object } = {}) => {
    publish(world.documents, ONA, keys);
    world.gate.forgetKeys();
    return world.assume(await world.mint(world.claims(), options));
  };

  const { raw } = { raw: () => world.key.jwk };
  const bad: [string, () => object[], RegExp][] = [
    ['a key with key_ops', () => [{ ...raw(), key_ops: ['verify'] }], NO_KEY],
    ['an encryption key', () => [{ ...raw(), use: 'enc' }], NO_KEY],
    ['a key that is a certificate only', () => [{ kty: 'RSA', kid: 'k1', x5c: ['MII='] }], NO_KEY],
    ['a key without kid', () => [{ ...raw(), kid: undefined }], NO_KEY],
    ['no such key', () => [], NO_KEY],
    [
      'more than 100 RSA keys',
      () => [raw(), ...Array.from({ length: 100 }, (_, index) => ({ ...raw(), kid: `x${index}` }))],
      NO_KEY,
    ],
  ];
  test.each(bad)('%s', async (_name, keys, message) => {
    const answer = await attempt(keys());
    expect(answer).toMatchObject({ code: INVALID, status: 400 });
    expect(answer.message).toMatch(message);
  });

  test('a token without kid', async () => {
    const answer = await attempt([raw()], { header: { kid: undefined } });
    expect(answer.message).toMatch(NO_KEY);
  });

  test.each(['PS256', 'EdDSA'])('%s is not accepted', async (alg) => {
    const key = await makeKey('k1', alg);
    expect(await attempt([key.jwk], { key })).toMatchObject({ code: INVALID, message: /could not be validated/ });
  });

  test('alg none', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none', kid: 'k1' })}.${part(world.claims())}.eA`;
    expect(await world.assume(token)).toMatchObject({ code: INVALID, status: 400 });
  });

  test('the signature of somebody else with our kid', async () => {
    expect(await attempt([raw()], { key: await makeKey('k1') })).toMatchObject({
      code: INVALID,
      message: /could not be validated/,
    });
  });

  test('keys are kept, and fetched again for a kid that is new', async () => {
    expect(await attempt([raw()])).toMatchObject({ status: 200 });
    const asked = world.documents.hits.length;
    expect(await world.assume(await world.mint(world.claims()))).toMatchObject({ status: 200 });
    expect(world.documents.hits.length).toBe(asked);
    const next = await makeKey('k2');
    publish(world.documents, ONA, [raw(), next.jwk]);
    expect(await world.assume(await world.mint(world.claims(), { key: next }))).toMatchObject({ status: 200 });
    expect(world.documents.hits.length).toBe(asked + 2);
  });
});

describe('issuers that cannot be reached, or lie', () => {
  const attempt = async () => {
    world.gate.forgetKeys();
    return world.assume(await world.mint(world.claims()));
  };
  const restore = () => {
    world.proxy.restore('app.gitpod.io');
    world.proxy.route('app.gitpod.io', world.documents.address);
    publish(world.documents, ONA, [world.key.jwk]);
  };

  test.each(['refuse', 'hang'] as const)('cut off: %s', async (outage) => {
    world.proxy.cut('app.gitpod.io', outage);
    expect(await attempt()).toMatchObject({ code: 'IDPCommunicationError', status: 400 });
    restore();
    expect(await attempt()).toMatchObject({ status: 200 });
  });

  test('an issuer that never answers', async () => {
    world.documents.documents.set(`${ONA}/jwks`, null);
    expect(await attempt()).toMatchObject({ code: 'IDPCommunicationError', status: 400 });
    restore();
  });

  test('a discovery document of another issuer', async () => {
    publish(world.documents, ONA, [world.key.jwk], { issuer: `${ONA}/` });
    const answer = await attempt();
    expect(answer).toMatchObject({ code: INVALID, status: 400 });
    expect(answer.message).toMatch(NO_KEY);
    restore();
  });

  test('no discovery document', async () => {
    world.documents.documents.delete(`${ONA}/.well-known/openid-configuration`);
    expect((await attempt()).message).toMatch(NO_KEY);
    restore();
  });

  test('a certificate for another name', async () => {
    const { startDocuments } = await import('./support.ts');
    const other = await startDocuments(world.authority, ['evil.example']);
    world.proxy.route('app.gitpod.io', other.address);
    expect(await attempt()).toMatchObject({ code: INVALID, message: /certificate doesn't match/ });
    restore();
    await other.stop();
  });
});

test('decisions are logged with their reason, without the token', async () => {
  const token = await world.mint(world.claims({ sub: 'someone' }));
  await world.assume(token);
  const last = world.gate.decisions.at(-1);
  expect(last).toMatchObject({
    outcome: 'refused',
    code: 'AccessDenied',
    issuer: ONA,
    subject: 'someone',
    audience: 'sts.amazonaws.com',
    roleArn: roleArn('ci'),
  });
  expect(last?.detail).toContain('StringEquals app.gitpod.io:sub: wants ["org:1/prj:2/env:3"], has ["someone"]');
  expect(JSON.stringify(world.gate.decisions)).not.toContain(token.split('.')[2]);
});

describe('the real AWS CLI', { timeout: 30_000 }, () => {
  const environment = (name: string, more: Record<string, string> = {}) => {
    const home = join(world.space.dir, name);
    mkdirSync(home, { recursive: true });
    const bundle = world.space.file('ca.pem', world.authority.caPem);
    return {
      PATH,
      HOME: home,
      AWS_ENDPOINT_URL: world.gate.url,
      AWS_CA_BUNDLE: bundle,
      AWS_DEFAULT_REGION: 'eu-central-1',
      ...more,
    };
  };

  test('assumes a role, and reads a secret with what it got', async () => {
    const admin = environment('admin', { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    const create = ['secretsmanager', 'create-secret', '--name', 'db', '--secret-string', 's3cret'];
    expect(await run('aws', create, { env: admin })).toMatchObject({ code: 0 });

    const token = world.space.file('token', await world.mint(world.claims()));
    const assume = ['sts', 'assume-role-with-web-identity', '--role-arn', roleArn('ci'), '--role-session-name', 'cli'];
    const assumed = await run('aws', [...assume, '--web-identity-token', `file://${token}`], {
      env: environment('cli'),
    });
    expect(assumed, assumed.stderr).toMatchObject({ code: 0 });
    const { Credentials: keys } = JSON.parse(assumed.stdout) as { Credentials: Record<string, string> };
    const session = environment('session', {
      AWS_ACCESS_KEY_ID: keys.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: keys.SecretAccessKey ?? '',
      AWS_SESSION_TOKEN: keys.SessionToken ?? '',
    });
    const read = [
      'secretsmanager',
      'get-secret-value',
      '--secret-id',
      'db',
      '--query',
      'SecretString',
      '--output',
      'text',
    ];
    const [secret, identity] = await Promise.all([
      run('aws', read, { env: session }),
      run('aws', ['sts', 'get-caller-identity'], { env: session }),
    ]);
    expect(secret).toMatchObject({ code: 0, stdout: 's3cret\n' });
    expect(JSON.parse(identity.stdout)).toMatchObject({ Arn: 'arn:aws:sts::123456789012:assumed-role/ci/cli' });
  });

  test('takes a token from a file by itself, and shows a refusal with its code', async () => {
    const file = world.space.file('token2', await world.mint(world.claims()));
    const web = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: roleArn('ci'), AWS_ROLE_SESSION_NAME: 'web' };
    const denied = { ...web, AWS_ROLE_ARN: roleArn('none') };
    const [ok, no] = await Promise.all([
      run('aws', ['sts', 'get-caller-identity'], { env: environment('web', web) }),
      run('aws', ['sts', 'get-caller-identity'], { env: environment('denied', denied) }),
    ]);
    expect(JSON.parse(ok.stdout)).toMatchObject({ Arn: 'arn:aws:sts::123456789012:assumed-role/ci/web' });
    expect(no.code).not.toBe(0);
    expect(no.stderr).toContain('(AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized');
  });

  test('IAM calls that moto lacks or lets through', async () => {
    const env = environment('iam', { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    const provider = ['--open-id-connect-provider-arn', providerArn(GITHUB)];
    const add = await run(
      'aws',
      ['iam', 'add-client-id-to-open-id-connect-provider', ...provider, '--client-id', 'third'],
      { env },
    );
    expect(add, add.stderr).toMatchObject({ code: 0 });
    const found = await run('aws', ['iam', 'get-open-id-connect-provider', ...provider], { env });
    expect(JSON.parse(found.stdout)).toMatchObject({ ClientIDList: ['sts.amazonaws.com', 'other', 'third'] });
    const create = ['iam', 'create-open-id-connect-provider', '--client-id-list', 'x', '--url'];
    const refused = await run('aws', [...create, 'https://app.gitpod.io:8443'], { env });
    expect(refused.stderr).toContain('(ValidationError)');
  });
});
