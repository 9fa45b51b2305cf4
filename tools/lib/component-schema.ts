/**
 * The schema of the components, from which Pulumi makes their SDKs in other languages. The analyzer is Pulumi's own: what it refuses,
 * no other language could use. It reads TypeScript sources, which a package does not ship: so a package ships what it found.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Analyzer, type AnalyzeResult } from '@pulumi/pulumi/provider/experimental/analyzer.js';
import { generateSchema } from '@pulumi/pulumi/provider/experimental/schema.js';
import { COMPONENTS } from '../../components/provider.ts';
import { interfacesBelow, type Interfaces } from './interfaces.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ENTRY = join(ROOT, 'components', 'index.ts');
const SOURCES = ['components', 'src/trust'].map((folder) => join(ROOT, folder));

/** Without a version: whoever serves it knows that. */
export function componentSchema() {
  const { name, description } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    description: string;
  };
  const found = analyze(name);
  withDefaults(found, interfacesBelow(SOURCES));
  const schema = generateSchema(name, '', description, found.components, found.typeDefinitions, found.dependencies);
  for (const [type, { description: text }] of Object.entries(found.typeDefinitions)) {
    const described = schema.types[`${name}:index:${type}`];
    if (described !== undefined && text !== undefined) described.description = text;
  }
  return withoutSuffix(schema, Object.keys(found.typeDefinitions), name);
}

function analyze(name: string): AnalyzeResult {
  const folder = mkdtempSync(join(tmpdir(), 'idp-kit-schema-'));
  try {
    // It takes `tsconfig.json` from its folder, and the repository's own has every test in it.
    const config = { extends: join(ROOT, 'tsconfig.json'), include: [], files: [ENTRY] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    return new Analyzer(folder, name, { name, exports: ENTRY }, new Set(COMPONENTS.keys())).analyze();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The analyzer reads a comment's text, and not its `@default`. */
function withDefaults({ components, typeDefinitions }: AnalyzeResult, interfaces: Interfaces): void {
  const described = [
    ...Object.entries(components).map(([name, { inputs }]) => [`${name}Args`, inputs] as const),
    ...Object.entries(typeDefinitions).map(([name, { properties = {} }]) => [name, properties] as const),
  ];
  for (const [name, properties] of described) {
    for (const [property, definition] of Object.entries(properties)) {
      const text = interfaces.defaultOf(name, property);
      if (text === undefined) continue;
      definition.description = [definition.description, `Default: ${text}.`]
        .filter((part) => part !== undefined)
        .join(' ');
    }
  }
}

/** SDKs call what goes in `…Args` by themselves: an `IssuerArgs` would be an `IssuerArgsArgs` there. */
function withoutSuffix<S extends object>(schema: S, types: readonly string[], name: string): S {
  let text = JSON.stringify(schema, meaningful);
  for (const type of types.filter((one) => one.endsWith('Args'))) {
    const short = type.slice(0, -'Args'.length);
    if (types.includes(short) || COMPONENTS.has(short)) throw new Error(`in SDKs, ${type} would be taken for ${short}`);
    text = text.replaceAll(`${name}:index:${type}"`, `${name}:index:${short}"`);
  }
  return JSON.parse(text) as S;
}

/** As Pulumi itself writes a schema: what is optional is what `required` does not have, and nothing is left empty. */
function meaningful(key: string, value: unknown): unknown {
  if (value === '' || (key === 'optional' && value === true)) return undefined;
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}
