/** Document 001: Ona to AWS. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { SECRETS } from '../sandbox.ts';
import { type Line } from '../scenario.ts';
import { createWorkload } from '../workload.ts';
import { AWS_AUDIENCE, awsLine, line, oneLine } from './lines.ts';

const seed = '001';

const provider = line(
  {
    seed,
    scenario: 'provider of app.gitpod.io, for sts.amazonaws.com alone',
    token: 'environment',
    expected: 'admitted',
  },
  async ({ aws, account }) => {
    const arn = `arn:aws:iam::${account}:oidc-provider/app.gitpod.io`;
    const { Url, ClientIDList } = await aws.iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    );
    return {
      admitted: Url === 'app.gitpod.io' && ClientIDList?.join() === AWS_AUDIENCE,
      detail: `${String(Url)} for ${String(ClientIDList)}`,
    };
  },
);

const KEPT = '# kept by hand\n[work]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = kept\n';

const loginAws = line(
  { seed, scenario: 'idp login aws, then the AWS CLI reads a secret', token: 'environment', expected: 'admitted' },
  async (sandbox) => {
    const workload = await createWorkload(sandbox, 'environment');
    const file = join(workload.home, '.aws', 'credentials');
    await mkdir(join(workload.home, '.aws'), { mode: 0o700 });
    await writeFile(file, KEPT, { mode: 0o644 });
    const arn = `arn:aws:iam::${sandbox.account}:role/aws-project`;
    const login = await workload.idp(['login', 'aws', '--duration-seconds', '7200'], { IDP_AWS_ROLE_ARN: arn });
    if (login.status !== 0) return { admitted: false, detail: oneLine(login.stderr) };
    const kept = (await readFile(file, 'utf8')).includes(KEPT.trimEnd()) && ((await stat(file)).mode & 0o777) === 0o600;
    const args = [
      'secretsmanager',
      'get-secret-value',
      '--secret-id',
      'database-password',
      '--query',
      'SecretString',
      '--output',
      'text',
    ];
    const read = await workload.command('aws', args);
    const right = read.stdout.trim() === SECRETS.database;
    return {
      admitted: right && kept,
      detail: right ? 'the AWS CLI reads database-password; the other profile is kept, 0600' : oneLine(read.stderr),
    };
  },
);

const byHand = line(
  { seed, scenario: 'aws sts assume-role-with-web-identity by hand', token: 'environment', expected: 'admitted' },
  async (sandbox) => {
    const workload = await createWorkload(sandbox, 'environment');
    const token = await workload.idp(['token', '--audience', AWS_AUDIENCE]);
    const file = join(workload.home, 'token');
    await writeFile(file, token.stdout.trim(), { mode: 0o600 });
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: `arn:aws:iam::${sandbox.account}:role/aws-project` };
    const ran = await workload.command(
      'aws',
      ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'],
      env,
    );
    return { admitted: ran.stdout.includes('assumed-role/aws-project/'), detail: oneLine(ran.stdout + ran.stderr) };
  },
);

const tooLong = line(
  {
    seed,
    scenario: 'a longer session than the role allows',
    token: 'environment',
    expected: 'refused',
    because: 'MaxSessionDuration',
  },
  async (sandbox) => {
    const workload = await createWorkload(sandbox, 'environment');
    const arn = `arn:aws:iam::${sandbox.account}:role/aws-project`;
    const login = await workload.idp(['login', 'aws', '--role-arn', arn, '--duration-seconds', '10800']);
    return { admitted: login.status === 0, detail: oneLine(login.stderr) };
  },
);

export const onaAws: readonly Line[] = [
  provider,
  awsLine({
    seed,
    scenario: 'role for one organization',
    token: 'environment outside a project',
    role: 'aws-organization',
    expected: 'admitted',
  }),
  awsLine({
    seed,
    scenario: 'role for one organization',
    token: 'environment',
    role: 'aws-organization',
    expected: 'admitted',
  }),
  awsLine({
    seed,
    scenario: 'role for one organization',
    token: 'environment of another organization',
    role: 'aws-organization',
    expected: 'refused',
    because: 'AccessDenied',
  }),
  awsLine({
    seed,
    scenario: 'role for one organization, not its users',
    token: 'user',
    role: 'aws-organization',
    expected: 'refused',
    because: 'AccessDenied',
  }),
  awsLine({ seed, scenario: 'role for one project', token: 'environment', role: 'aws-project', expected: 'admitted' }),
  awsLine({
    seed,
    scenario: 'role for one project',
    token: 'environment in another project',
    role: 'aws-project',
    expected: 'refused',
    because: ':sub',
  }),
  awsLine({ seed, scenario: 'V2 subject', token: 'V2 environment', role: 'aws-v2-project', expected: 'admitted' }),
  awsLine({
    seed,
    scenario: 'V2 subject',
    token: 'V2 environment in another project',
    role: 'aws-v2-project',
    expected: 'refused',
    because: ':sub',
  }),
  awsLine({
    seed,
    scenario: 'V3 token at a role for V2 subjects',
    token: 'environment',
    role: 'aws-v2-project',
    expected: 'refused',
    because: ':sub',
  }),
  awsLine({
    seed,
    scenario: 'another audience',
    token: 'environment',
    role: 'aws-project',
    audiences: ['vault.hashicorp.com'],
    expected: 'refused',
    because: 'InvalidIdentityToken',
  }),
  awsLine({
    seed,
    scenario: 'longest session of the role',
    token: 'environment',
    role: 'aws-project',
    seconds: 7200,
    expected: 'admitted',
  }),
  loginAws,
  byHand,
  tooLong,
];
