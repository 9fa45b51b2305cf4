/** The interfaces of the sources, and what their comments say is the default of each property. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Interfaces {
  /** The text of `@default`, of the interface's own property or of one that it inherits. */
  defaultOf(name: string, property: string): string | undefined;
}

interface Found {
  readonly file: string;
  readonly parents: readonly string[];
  readonly defaults: ReadonlyMap<string, string>;
}

export function interfacesBelow(folders: readonly string[]): Interfaces {
  const found = new Map<string, Found>();
  for (const file of folders.flatMap(sourcesBelow)) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    for (const node of source.statements.filter(ts.isInterfaceDeclaration)) {
      const { text: name } = node.name;
      const other = found.get(name);
      // Pulumi's analyzer knows a type by its name alone, and would take one of them for the other.
      if (other !== undefined && isExported(node))
        throw new Error(`${name} is an interface in ${other.file} and in ${file}`);
      if (isExported(node)) found.set(name, { file, parents: parentsOf(node), defaults: defaultsOf(node) });
    }
  }
  const defaultOf = (name: string, property: string): string | undefined => {
    const own = found.get(name);
    const inherited = () =>
      own?.parents.map((parent) => defaultOf(parent, property)).find((text) => text !== undefined);
    return own?.defaults.get(property) ?? inherited();
  };
  return { defaultOf };
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const isExported = (node: ts.InterfaceDeclaration): boolean =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

const parentsOf = ({ heritageClauses = [] as never }: ts.InterfaceDeclaration): string[] =>
  [...heritageClauses].flatMap(({ types }) => types.map(({ expression }) => expression.getText()));

function defaultsOf({ members }: ts.InterfaceDeclaration): Map<string, string> {
  return new Map(
    members.flatMap((member) => {
      const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
      const text = ts.getTextOfJSDocComment(tag?.comment)?.replaceAll(/\s+/g, ' ').trim();
      return member.name === undefined || text === undefined ? [] : [[member.name.getText(), text] as const];
    }),
  );
}
