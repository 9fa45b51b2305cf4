// What `idp review` says of a change: the catalog at two revisions, and what Pulumi would do.
// Files are read as the commits have them. The working tree is the author's, who could name a folder like a revision.
import { reviewCatalog } from '../catalog/review.ts';
import { type DiffReport } from '../report/diff.ts';
import { type LintReport } from '../report/findings.ts';
import { type Comparison, type ReviewReport, findingsDiff } from '../report/review.ts';
import { worst } from '../trust/target-diff.ts';
import { readPolicyEvents } from '../sources/policy-events.ts';
import { beforePreview, isFailed, isPreview, leftOut } from '../sources/preview.ts';
import { commitOf, openRevision } from '../sources/revision.ts';
import { compareSides } from './diff-compare.ts';
import { NOTHING, type ReadSide, readResources, readTree } from './diff-sides.ts';
import { readJsonFile, readTextFile } from './input.ts';
import { type CliIo } from './io.ts';
import { type ReviewOptions as JudgeOptions, judge } from './lint-files.ts';
import { badInput, isBadInput } from './usage.ts';

export interface ChangeOptions extends JudgeOptions {
  /** From the top of the repository. */
  readonly catalog: string;
  /** Revisions of git. */
  readonly base: string;
  readonly head: string;
  /** Files that Pulumi wrote. */
  readonly preview?: string | undefined;
  readonly policyEvents?: string | undefined;
}

export async function reviewChange(options: ChangeOptions, io: CliIo): Promise<ReviewReport> {
  const { catalog, preview, policyEvents } = options;
  const [base, head] = [commitOf(options.base, io), commitOf(options.head, io)];
  const [before, after] = [await sideAt(base, catalog, io), await sideAt(head, catalog, io)];
  if (before === undefined && after === undefined)
    throw badInput(
      `${catalog} is in neither ${base} nor ${head}`,
      'Name the catalog by its path from the top of the repository.',
    );
  const sides = { before: before ?? empty(catalog), after: after ?? empty(catalog) };
  const declared = declaredComparison(sides.before, sides.after, options);
  const planned = preview === undefined ? undefined : await plannedSides(preview, sides.after);
  const comparisons = [
    { where: catalog, diff: declared.diff },
    ...(planned === undefined ? [] : [plannedComparison(planned, options)]),
  ];
  const [old, next] = [
    findingsOf([declared.isBaseBroken ? undefined : sides.before, planned?.before], options),
    findingsOf([sides.after, planned?.after], options),
  ];
  return {
    catalog,
    base,
    head,
    comparisons,
    findings: findingsDiff(old, next),
    ...(policyEvents === undefined ? {} : { policies: readPolicyEvents(await readTextFile(policyEvents)) }),
    notes: [
      ...(before === undefined ? [`${catalog} is new`] : []),
      ...(after === undefined ? [`${catalog} is deleted`] : []),
      ...(preview === undefined ? ['no preview was given: what Pulumi would do is not in here'] : []),
      ...next.notes.map(({ place, message }) => `${place.file}: ${place.resource}: ${message}`),
    ],
  };
}

const empty = (name: string): ReadSide => ({ name, root: name, ...NOTHING, notes: [] });

/** Undefined where the commit does not have it. */
async function sideAt(commit: string, path: string, io: CliIo): Promise<ReadSide | undefined> {
  const tree = openRevision({ revision: commit, path }, io);
  if (tree === undefined) return undefined;
  const side = await readTree(path, tree);
  const within = (file: string) => (file.startsWith(`${commit}:`) ? file.slice(commit.length + 1) : file);
  return {
    ...side,
    root: within(side.root),
    catalogs: side.catalogs.map((one) => ({ ...one, file: within(one.file) })),
    documents: side.documents.map((one) => ({ ...one, file: within(one.file) })),
    notes: side.notes.map((note) => note.replaceAll(`${commit}:`, '')),
  };
}

interface Declared {
  readonly diff: DiffReport;
  /** Nothing can be said of what the change started from. */
  readonly isBaseBroken: boolean;
}

/** A base that cannot be read is mended by a change, which must not fail for it. */
function declaredComparison(before: ReadSide, after: ReadSide, options: ChangeOptions): Declared {
  try {
    return { diff: compareSides(before, after, options), isBaseBroken: false };
  } catch (thrown) {
    if (!isBadInput(thrown)) throw thrown;
    // Throws where it is the change that cannot be read.
    compareSides(after, after, options);
    const undecided = ['what was admitted before cannot be read:', ...thrown.message.split('\n')];
    return { diff: { verdict: 'unknown', targets: [], undecided, notes: [] }, isBaseBroken: true };
  }
}

interface PlannedSides {
  readonly file: string;
  readonly before: ReadSide;
  readonly after: ReadSide;
  /** Why the two do not say everything. */
  readonly undecided: readonly string[];
}

async function plannedSides(file: string, { catalogs }: ReadSide): Promise<PlannedSides> {
  const value = await readJsonFile(file);
  if (!isPreview(value)) throw badInput(`${file} is no preview`, 'Write it with: pulumi preview --json --show-sames');
  const missing = leftOut(value);
  // The catalog stands on both sides, because it declares what tokens of its issuers look like.
  const side = (document: unknown): ReadSide => ({
    ...empty(file),
    catalogs,
    documents: [{ file, value: document, isOneOfMany: false }],
  });
  return {
    file,
    before: side(beforePreview(value)),
    after: side(value),
    undecided: [
      ...(isFailed(value) ? [`${file}: the preview failed, so that steps may be missing`] : []),
      ...(missing === 0
        ? []
        : [`${file} leaves out ${missing} resources that stay the same: use pulumi preview --show-sames`]),
    ],
  };
}

function plannedComparison({ before, after, undecided }: PlannedSides, options: ChangeOptions): Comparison {
  const diff: DiffReport = compareSides(before, after, options);
  return {
    where: 'what Pulumi would do',
    diff: {
      ...diff,
      verdict: worst([diff.verdict, ...(undecided.length === 0 ? [] : (['unknown'] as const))]),
      undecided: [...diff.undecided, ...undecided],
    },
  };
}

/** Documents are judged with the catalog that they come with. */
function findingsOf(sides: readonly (ReadSide | undefined)[], options: ChangeOptions): LintReport {
  const present = sides.flatMap((side) => side ?? []);
  const [own] = present;
  const catalogs = (own?.catalogs ?? []).map(({ plan, file, text }) => reviewCatalog(plan, file, text));
  // Problems were refused when the sides were compared.
  const resources = present.flatMap((side) => readResources(side, []).resources);
  return judge(
    [...catalogs.flatMap((one) => one.resources), ...resources],
    catalogs.flatMap(({ suppressions }) => suppressions),
    options,
  );
}
