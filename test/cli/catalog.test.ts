import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';

async function idp(...argv: string[]) {
  const written = { stdout: '', stderr: '' };
  const writer = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const io = { env: {}, stdout: writer('stdout'), stderr: writer('stderr'), now: () => 0, homedir: '/none' };
  return { status: await main(argv, io), ...written };
}

const STACKS = join(import.meta.dirname, '..', '..', 'stacks');

describe('idp catalog check', () => {
  it('finds nothing wrong with the catalog that comes with the kit', async () => {
    expect(await idp('catalog', 'check', join(STACKS, 'access.yaml'))).toMatchObject({ status: 0, stdout: '' });
  });

  it('says where a file is not there', async () => {
    expect(await idp('catalog', 'check', '/none.yaml')).toMatchObject({
      status: 2,
      stdout: '/none.yaml:1:1: there is no file /none.yaml\n',
    });
  });

  it('prints mistakes as JSON', async () => {
    const { status, stdout } = await idp('catalog', 'check', '/none.yaml', '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      file: '/none.yaml',
      mistakes: [{ line: 1, column: 1, message: 'there is no file /none.yaml' }],
    });
  });
});
