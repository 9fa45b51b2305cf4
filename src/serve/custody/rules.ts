/** The rules between the parts of `custody`, and between it and the issuers. */

import { type Path, type Problem, problem } from '../../claims/problem.ts';
import { suggest } from '../../claims/suggest.ts';
import { type KnownWay, SOURCES, WAYS } from './shape.ts';

/** @param issuers their names; undefined where they cannot be read */
export function checkCustody(ways: readonly KnownWay[], issuers: readonly string[] | undefined): Problem[] {
  return [...ways.flatMap((way) => checkWay(way, issuers)), ...checkTwice(ways)];
}

function checkWay(way: KnownWay, issuers: readonly string[] | undefined): Problem[] {
  const path = ['custody', way.index];
  return [
    ...exactlyOne(path, way.ways, WAYS),
    ...(way.ways.includes('kms_signing') ? exactlyOne([...path, 'kms_signing'], way.sources, SOURCES) : []),
    ...(issuers === undefined ? [] : checkIssuers(way, [...path, 'kms_signing', 'keys'], issuers)),
  ];
}

function exactlyOne(path: Path, found: readonly string[], offered: readonly string[]): Problem[] {
  if (found.length === 1) return [];
  const names = offered.map((name) => `\`${name}\``).join(', ');
  return [problem(path, `needs one of ${names}`, found.length === 0 ? undefined : `it has ${found.join(' and ')}`)];
}

function checkIssuers({ index, signingKeys }: KnownWay, path: Path, issuers: readonly string[]): Problem[] {
  if (signingKeys === undefined) return [];
  const strangers = signingKeys
    .filter(({ issuer }) => !issuers.includes(issuer))
    .map(({ issuer }) => problem([...path, issuer], `there is no issuer ${issuer}`, suggest(issuer, issuers)));
  // Beside another way that holds new keys, those of one issuer can be the last that KMS signs with.
  const without = index > 0 ? [] : issuers.filter((issuer) => !signingKeys.some((keys) => keys.issuer === issuer));
  return [
    ...strangers,
    ...without.map((issuer) => problem(path, `the issuer ${issuer} has no keys`, `add them: ${issuer}: [alias/…]`)),
  ];
}

/** A thing that is there, with its place: of files, of KMS keys that sign, and of ways that need be there once only. */
function checkTwice(ways: readonly KnownWay[]): Problem[] {
  const seen = new Set<string>();
  return ways.flatMap(thingsOf).flatMap(({ path, what }) => {
    if (seen.has(what)) return [problem(path, `${what} is there already`, 'leave one out')];
    seen.add(what);
    return [];
  });
}

function thingsOf({ index, ways, secretFile, signingKeys = [] }: KnownWay): { path: Path; what: string }[] {
  const path = ['custody', index];
  return [
    ...ways
      // It opens what any KMS key sealed.
      .filter((way) => way !== 'secret_file')
      .map((way) => ({ path: [...path, way], what: `\`${way}\`` })),
    ...(secretFile === undefined ? [] : [{ path: [...path, 'secret_file'], what: `the file ${secretFile}` }]),
    ...signingKeys.flatMap(({ issuer, keys }) =>
      keys.map((key) => ({
        path: [...path, 'kms_signing', 'keys', issuer, key.index],
        // Another issuer's tokens would verify with it too.
        what: `the key ${key.value}`,
      })),
    ),
  ];
}
