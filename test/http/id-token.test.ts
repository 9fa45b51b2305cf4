import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { startConnectProxy } from '../sandbox/net/connect-proxy.ts';
import { createAuthority as createSandboxAuthority } from '../sandbox/net/authority.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { CONFIG, HOSTS, registerOver, runIssuer } from '../serve/running.ts';

const running = await runIssuer({ cleanup: afterAll });
const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);

const ask = (query: string, authorization?: string) =>
  running.get(HOSTS.ona, `/id-token${query}`, authorization === undefined ? {} : { authorization });

describe('the request protocol of GitHub Actions', () => {
  it('hands out a token for the audience', async () => {
    const reply = await ask('?api-version=2.0&audience=sts.amazonaws.com', `bearer ${credential}`);
    expect(reply).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(Object.keys(reply.json as object)).toEqual(['value']);
    expect(decodeJwt((reply.json as { value: string }).value)).toMatchObject({ aud: ['sts.amazonaws.com'] });
  });

  it.each<[string, string, string | undefined, number, RegExp]>([
    ['no bearer', '?audience=a', undefined, 401, /needs a bearer/],
    ['another scheme', '?audience=a', `Basic ${credential}`, 401, /needs a bearer/],
    ['a wrong credential', '?audience=a', `Bearer ${credential.slice(0, -1)}x`, 401, /of no upstream|unknown, expired/],
    ['no audience', '', `Bearer ${credential}`, 400, /no audience was asked for/],
    ['an audience that is none', '?audience=a%20b', `Bearer ${credential}`, 400, /visible ASCII/],
  ])('refuses %s in a form that its clients show', async (_, query, authorization, status, message) => {
    const reply = await ask(query, authorization);
    expect(reply).toMatchObject({ status, json: { message: expect.stringMatching(message) as unknown, status } });
  });

  it('serves the client of GitHub itself, by the name of the issuer', async () => {
    const directory = await temporaryDirectory();
    const authority = await createSandboxAuthority({ now: () => new Date() });
    const { certPem, keyPem } = await authority.issue([HOSTS.ona]);
    const caFile = join(directory, 'ca.pem');
    await Promise.all([
      writeFile(join(directory, 'tls.pem'), certPem),
      writeFile(join(directory, 'tls-key.pem'), keyPem),
      writeFile(caFile, authority.caPem),
    ]);
    const tls = 'port: 0, tls: { cert_file: tls.pem, key_file: tls-key.pem } }';
    const served = await runIssuer({ directory, config: CONFIG.replace('port: 0 }', tls) });
    const registered = await registerOver(served, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
    const { hostname: host, port } = new URL(served.publicUrl);
    const proxy = await startConnectProxy({ routes: { [HOSTS.ona]: { host, port: Number(port) } } });
    onTestFinished(() => proxy.stop());
    const program = "import { getIDToken } from '@actions/core'; console.log('token=' + (await getIDToken('a')));";
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: join(import.meta.dirname, '..', '..'),
      env: {
        ACTIONS_ID_TOKEN_REQUEST_URL: `https://${HOSTS.ona}/id-token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: registered.credential,
        https_proxy: proxy.url,
        NODE_EXTRA_CA_CERTS: caFile,
      },
    });
    expect(decodeJwt(/^token=(\S+)$/m.exec(stdout)?.[1] ?? '')).toMatchObject({
      iss: `https://${HOSTS.ona}`,
      aud: ['a'],
    });
  });
});
