// What `idp diff` compares with what: catalogs with catalogs, and all other documents as the resources in them.
import { EMPTY_CATALOG, diffCatalogs } from '../catalog/diff.ts';
import { reviewCatalog } from '../catalog/review.ts';
import { type ProfileName } from '../claims/profile.ts';
import { diffResources } from '../diff/resources.ts';
import { type DiffReport } from '../report/diff.ts';
import { placeOf } from '../report/findings.ts';
import { worst } from '../trust/target-diff.ts';
import { type Catalog, type ReadSide, readResources, readSide } from './diff-sides.ts';
import { type CliIo } from './io.ts';
import { badInput } from './usage.ts';

export interface CompareOptions {
  readonly profile?: ProfileName | undefined;
}

export async function compare(old: string, next: string, options: CompareOptions, io: CliIo): Promise<DiffReport> {
  return compareSides(await readSide(old, false, io), await readSide(next, true, io), options);
}

export function compareSides(before: ReadSide, after: ReadSide, { profile }: CompareOptions): DiffReport {
  const read = [readResources(before, []), readResources(after, before.documents)] as const;
  refuse([before, after, ...read].flatMap(({ problems }) => problems));
  const asResources = isOfTwoKinds(before, after);
  const sides = [before, after].map((side, index) => ({
    root: side.root,
    resources: [
      ...(read[index]?.resources ?? []),
      ...side.catalogs.flatMap((catalog) => reviewed(catalog, asResources)),
    ],
  }));
  const [left = { root: '', resources: [] }, right = { root: '', resources: [] }] = sides;
  const documents = diffResources(left, right, profile === undefined ? {} : { otherwise: profile });
  refuse(documents.unreadable.map(({ message, ...place }) => `${placeOf(place)}: ${message}`));
  const catalogs = asResources
    ? []
    : pairsOf(before.catalogs, after.catalogs).map(([one, other]) =>
        diffCatalogs(one?.plan ?? EMPTY_CATALOG, other?.plan ?? EMPTY_CATALOG),
      );
  const undecided = read.flatMap((one) => one.undecided);
  return {
    verdict: worst([
      ...[documents, ...catalogs].map(({ verdict }) => verdict),
      ...(undecided.length > 0 ? (['unknown'] as const) : []),
    ]),
    targets: [...catalogs, documents].flatMap(({ targets }) => targets),
    undecided,
    notes: [...before.notes, ...after.notes, ...read.flatMap(({ notes }) => notes)],
  };
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw badInput(problems.join('\n'), 'Mend it first: nothing was compared.');
}

/** A catalog on one side, and on the other what it was provisioned to. */
function isOfTwoKinds(before: ReadSide, after: ReadSide): boolean {
  const [one, other] = [before, after].map(({ catalogs, documents }) => ({
    catalogs: catalogs.length > 0,
    documents: documents.length > 0,
  }));
  const isMixed = (left: typeof one, right: typeof one) =>
    left?.catalogs === true && right?.catalogs === false && right.documents && !left.documents;
  return isMixed(one, other) || isMixed(other, one);
}

/** Issuers are declared by it in any case: they tell what tokens look like. */
function reviewed({ plan, file, text }: Catalog, whole: boolean) {
  const { resources } = reviewCatalog(plan, file, text);
  return whole ? resources : resources.filter(({ kind }) => kind === 'issuer');
}

type Pair = readonly [Catalog | undefined, Catalog | undefined];

/** By their paths; where each side has one, that one. */
function pairsOf(before: readonly Catalog[], after: readonly Catalog[]): readonly Pair[] {
  if (before.length === 1 && after.length === 1) return [[before[0], after[0]]];
  const paths = [...new Set([...before, ...after].map(({ within }) => within))];
  const at = (catalogs: readonly Catalog[], path: string) => catalogs.find(({ within }) => within === path);
  return paths.map((path): Pair => [at(before, path), at(after, path)]);
}
