import { afterAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { HOSTS, type Running, exchangeForm, runIssuer, tokenOver } from '../serve/running.ts';

let time = 1_800_000_000;
const running = await runIssuer({ cleanup: afterAll, now: () => time });
const { admin } = running;

const ORGANIZATIONS = '/admin/issuers/ona/organizations';
const IDS = ['acme', 'beta', 'corp', 'delta', 'eve'];
for (const id of IDS) await admin('PUT', `${ORGANIZATIONS}/${id}`, { profile: 'ona-v3' });

const MADE: string[] = [];
let credential = '';
for (let count = 0; count < 5; count += 1) {
  if (count % 2 === 0) time += 10;
  const body = { organization: 'acme', facts: ENVIRONMENT };
  const { json } = await admin('POST', '/admin/issuers/ona/registrations', body);
  const made = json as { id: string; credential: string };
  MADE.push(made.id);
  ({ credential } = made);
}
time += 10;
await tokenOver(running, HOSTS.ona, '/token', exchangeForm(credential, 'a'));
await admin('DELETE', `/admin/registrations/${MADE[0] ?? ''}`);

type Items = readonly Readonly<Record<string, unknown>>[];

/** Every page, to the end. */
async function pages(client: Running['admin'], path: string, member: string, limit: number): Promise<Items[]> {
  const found: Items[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const separator = path.includes('?') ? '&' : '?';
    const reply = await client('GET', `${path}${separator}limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(reply.status).toBe(200);
    const { next, ...rest } = reply.json as { next: string | null } & Record<string, Items>;
    found.push(rest[member] ?? []);
    cursor = next;
  }
  return found;
}

describe('a list', () => {
  it('of organizations goes on to its end, in the order of their ids', async () => {
    const found = await pages(admin, ORGANIZATIONS, 'organizations', 2);
    expect(found.map((page) => page.map(({ id }) => id))).toEqual([['acme', 'beta'], ['corp', 'delta'], ['eve']]);
    expect(found[0]?.[0]).toEqual((await admin('GET', `${ORGANIZATIONS}/acme`)).json);
  });

  it('has one page where everything fits, and none of another issuer', async () => {
    expect(await pages(admin, ORGANIZATIONS, 'organizations', 5)).toHaveLength(1);
    expect((await admin('GET', '/admin/issuers/gitlab/organizations')).json).toEqual({ organizations: [], next: null });
  });

  it('of registrations goes on to its end, the newest first', async () => {
    const path = `${ORGANIZATIONS}/acme/registrations`;
    const found = await pages(admin, path, 'registrations', 3);
    expect(found.map((page) => page.length)).toEqual([3, 1]);
    const all = found.flat();
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set(MADE.slice(1)));
    const times = all.map(({ created_at: at }) => Number(at));
    expect(times).toEqual([...times].sort((one, other) => other - one));
    expect((await admin('GET', `${ORGANIZATIONS}/eve/registrations`)).json).toEqual({ registrations: [], next: null });
    expect(await admin('GET', `${ORGANIZATIONS}/nobody/registrations`)).toMatchObject({ status: 404 });
  });

  it('of the audit goes on to its end, although entries are added', async () => {
    const first = (await admin('GET', '/admin/audit?limit=4')).json as { entries: Items; next: string };
    await admin('POST', '/admin/issuers/gitlab/keys/replace');
    const second = (await admin('GET', `/admin/audit?cursor=${first.next}`)).json as { entries: Items; next: null };
    const ids = [...first.entries, ...second.entries].map(({ id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: 12 }, (_, index) => 12 - index));
    expect(second.next).toBeNull();
  });

  it.each([
    ['of another list', ORGANIZATIONS, '/admin/audit?limit=1'],
    ['of another list', '/admin/audit', `${ORGANIZATIONS}?limit=1`],
  ])('takes no cursor %s: %s', async (_what, path, other) => {
    const { next } = (await admin('GET', other)).json as { next: string };
    const reply = await admin('GET', `${path}?cursor=${next}`);
    expect(reply).toMatchObject({ status: 422, json: { detail: 'this is no cursor of this list' } });
  });

  it.each(['x', '%00', 'W10', 'bnVsbA', 'WyJhdWRpdCIsLTFd', 'WyJhdWRpdCIsMWUzMDBd', 'x'.repeat(1001)])(
    'takes no cursor such as %s',
    async (cursor) => {
      expect(await admin('GET', `/admin/audit?cursor=${cursor}`)).toMatchObject({ status: 422 });
    },
  );
});

describe('the audit', () => {
  const kinds = async (query: string) => {
    const { entries } = (await admin('GET', `/admin/audit?${query}`)).json as { entries: Items };
    return entries.map(({ kind }) => kind);
  };

  it.each([
    ['a registration, also one that is revoked', () => `registration=${MADE[0] ?? ''}`, ['unregistered', 'registered']],
    ['a kind', () => 'kind=issued', ['issued']],
    ['an organization', () => 'organization=beta', ['organization-changed']],
    ['an issuer', () => 'issuer=classic', []],
    ['several', () => `organization=acme&kind=registered&registration=${MADE[1] ?? ''}`, ['registered']],
    ['a time', () => 'since=1800000040', ['unregistered', 'issued']],
    ['a time before another', () => 'since=1800000010&until=1800000020', ['registered', 'registered']],
  ])('is asked for %s', async (_what, query, expected) => {
    expect((await kinds(query())).filter((kind) => kind !== 'keys-replaced')).toEqual(expected);
  });

  it.each([
    ['kind=isued', /there is no `isued` here/],
    ['since=yesterday', /a time is a whole number of seconds since 1970/],
    ['registration=a%00b', /a name has 1 to 100/],
  ])('says what is wrong with %s', async (query, expected) => {
    const reply = await admin('GET', `/admin/audit?${query}`);
    expect(reply).toMatchObject({ status: 422, json: { detail: expect.stringMatching(expected) as unknown } });
  });
});

it('says of a registration whether its time has come', async () => {
  const body = { organization: 'eve', facts: ENVIRONMENT, expires_at: time + 60 };
  const { json } = await admin('POST', '/admin/issuers/ona/registrations', body);
  const { id } = json as { id: string };
  const state = async () => (await admin('GET', `/admin/registrations/${id}`)).json;
  expect([json, await state()]).toMatchObject([{ state: 'active' }, { state: 'active' }]);
  time += 60;
  expect(await state()).toMatchObject({ state: 'expired', expires_at: time });
  const listed = (await admin('GET', `${ORGANIZATIONS}/eve/registrations`)).json;
  expect(listed).toMatchObject({ registrations: [{ id, state: 'expired' }] });
});
