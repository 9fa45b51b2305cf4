/** How long tokens live: the profile's bounds (one hour for ona-v3), the organization's, and what a workload asks for. */
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { exchange } from '../../src/issuer/exchange.ts';
import { type TokenConfiguration, putOrganization } from '../../src/issuer/organization.ts';
import { previewSubjects } from '../../src/issuer/preview.ts';
import { register } from '../../src/issuer/registration.ts';
import { configuration, registered, request, testIssuer } from './issuer.ts';

type Lives = Pick<TokenConfiguration, 'tokenLifeSeconds' | 'maxTokenLifeSeconds'>;
const lives = (tokenLifeSeconds: number | null, maxTokenLifeSeconds: number | null): Lives => ({
  tokenLifeSeconds,
  maxTokenLifeSeconds,
});

/** Problems as `place: message`. */
function linesOf(outcome: { readonly ok: boolean; readonly problems?: readonly Problem[] }): string[] {
  return (outcome.problems ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

interface Problem {
  readonly path: readonly unknown[];
  readonly message: string;
}

const PROFILE = 'ona-v3 tokens live at most 3600 seconds';
const bound = (seconds: number) => `token_life_seconds: the organization's tokens live at most ${seconds} seconds`;

it.each<[string, Lives, readonly string[]]>([
  ['none', lives(null, null), []],
  ['a default alone', lives(3600, null), []],
  ['a bound alone, below the default of the profile', lives(null, 600), []],
  ['a default at the bound', lives(600, 600), []],
  ['a default past the bound', lives(601, 600), [bound(600)]],
  ['a default past the profile', lives(3601, null), [`token_life_seconds: ${PROFILE}`]],
  ['a bound past the profile', lives(null, 3601), [`max_token_life_seconds: ${PROFILE}`]],
  [
    'everything at once',
    lives(8000, 7200),
    [`token_life_seconds: ${PROFILE}`, `max_token_life_seconds: ${PROFILE}`, bound(7200)],
  ],
])('an organization has %s', async (_what, choice, problems) => {
  const issuer = await testIssuer();
  expect(linesOf(await putOrganization(issuer, 'acme', configuration(choice)))).toEqual(problems);
});

it.each<[number | null, readonly string[]]>([
  [null, []],
  [600, []],
  [601, [bound(600)]],
  [3601, [`token_life_seconds: ${PROFILE}`, bound(600)]],
])('a workload that asks for %s is registered below a bound of 600: problems are %j', async (wish, problems) => {
  const issuer = await testIssuer();
  await putOrganization(issuer, 'acme', configuration(lives(null, 600)));
  expect(linesOf(await register(issuer, request({ tokenLifeSeconds: wish })))).toEqual(problems);
});

describe('a token of a workload', () => {
  it.each<[string, Lives, number | null, number]>([
    ['lives as the profile says', lives(null, null), null, 3600],
    ['lives as the organization says', lives(900, 1200), null, 900],
    ['lives as it asked for', lives(900, 1200), 1200, 1200],
    ['that has no wish is cut to the bound', lives(null, 600), null, 600],
    ['that was registered with more before is cut to the bound', lives(300, 600), 3600, 600],
  ])('%s', async (_what, choice, wish, expected) => {
    const issuer = await testIssuer();
    const { credential } = await registered(issuer, {}, { tokenLifeSeconds: wish });
    const previewed = await previewSubjects(issuer, 'acme', configuration(choice));
    await putOrganization(issuer, 'acme', configuration(choice));
    const answer = await exchange(issuer, { subject: { kind: 'credential', credential }, audiences: ['a'] });
    const { iat = 0, exp = 0 } = decodeJwt(answer.ok ? answer.token : '');
    expect([answer.ok && answer.expiresIn, exp - iat]).toEqual([expected, expected]);
    expect(previewed).toMatchObject({ value: [{ after: { value: { lifeSeconds: expected } } }] });
  });
});
