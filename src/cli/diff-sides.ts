// The two sides of `idp diff`, read into what is compared. Everything that cannot be read is said at once.
import { existsSync } from 'node:fs';
import { type CatalogPlan } from '../catalog/planned.ts';
import { type Problem, describeProblem } from '../claims/problem.ts';
import { readIssuerSettings } from '../sources/issuer-config.ts';
import { afterPreview, isPreview, isState, leftOut } from '../sources/preview.ts';
import { isCatalog, parseJson, readDocument } from '../sources/review/documents.ts';
import { openRevision, readRevision } from '../sources/revision.ts';
import { type SourceText, type SourceTree, openPath } from '../sources/tree.ts';
import { type Resource } from '../trust/resource.ts';
import { type CliIo } from './io.ts';
import { badInput } from './usage.ts';

export interface Catalog {
  readonly file: string;
  /** The path within the side. */
  readonly within: string;
  readonly text: string;
  readonly plan: CatalogPlan;
}

export interface ReadSide {
  /** As it was named. */
  readonly name: string;
  readonly root: string;
  readonly catalogs: readonly Catalog[];
  readonly documents: readonly Document[];
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** A document that is no catalog. */
export interface Document {
  readonly file: string;
  readonly value: unknown;
  /** Is it one of a folder, in which others may be of another kind? */
  readonly isOneOfMany: boolean;
}

export const NOTHING = { catalogs: [], documents: [], problems: [] };

/** @param isNew what is compared with must be there; what is compared may be new */
export async function readSide(name: string, isNew: boolean, io: CliIo): Promise<ReadSide> {
  const tree = openTree(name, io);
  if (tree === undefined) {
    const what = `${name} is not there`;
    if (isNew) throw badInput(what, 'Check the path. To compare with nothing, name an empty folder.');
    return { name, root: name, ...NOTHING, notes: [`${what}: everything is new`] };
  }
  return readTree(name, tree);
}

export async function readTree(name: string, tree: SourceTree): Promise<ReadSide> {
  const read = await Promise.all(tree.files.map((source) => readSource(source, tree)));
  const notes = [...tree.notes, ...(tree.files.length === 0 ? [`${name} holds no documents`] : [])];
  return {
    name,
    root: tree.root,
    catalogs: read.flatMap(({ catalogs = [] }) => catalogs),
    documents: read.flatMap(({ documents = [] }) => documents),
    problems: read.flatMap(({ problems = [] }) => problems),
    notes,
  };
}

/** A path that is there is one, whatever else it could mean; with `git:` before it, it is none in any case. */
function openTree(name: string, io: CliIo): SourceTree | undefined {
  if (!name.startsWith('git:') && existsSync(name)) return openPath(name);
  const revision = readRevision(name);
  if (revision === undefined)
    throw badInput(`there is no file or folder ${name}`, 'A revision of git is written as REV:PATH.');
  return openRevision(revision, { env: io.env });
}

type Read = Partial<Pick<ReadSide, 'catalogs' | 'documents' | 'problems'>>;

async function readSource(source: SourceText, tree: SourceTree): Promise<Read> {
  const { file, text } = source;
  const parse = /^\s*[[{]/.test(text) ? parseJson : (await import('../sources/review/yaml.ts')).parseYaml;
  const document = parse(text);
  if (!document.ok) return { problems: described(file, document.problems) };
  if (!isCatalog(document.value)) return { documents: [{ file, value: document.value, isOneOfMany: tree.isFolder }] };
  const { describeMistakes, loadCatalogText } = await import('../catalog/load.ts');
  const loaded = loadCatalogText(file, text, (path) => tree.readBeside(file, path));
  if (!loaded.ok) return { problems: [describeMistakes(file, loaded.mistakes)] };
  const within = file.slice(tree.root.length).replace(/^\/+/, '');
  return { catalogs: [{ file, within, text, plan: loaded.plan }] };
}

const described = (file: string, problems: readonly Problem[]): string[] =>
  problems.map((found) => `${file}: ${describeProblem(found)}`);

export interface ReadResources {
  readonly resources: readonly Resource[];
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  /** What is left out of the documents, so that nothing can be said of it. */
  readonly undecided: readonly string[];
}

/** @param others documents of the other side: what a preview leaves out is in the state that it is compared with */
export function readResources({ documents }: ReadSide, others: readonly Document[]): ReadResources {
  const states = others.filter(({ value }) => isState(value)).map(({ value }) => value);
  const read = documents.map((document) => readOne(document, states));
  return {
    resources: read.flatMap(({ resources = [] }) => resources),
    problems: read.flatMap(({ problems = [] }) => problems),
    notes: read.flatMap(({ notes = [] }) => notes),
    undecided: read.flatMap(({ undecided = [] }) => undecided),
  };
}

function readOne({ file, value, isOneOfMany }: Document, states: readonly unknown[]): Partial<ReadResources> {
  const settings = readIssuerSettings(value, file);
  if (settings !== undefined) return { resources: settings };
  if (isOneOfMany && isPermissions(value))
    return { notes: [`${file} is a permissions policy, and is compared where a role has it`] };
  const preview = isPreview(value);
  const found = readDocument(preview ? afterPreview(value, states) : value, file);
  if (!found.ok)
    return isOneOfMany
      ? { notes: [`${file} holds nothing that is compared`] }
      : { problems: described(file, found.problems) };
  const missing = preview && states.length === 0 ? leftOut(value) : 0;
  const undecided =
    missing === 0
      ? []
      : [
          `${file} leaves out ${missing} resources that stay the same: compare it with the state that it is of, or use pulumi preview --show-sames`,
        ];
  return { resources: found.value, undecided };
}

/** A policy of IAM that says nothing of who is let in. */
function isPermissions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('Statement' in value)) return false;
  const statements: readonly unknown[] = [value.Statement].flat();
  return statements.every(
    (one) => typeof one === 'object' && one !== null && !('Principal' in one) && !('NotPrincipal' in one),
  );
}
