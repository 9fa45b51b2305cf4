import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { HOSTS, type Running, exchangeForm, runIssuer, tokenOver } from '../serve/running.ts';

const ACME = '/admin/issuers/ona/organizations/acme';
const REGISTRATIONS = '/admin/issuers/ona/registrations';
const BODY = { organization: 'acme', facts: ENVIRONMENT };
const KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"';

interface Made {
  readonly id: string;
  readonly credential?: string;
}

async function withOrganization(options: Parameters<typeof runIssuer>[0] = {}): Promise<Running> {
  const running = await runIssuer(options);
  await running.admin('PUT', ACME, { profile: 'ona-v3' });
  return running;
}

const ask = ({ admin }: Running, body: unknown = BODY, key = KEY) =>
  admin('POST', REGISTRATIONS, body, { 'idempotency-key': key });

async function kinds({ admin }: Running): Promise<string[]> {
  const { entries } = (await admin('GET', '/admin/audit')).json as { entries: { kind: string }[] };
  return entries.map(({ kind }) => kind);
}

describe('a registration with an Idempotency-Key', () => {
  it('is made once, and its credential is shown once', async () => {
    const running = await withOrganization();
    const first = await ask(running);
    const { id, credential = '' } = first.json as Made;
    expect(first).toMatchObject({ status: 201 });
    const again = await ask(running);
    expect(again).toMatchObject({ status: 200, json: { id }, headers: { location: `/admin/registrations/${id}` } });
    expect(again.text).not.toContain('credential');
    expect(again.json).toEqual((await running.admin('GET', `/admin/registrations/${id}`)).json);
    expect(await kinds(running)).toEqual(['registered', 'organization-changed']);
    expect(await tokenOver(running, HOSTS.ona, '/token', exchangeForm(credential, 'a'))).toMatch(/^ey/);
  });

  it.each<[string, unknown]>([
    ['in another order', { facts: Object.fromEntries(Object.entries(ENVIRONMENT).reverse()), organization: 'acme' }],
    ['with its defaults written', { ...BODY, profile: null, expires_at: null }],
  ])('is the same %s', async (_what, body) => {
    const running = await withOrganization();
    const { id } = (await ask(running)).json as Made;
    expect(await ask(running, body)).toMatchObject({ status: 200, json: { id } });
  });

  it('is refused with another body', async () => {
    const running = await withOrganization();
    await ask(running);
    expect(await ask(running, { ...BODY, token_life_seconds: 60 })).toMatchObject({
      status: 422,
      json: { detail: 'this Idempotency-Key came with another body before' },
    });
    expect(await kinds(running)).toEqual(['registered', 'organization-changed']);
  });

  it('is not made again once it is revoked', async () => {
    const running = await withOrganization();
    const { id } = (await ask(running)).json as Made;
    await running.admin('DELETE', `/admin/registrations/${id}`);
    expect(await ask(running)).toMatchObject({
      status: 409,
      json: { detail: `the registration ${id} of this Idempotency-Key was removed` },
    });
  });

  it('is made once by requests that come together', async () => {
    const running = await withOrganization();
    const replies = await Promise.all(Array.from({ length: 8 }, () => ask(running)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(replies.map(({ json }) => (json as Made).id)).size).toBe(1);
  });

  it('is remembered by another process for 24 hours, and then forgotten', async () => {
    const directory = await temporaryDirectory();
    let time = 1_800_000_000;
    const now = () => time;
    const first = await withOrganization({ directory, now });
    const { id } = (await ask(first)).json as Made;
    await first.stop();
    time += 86_400;
    const second = await runIssuer({ directory, now });
    expect(await ask(second)).toMatchObject({ status: 200, json: { id } });
    time += 1;
    const made = await ask(second);
    expect(made).toMatchObject({ status: 201 });
    expect((made.json as Made).id).not.toBe(id);
    expect(await ask(second)).toMatchObject({ status: 200, json: { id: (made.json as Made).id } });
  });

  it('that is refused leaves the key for a better one', async () => {
    const running = await withOrganization();
    expect(await ask(running, { ...BODY, expires_at: 1 })).toMatchObject({ status: 422 });
    expect(await ask(running)).toMatchObject({ status: 201 });
  });

  it('of another issuer or without a key is another', async () => {
    const running = await withOrganization();
    const { id } = (await ask(running)).json as Made;
    const without = await running.admin('POST', REGISTRATIONS, BODY);
    expect([without.status, (without.json as Made).id === id]).toEqual([201, false]);
  });

  it('takes a key without quotes for the same', async () => {
    const running = await withOrganization();
    const { id } = (await ask(running)).json as Made;
    expect(await ask(running, BODY, KEY.replaceAll('"', ''))).toMatchObject({ status: 200, json: { id } });
  });

  it.each([['""'], ['"a b"'], ['"a", "b"'], ['a b'], [`"${'x'.repeat(256)}"`], ['"a'], ['"\\x"']])(
    'is refused with the key %s',
    async (key) => {
      const running = await withOrganization();
      expect(await ask(running, BODY, key)).toMatchObject({
        status: 400,
        json: { detail: expect.stringMatching(/^Idempotency-Key is one string/) as unknown },
      });
    },
  );
});

it('leaves an organization that is so already as it is', async () => {
  const running = await withOrganization();
  const put = async (body: unknown) => running.admin('PUT', ACME, body);
  expect(await put({ profile: 'ona-v3', sub_fields: [] })).toMatchObject({ status: 200, headers: { etag: '"1"' } });
  expect(await put({ profile: 'ona-v3', sub_fields: ['creator_id'] })).toMatchObject({ headers: { etag: '"2"' } });
  expect(await put({ profile: 'ona-v3', sub_fields: ['creator_id'] })).toMatchObject({ headers: { etag: '"2"' } });
  expect(await kinds(running)).toEqual(['organization-changed', 'organization-changed']);
});
