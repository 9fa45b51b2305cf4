import { expect, it } from 'vitest';
import { awsClaimsOf } from '../../src/claims/visible.ts';
import { WORLDS } from './worlds.ts';

it.each(WORLDS)('agrees with the profile of $name', ({ issuer }) => {
  expect(awsClaimsOf(issuer.issuer)).toEqual(issuer.awsClaims);
});

it.each(['https://gitlab.com/', 'https://gitlab.com.evil.org', 'gitlab.com', ''])('has nothing for %j', (issuer) => {
  expect(awsClaimsOf(issuer)).toEqual([]);
});
