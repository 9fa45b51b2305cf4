import { execFile } from 'node:child_process';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkProfile, credentialsPath, writeCredentials } from '../../../src/workload/aws/credentials-file.ts';
import { failureOf } from '../support/failures.ts';
import { directory } from '../support/files.ts';

const SESSION = {
  accessKeyId: 'ASIANEW',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  expiration: new Date('2026-11-21T12:00:00Z'),
};
const WRITTEN =
  'aws_access_key_id = ASIANEW\naws_secret_access_key = secret\naws_session_token = token\nx_security_token_expires = 2026-11-21T12:00:00.000Z\n';

it('writes the profile through a symbolic link, 0600', async () => {
  await using files = await directory();
  const path = join(files.path, 'credentials');
  await writeFile(join(files.path, 'real'), '# mine\n[two]\nregion = eu\n', { mode: 0o644 });
  await symlink('real', path);
  const written = await writeCredentials(path, 'default', SESSION);
  expect(written.path).toBe(join(files.path, 'real'));
  expect(await readFile(path, 'utf8')).toBe(`# mine\n[two]\nregion = eu\n\n[default]\n${WRITTEN}`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it.each([
  ['a merge conflict', Buffer.from('[default]\n<<<<<<< SECRETMARK\n'), 'line 2'],
  ['bytes that are no UTF-8', Buffer.from([0x5b, 0xff, 0x5d]), 'not UTF-8'],
])('leaves %s untouched and quotes none of it', async (_name, content, reason) => {
  await using files = await directory();
  const path = join(files.path, 'credentials');
  await writeFile(path, content);
  const failure = await failureOf(() => writeCredentials(path, 'default', SESSION));
  expect(failure.code).toBe('file-unparsable');
  expect(failure.message).toContain(reason);
  expect(failure.message + failure.hint).not.toContain('SECRETMARK');
  expect(await readFile(path)).toEqual(content);
});

it('keeps both profiles when two processes log in at once', { timeout: 60_000 }, async () => {
  await using files = await directory();
  const path = join(files.path, '.aws', 'credentials');
  const module = new URL('../../../src/workload/aws/credentials-file.ts', import.meta.url).href;
  const script = `const { writeCredentials } = await import(${JSON.stringify(module)});
    const session = { accessKeyId: process.argv[1], secretAccessKey: 's', sessionToken: 't', expiration: new Date(0) };
    for (let i = 0; i < 10; i += 1) await writeCredentials(${JSON.stringify(path)}, process.argv[1] + i, session);`;
  const run = promisify(execFile);
  await Promise.all(
    ['a', 'b'].map((name) => run(process.execPath, ['--input-type=module', '-e', script, name], { env: {} })),
  );
  const sections = (await readFile(path, 'utf8')).match(/^\[.*\]$/gm) ?? [];
  expect(sections.toSorted()).toEqual(
    ['a', 'b'].flatMap((name) => Array.from({ length: 10 }, (_, i) => `[${name}${i}]`)),
  );
});

it('finds the file as the AWS CLI does', () => {
  expect(credentialsPath({}, '/home/me')).toBe('/home/me/.aws/credentials');
  expect(credentialsPath({ AWS_SHARED_CREDENTIALS_FILE: '/x/y' }, '/home/me')).toBe('/x/y');
  expect(credentialsPath({ AWS_SHARED_CREDENTIALS_FILE: '~/y' }, '/home/me')).toBe('/home/me/y');
});

it.each(['a]\n[b', '', 'a b', '__proto__', 'x'.repeat(129), 'é'])('refuses the profile name %j', async (profile) => {
  expect(
    await failureOf(() => {
      checkProfile(profile);
    }),
  ).toMatchObject({ code: 'bad-input' });
});
