/** What can be checked of `custody` without creating or changing anything. */

import { type Path, type Problem, problem } from '../../claims/problem.ts';
import { ALGORITHMS, type Algorithm } from '../../keys/algorithms.ts';
import { type Custody } from '../../keys/custody.ts';
import { type Kms, type KmsKey } from '../../keys/kms/port.ts';
import { signingProblem } from '../../keys/rings/kms-signing.ts';
import { loadRecords } from '../../keys/rings/stored.ts';
import { type KeyQueries } from '../../store/store.ts';
import { attempt, faultAt, problemsOf } from '../attempt.ts';
import { demandDirectoryOf } from '../files.ts';
import { findSealingSecret, sealingSecretGone } from '../secrets.ts';
import { type ReadyWay, custodyOf } from './open.ts';
import { type KnownWay } from './shape.ts';

const CUSTODY: Path = ['custody'];

/** What came of the checks, for those of the keys in the store. */
export interface CheckedCustody {
  readonly problems: readonly Problem[];
  /** Of the first start: a secret that is to be made. */
  readonly missing: { readonly path: Path; readonly file: string } | undefined;
  /** What keys are opened with; undefined where a part of it cannot be used. */
  readonly custody: Custody | undefined;
}

/** @param absolute makes a path absolute */
export async function checkCustodyWays(
  ways: readonly KnownWay[],
  algorithms: ReadonlyMap<string, readonly Algorithm[]>,
  absolute: (file: string) => string,
  kms: Kms,
): Promise<CheckedCustody> {
  const checked = await Promise.all(ways.map((way) => checkWay(way, algorithms, absolute, kms)));
  const ready = checked.flatMap((way) => way.ready ?? []);
  const whole = ready.length > 0 && checked.every((way) => way.ready !== undefined || way.missing !== undefined);
  return {
    problems: checked.flatMap((way) => way.problems),
    missing: checked.flatMap((way) => way.missing ?? [])[0],
    custody: whole ? custodyOf(ready, { kms, random: () => new Uint8Array() }) : undefined,
  };
}

interface CheckedWay {
  readonly problems: readonly Problem[];
  readonly ready?: ReadyWay;
  readonly missing?: { readonly path: Path; readonly file: string };
}

async function checkWay(
  way: KnownWay,
  algorithms: ReadonlyMap<string, readonly Algorithm[]>,
  absolute: (file: string) => string,
  kms: Kms,
): Promise<CheckedWay> {
  const { index, secretFile, sealingKey, signingKeys, sources } = way;
  // Which of several is meant nobody knows.
  if (way.ways.length !== 1) return { problems: [] };
  const path = ['custody', index];
  if (secretFile !== undefined) return checkSecret([...path, 'secret_file'], absolute(secretFile), index === 0);
  if (sealingKey !== undefined) {
    const found = await attempt([...path, 'kms_sealing', 'key'], async () => kms.describe(sealingKey));
    const problems = found.ok ? sealingProblems([...path, 'kms_sealing', 'key'], found.value) : found.problems;
    return problems.length > 0 ? { problems } : { problems, ready: { kind: 'kms-sealing', key: sealingKey } };
  }
  if (signingKeys !== undefined) {
    const problems = await checkSigning([...path, 'kms_signing', 'keys'], way, algorithms, kms);
    return problems.length > 0 ? { problems } : { problems, ready: { kind: 'kms-signing', keys: {} } };
  }
  return sources[0] === 'create' ? { problems: [], ready: { kind: 'kms-signing', keys: 'created' } } : { problems: [] };
}

/** The first is made at the first start. */
async function checkSecret(path: Path, file: string, first: boolean): Promise<CheckedWay> {
  const secret = await attempt(path, () => findSealingSecret(file));
  if (!secret.ok) return { problems: secret.problems };
  if (secret.value !== undefined) return { problems: [], ready: { kind: 'secret', secret: secret.value } };
  if (!first) return { problems: [faultAt(path, sealingSecretGone(file))] };
  const problems = problemsOf(await attempt(path, () => demandDirectoryOf(file)));
  return problems.length > 0 ? { problems } : { problems, missing: { path, file } };
}

function sealingProblems(path: Path, { spec, usage, state }: KmsKey): Problem[] {
  if (spec !== 'SYMMETRIC_DEFAULT' || usage !== 'ENCRYPT_DECRYPT') {
    const hint = 'name a symmetric key, of the usage ENCRYPT_DECRYPT';
    return [problem(path, `this KMS key cannot seal: it is ${spec} for ${usage}`, hint)];
  }
  return state === 'Enabled' ? [] : [problem(path, `this KMS key cannot be used: ${state}`, 'enable it')];
}

async function checkSigning(
  path: Path,
  { signingKeys = [] }: KnownWay,
  algorithms: ReadonlyMap<string, readonly Algorithm[]>,
  kms: Kms,
): Promise<Problem[]> {
  const places = signingKeys.flatMap(({ issuer, keys }) =>
    keys.map(({ index, value }) => ({ issuer, path: [...path, issuer, index], value })),
  );
  const found = await Promise.all(
    places.map(async (place) => ({ ...place, key: await attempt(place.path, () => kms.describe(place.value)) })),
  );
  const arns = new Set<string>();
  const unusable = found.flatMap((place) => {
    if (!place.key.ok) return place.key.problems;
    const { arn } = place.key.value;
    const why = signingProblem(place.key.value, algorithms.get(place.issuer) ?? ALGORITHMS);
    const twice = arns.has(arn) ? [problem(place.path, `this is the key ${arn}, which is there already`)] : [];
    arns.add(arn);
    return why === undefined ? twice : [...twice, problem(place.path, `this KMS key cannot sign: ${why}`)];
  });
  if (unusable.length > 0) return unusable;
  return signingKeys.flatMap(({ issuer }) => {
    const own = found.filter((place) => place.issuer === issuer);
    const missing = (algorithms.get(issuer) ?? []).filter(
      (algorithm) => !own.some(({ key }) => key.ok && signingProblem(key.value, [algorithm]) === undefined),
    );
    return missing.map((algorithm) => problem([...path, issuer], `none of these keys signs ${algorithm}`));
  });
}

/** The first key that does not open: the others hardly will. Throws `IssuerFault` where the store cannot be read. */
export async function checkKeysOpen(
  keys: Pick<KeyQueries, 'load'>,
  { custody, missing }: CheckedCustody,
  issuers: readonly string[],
): Promise<Problem[]> {
  for (const issuer of issuers) {
    const { records } = await loadRecords(keys, issuer);
    for (const record of records) {
      if (record.handle === null || (record.state !== 'active' && record.state !== 'pending')) continue;
      const { handle } = record;
      if (missing !== undefined) return [faultAt(missing.path, sealingSecretGone(missing.file))];
      if (custody === undefined) return [];
      const opened = await attempt(CUSTODY, () => custody.open(record, handle));
      if (!opened.ok) return [...opened.problems];
    }
  }
  return [];
}
