/** The schema of SARIF 2.1.0, as OASIS published it: npm has it in a package, of which nothing else is taken. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, publish, toolFolder } from '../../tools/lib/cache.mjs';
import { unpackPackage } from '../../tools/lib/npm-package.mjs';

const SOURCE = {
  name: '@microsoft/jest-sarif',
  version: '1.0.0-beta.0',
  integrity: 'sha512-A1fOhPd6Ic5iDk4F9YPw1qNB4XF+7+IviR7xl8r2F6QzQkx5cpY9LsGk2rExiFIEcBbjpVnSmwWGBukASkiQ9A==',
};
const MEMBER = 'package/lib/schemas/sarif-2.1.0-rtm.5.json';

/** Without what names the schema and its draft, which ajv reads as later drafts have it. */
export async function sarifSchema(): Promise<object> {
  const root = cacheRoot(process.env);
  const folder = toolFolder(root, 'sarif-schema', SOURCE.version);
  await publish(root, folder, 'fetching the schema of SARIF', (draft) =>
    unpackPackage(SOURCE, draft, process.env, MEMBER),
  );
  const schema = JSON.parse(readFileSync(join(folder, MEMBER), 'utf8')) as object;
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== 'id' && name !== '$schema'));
}
