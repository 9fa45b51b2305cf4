// The files of `idp lint`, read into what the rules look at. Everything that cannot be read is said at once.
import { type ProfileName } from '../claims/profile.ts';
import { type Problem, describeProblem } from '../claims/problem.ts';
import { lint } from '../lint/lint.ts';
import { type LintOptions } from '../lint/options.ts';
import { type Suppression, applySuppressions } from '../lint/suppress.ts';
import { type LintReport, placeOf } from '../report/findings.ts';
import { isCatalog, parseJson, readDocument } from '../sources/review/documents.ts';
import { type Resource } from '../trust/resource.ts';
import { badInput } from './usage.ts';

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

export interface ReviewOptions {
  readonly profile?: ProfileName | undefined;
  /** As YYYY-MM-DD. */
  readonly today: string;
  readonly limits?: Pick<LintOptions, 'tenants' | 'maximum'>;
}

export async function reviewFiles(files: readonly SourceFile[], options: ReviewOptions): Promise<LintReport> {
  const read = await Promise.all(files.map(readSource));
  refuse(read.flatMap(({ problems }) => problems));
  const resources = read.flatMap((one) => one.resources);
  const suppressions = read.flatMap((one) => one.suppressions);
  return judge(resources, suppressions, options);
}

export function judge(
  resources: readonly Resource[],
  suppressions: readonly Suppression[],
  { profile, today, limits = {} }: ReviewOptions,
): LintReport {
  const options = { ...limits, ...(profile === undefined ? {} : { otherwise: profile }) };
  const { findings, notes, unreadable } = lint(resources, options);
  refuse(unreadable.map(({ place, message }) => `${placeOf(place)}: ${message}`));
  return { ...applySuppressions(findings, suppressions, today), notes };
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw badInput(problems.join('\n'), 'Mend it first: nothing was judged.');
}

interface ReadFile {
  readonly resources: readonly Resource[];
  readonly suppressions: readonly Suppression[];
  readonly problems: readonly string[];
}

const failed = (file: string, problems: readonly Problem[]): ReadFile => ({
  resources: [],
  suppressions: [],
  problems: problems.map((found) => `${file}: ${describeProblem(found)}`),
});

async function readSource({ file, text }: SourceFile): Promise<ReadFile> {
  const parse = /^\s*[[{]/.test(text) ? parseJson : (await import('../sources/review/yaml.ts')).parseYaml;
  const document = parse(text);
  if (!document.ok) return failed(file, document.problems);
  if (isCatalog(document.value)) return readCatalog(file, text);
  const resources = readDocument(document.value, file);
  return resources.ok
    ? { resources: resources.value, suppressions: [], problems: [] }
    : failed(file, resources.problems);
}

async function readCatalog(file: string, text: string): Promise<ReadFile> {
  const [{ describeMistakes, loadCatalog }, { reviewCatalog }] = await Promise.all([
    import('../catalog/load.ts'),
    import('../catalog/review.ts'),
  ]);
  const loaded = loadCatalog(file);
  if (!loaded.ok) return { resources: [], suppressions: [], problems: [describeMistakes(file, loaded.mistakes)] };
  return { ...reviewCatalog(loaded.plan, file, text), problems: [] };
}
