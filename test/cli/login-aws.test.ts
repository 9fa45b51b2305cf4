import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { granted, EXPIRATION, refused } from '../workload/aws/sts.ts';
import { directory } from '../workload/support/files.ts';
import { serve } from '../workload/support/server.ts';
import { CLAIMS, createIssuer } from '../workload/support/tokens.ts';
import { run } from './run.ts';

const ROLE = 'arn:aws:iam::123456789012:role/deploy';
let jwt: string;
beforeAll(async () => {
  jwt = await (await createIssuer()).sign(CLAIMS);
});

it('logs in by variables alone, with stdout left to data', async () => {
  await using home = await directory();
  await using sts = await serve(() => granted());
  const env = { IDP_TOKEN: jwt, IDP_AWS_ROLE_ARN: ROLE, AWS_ENDPOINT_URL: sts.url };
  const now = Date.parse(EXPIRATION) - 3600_000;
  const ran = await run(['login', 'aws'], { env, homedir: home.path, now });
  expect(ran).toMatchObject({ status: 0, stdout: '' });
  expect(ran.stderr).toContain(`Profile [default] in ${home.path}/.aws/credentials is valid for 60 min`);
  expect(ran.stderr).not.toMatch(/SECRETKEY|SESSIONTOKEN/);
  expect(Object.fromEntries(new URLSearchParams(sts.received[0]?.body))).toMatchObject({
    RoleArn: ROLE,
    DurationSeconds: '3600',
  });
});

it('takes every flag and prints JSON without secrets', async () => {
  await using home = await directory();
  await using sts = await serve(() => granted());
  const file = join(home.path, 'elsewhere');
  const env = {
    IDP_TOKEN: jwt,
    IDP_AWS_ROLE_ARN: 'other',
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_PROFILE: 'ci',
  };
  const ran = await run(
    [
      'login',
      'aws',
      '--role-arn',
      ROLE,
      '--audience',
      'sts.amazonaws.com',
      '--profile',
      'ci',
      '--duration-seconds',
      '900',
      '--role-session-name',
      'me',
      '--region',
      'eu-central-1',
      '--json',
    ],
    { env, homedir: home.path },
  );
  expect(ran).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(ran.stdout)).toEqual({
    profile: 'ci',
    credentials_file: file,
    assumed_role_arn: 'arn:aws:sts::123456789012:assumed-role/deploy/session',
    role_session_name: 'me',
    access_key_id: 'ASIANEW',
    expiration: EXPIRATION,
    region: 'eu-central-1',
  });
  expect(await readFile(file, 'utf8')).toContain('[ci]\n');
});

it.each([
  [['--duration-seconds', '1h'], '--duration-seconds is "1h"'],
  [['--duration-seconds', '10'], '900 to 43200'],
  [['--profile', 'a b'], 'profile name'],
  [['--role-arn', 'x'], 'arn:aws:iam::'],
])('refuses %j with status 2 before asking anybody', async (flags, message) => {
  const env = { IDP_TOKEN: jwt, IDP_AWS_ROLE_ARN: ROLE, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const ran = await run(['login', 'aws', ...flags], { env });
  expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) as string });
});

it('explains a refusal by AWS, as text and as JSON', async () => {
  await using home = await directory();
  await using sts = await serve(() =>
    refused(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'),
  );
  const env = { IDP_TOKEN: jwt, IDP_AWS_ROLE_ARN: ROLE, AWS_ENDPOINT_URL: sts.url };
  const text = await run(['login', 'aws'], { env, homedir: home.path });
  expect(text).toMatchObject({ status: 1, stdout: '' });
  expect(text.stderr).toContain('"app.gitpod.io:sub" admits');
  const asJson = await run(['login', 'aws', '--json'], { env, homedir: home.path });
  expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: 'aws-refused' } });
});
