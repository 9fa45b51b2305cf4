import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, describe, expect, it } from 'vitest';
import { createAdminServer } from '../../src/http/admin/server.ts';
import { createLog } from '../../src/serve/log.ts';
import { testIssuer } from '../issuer/issuer.ts';
import { runIssuer } from '../serve/running.ts';
import { DOCUMENT, undocumented } from './documented.ts';

type Specification = Parameters<Validator['validate']>[0];

const { admin } = await runIssuer({ cleanup: afterAll });

describe('the OpenAPI document', () => {
  it('is served, and is valid OpenAPI 3.1', async () => {
    const served = await admin('GET', '/admin/openapi.json');
    expect(served).toMatchObject({ status: 200, json: { openapi: '3.1.1' } });
    const validator = new Validator();
    expect(await validator.validate(served.json as Specification)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is shown to administrators alone', async () => {
    expect(await admin('GET', '/admin/openapi.json', undefined, { authorization: '' })).toMatchObject({ status: 401 });
  });

  it('has every route that is served, and no other', async () => {
    const issuer = await testIssuer();
    const administrators = { tokenSha256: undefined, issuers: [], now: issuer.now };
    const log = createLog({ write: () => undefined }, 'silent');
    const server = createAdminServer([issuer], issuer.store, administrators, { log }, { refusalsPerMinute: 60 });
    const served: string[] = [];
    server.addHook('onRoute', ({ method, url }) => {
      const methods = [method].flat().filter((one) => one !== 'HEAD');
      served.push(...methods.map((one) => `${one} ${url.replace(/:(\w+)/g, '{$1}')}`));
    });
    await server.ready();
    const documented = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(served.filter((route) => route.includes(' /admin')).sort()).toEqual(documented.sort());
    await server.close();
  });

  it('names every operation once, and every parameter of its path', () => {
    const operations = Object.values(DOCUMENT.paths).flatMap((path) => Object.values(path)) as unknown as {
      operationId: string;
    }[];
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** The client of the tests holds every answer against the document: these would make any of them fail. */
describe('an answer that is not as documented', () => {
  const JSON_TYPE = 'application/json; charset=utf-8';
  const ORGANIZATION = '/admin/issuers/ona/organizations/acme';

  it.each([
    ['with a status of its own', 'GET', ORGANIZATION, { status: 418, type: JSON_TYPE, text: '{}' }, /answers 418/],
    ['with another type', 'GET', ORGANIZATION, { status: 200, type: 'text/html', text: '{}' }, /answers text\/html/],
    ['without what it must have', 'GET', '/admin/audit', { status: 200, type: JSON_TYPE, text: '{}' }, /required/],
    [
      'with what is not documented',
      'GET',
      '/admin/audit?limit=1',
      { status: 200, type: JSON_TYPE, text: '{"entries":[],"next":null,"more":1}' },
      /additional properties/,
    ],
    [
      'with a problem that is none',
      'PUT',
      ORGANIZATION,
      { status: 422, type: 'application/problem+json', text: '{"title":1}' },
      /required/,
    ],
    [
      'with a body where there is none',
      'DELETE',
      '/admin/registrations/x',
      { status: 204, type: undefined, text: '{}' },
      /has a body/,
    ],
  ])('%s is found', (_what, method, path, answer, expected) => {
    expect(undocumented(method, path, answer)).toMatch(expected);
  });

  it('is none where it is as documented', () => {
    const answer = { status: 200, type: JSON_TYPE, text: '{"entries":[],"next":null}' };
    expect(undocumented('GET', '/admin/audit', answer)).toBeUndefined();
  });
});
