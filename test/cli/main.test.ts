import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { run } from './run.ts';

describe('help', () => {
  it.each([[['--help']], [['login', '--help']], [['help', 'token']], [['login', 'aws', '-h']]])(
    '%j goes to stdout',
    async (argv) => {
      const ran = await run(argv);
      expect(ran).toMatchObject({ status: 0, stderr: '' });
      expect(ran.stdout).toMatch(/^Usage: idp/);
    },
  );

  it.each([[[]], [['login']]])('is shown for %j, with the status of wrong usage', async (argv) => {
    const ran = await run(argv);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^Usage: idp/);
  });

  it('has the words of the commands it stands in for', async () => {
    const aws = (await run(['login', 'aws', '--help'])).stdout;
    for (const word of [
      '--role-arn',
      '--audience',
      '--profile',
      '--duration-seconds',
      '--role-session-name',
      'IDP_AWS_ROLE_ARN',
    ]) {
      expect(aws).toContain(word);
    }
    const vault = (await run(['login', 'vault', '--help'])).stdout;
    for (const word of ['--role', '--audience', '--mount', 'IDP_VAULT_ROLE', 'vault.hashicorp.com'])
      expect(vault).toContain(word);
    const token = (await run(['token', '--help'])).stdout;
    for (const word of ['--audience', '--decode']) expect(token).toContain(word);
  });
});

it('prints the version', async () => {
  expect(await run(['--version'])).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

it.each([
  [['tokem'], /unknown command 'tokem'[^]*token/],
  [['token', '--audeince', 'x'], /unknown option '--audeince'/],
  [['token', 'stray'], /too many arguments/],
  [['login', 'aws', '--profile'], /argument missing/],
])('refuses %j with status 2', async (argv, message) => {
  const ran = await run(argv);
  expect(ran).toMatchObject({ status: 2, stdout: '' });
  expect(ran.stderr).toMatch(message);
  const asJson = await run([...argv.slice(0, 1), '--json', ...argv.slice(1)]);
  expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: 'bad-input' } });
});
