/** Writes the JSON Schema of the catalog, from which editors complete: `npm run schema`. A test compares them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { catalogJsonSchema } from '../src/catalog/schema.ts';

const file = join(import.meta.dirname, '..', 'stacks', 'access.schema.json');
writeFileSync(file, await format(JSON.stringify(catalogJsonSchema()), { parser: 'json', printWidth: 120 }));
