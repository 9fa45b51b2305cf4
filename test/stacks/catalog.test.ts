import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../src/catalog/parse.ts';
import { planCatalog } from '../../src/catalog/plan.ts';
import { type CatalogPlan } from '../../src/catalog/planned.ts';
import { accept, describeProblem } from '../../src/claims/problem.ts';
import { accountOf } from '../../stacks/aws.ts';
import { checkChoice, checkOwn } from '../../stacks/catalog.ts';
import { checkVaultAddress } from '../../stacks/local.ts';
import { readSettings } from '../../stacks/settings.ts';

function plan(text: string): CatalogPlan {
  const planned = planCatalog(parseCatalog(text).document, () => accept(''));
  if (!planned.ok) throw new Error(planned.problems.map(describeProblem).join('\n'));
  return planned.value;
}

const PLAIN = plan('issuers: { ona: { profile: ona-v3 } }\naccess: {}\n');
const SEVERAL = plan('issuers: { ona: { profile: ona-v3 } }\nenvironments: { dev: {}, prod: {} }\naccess: {}\n');
const OWN = plan('issuers: { ona: { profile: ona-v3, own: true }, gl: { profile: ona-v2 } }\naccess: {}\n');

describe('checkChoice', () => {
  it.each<[string, CatalogPlan, Readonly<Record<string, unknown>>, string[]]>([
    ['nothing to choose', PLAIN, {}, []],
    ['an environment of the catalog', SEVERAL, { environment: 'prod' }, []],
    [
      'none of several',
      SEVERAL,
      {},
      ['idp-kit:environment: the catalog has several environments (say which one this is: dev, prod)'],
    ],
    [
      'one that is not there',
      SEVERAL,
      { environment: 'prd' },
      ['idp-kit:environment: the catalog has no environment `prd` (did you mean prod?)'],
    ],
    [
      'one where there are none',
      PLAIN,
      { environment: 'prod' },
      ['idp-kit:environment: the catalog has no environment `prod` (there are none)'],
    ],
    [
      'an issuer that is not there',
      PLAIN,
      { notCheckedFromHere: ['oan'] },
      ['idp-kit:notCheckedFromHere: the catalog has no issuer `oan` (did you mean ona?)'],
    ],
  ])('of %s', (_, catalog, given, expected) => {
    const settings = readSettings(given);
    if (!settings.ok) throw new Error('the settings are fine');
    expect(checkChoice(catalog, settings.value).map(describeProblem)).toEqual(expected);
  });
});

describe('checkOwn', () => {
  it('wants the URL of an own issuer, and of no other', () => {
    expect(checkOwn(PLAIN, undefined)).toEqual([]);
    expect(checkOwn(OWN, 'https://idp.example.com')).toEqual([]);
    expect(checkOwn(OWN, undefined).map(describeProblem)).toEqual([
      "idp-kit:issuerStack: the URL of the catalog's issuer ona is not known (name the stack that has it (organization/idp-kit/issuer-prod), or say it: idp-kit:issuerUrl)",
    ]);
  });
});

describe('accountOf', () => {
  it('is the one of the credentials, which must be that of the environment', () => {
    expect(accountOf(undefined, '111111111111')).toBe('111111111111');
    expect(accountOf({ name: 'dev' }, '111111111111')).toBe('111111111111');
    expect(accountOf({ name: 'dev', account: '111111111111' }, '111111111111')).toBe('111111111111');
    expect(() => accountOf({ name: 'prod', account: '222222222222' }, '111111111111')).toThrow(
      /credentials are of the account 111111111111; nothing is provisioned.\n {2}the environment prod is the account 222222222222/,
    );
  });
});

describe('checkVaultAddress', () => {
  it.each(['http://127.0.0.1:8200', 'http://localhost:8200', 'https://[::1]:8200'])('takes %s', (address) => {
    expect(() => {
      checkVaultAddress(address);
    }).not.toThrow();
  });

  it.each([undefined, '', 'https://vault.example.com', 'http://127.0.0.1.example.com'])('refuses %s', (address) => {
    expect(() => {
      checkVaultAddress(address);
    }).toThrow('nothing is provisioned');
  });
});
