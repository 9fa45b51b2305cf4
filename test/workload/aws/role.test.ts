import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkLogin, regionFor, sessionNameFrom, type AwsLogin } from '../../../src/workload/aws/role.ts';
import { failureOf } from '../support/failures.ts';

const LOGIN: AwsLogin = {
  roleArn: 'arn:aws:iam::123456789012:role/path/deploy',
  audience: 'sts.amazonaws.com',
  profile: 'default',
  durationSeconds: 3600,
};

it.each([900, 43_200])('takes %i seconds', (durationSeconds) => {
  expect(() => {
    checkLogin({ ...LOGIN, durationSeconds });
  }).not.toThrow();
});

it.each<Partial<AwsLogin>>([
  { durationSeconds: 899 },
  { durationSeconds: 43_201 },
  { durationSeconds: Number.NaN },
  { durationSeconds: 1000.5 },
  { roleArn: '' },
  { roleArn: 'arn:aws:iam::12345678901:role/short' },
  { roleArn: 'arn:aws:iam::123456789012:user/me' },
  { roleArn: 'arn:aws:sts::123456789012:assumed-role/deploy/x' },
  { roleArn: 'deploy' },
  { sessionName: 'x' },
  { sessionName: 'a b' },
  { sessionName: 'x'.repeat(65) },
  { region: 'evil.example/' },
])('refuses %j', async (change) => {
  expect(
    await failureOf(() => {
      checkLogin({ ...LOGIN, ...change });
    }),
  ).toMatchObject({ code: 'bad-input' });
});

it('makes a session name of any subject', () => {
  fc.assert(
    fc.property(fc.anything(), (sub) => {
      expect(sessionNameFrom(sub)).toMatch(/^[\w+=,.@-]{2,64}$/);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (sub) => {
      expect(sessionNameFrom(sub)).toMatch(/^[\w+=,.@-]{2,64}$/);
    }),
  );
});

it('keeps what is most specific in it', () => {
  expect(sessionNameFrom('project_path:my/group:ref:main')).toBe('project_path-my-group-ref-main');
  expect(
    sessionNameFrom(
      'organization_id:0191e223-aaaa-bbbb-cccc-000000000000:project_id:019527e4-aaaa-bbbb-cccc-000000000000',
    ),
  ).toMatch(/project_id-019527e4-aaaa-bbbb-cccc-000000000000$/);
});

it('asks the STS of the flag, the environment, or the partition', () => {
  expect(regionFor({ ...LOGIN, region: 'eu-central-1' }, { AWS_REGION: 'eu-west-1' })).toBe('eu-central-1');
  expect(regionFor(LOGIN, { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'x' })).toBe('eu-west-1');
  expect(regionFor(LOGIN, { AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
  expect(regionFor(LOGIN, {})).toBe('us-east-1');
  expect(regionFor({ ...LOGIN, roleArn: 'arn:aws-cn:iam::123456789012:role/x' }, {})).toBe('cn-north-1');
});
