/**
 * Writes the JSON Schema of the catalog, from which editors complete, and the schema of the components, from which Pulumi makes SDKs:
 * `npm run schema`. Tests compare them.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { catalogJsonSchema } from '../src/catalog/schema.ts';
import { componentSchema } from './lib/component-schema.ts';

const ROOT = join(import.meta.dirname, '..');

async function write(path: string, schema: object): Promise<void> {
  const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
  writeFileSync(join(ROOT, path), text);
}

await write('stacks/access.schema.json', catalogJsonSchema());
await write('components/schema.json', componentSchema());
