/** A program that is bundled carries what it uses: one component, and not the others. */
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspace } from '../sandbox-tests/support.ts';
import { install } from './consumer.ts';

const space = workspace();

beforeAll(async () => {
  await install(space.dir);
}, 300_000);

afterAll(() => {
  space.remove();
});

/** Modules of the package that are in the bundle of a program, below `dist`. */
async function bundled(program: string): Promise<string[]> {
  const bundle = await rolldown({
    input: space.file('program.js', program),
    external: /^(?:@pulumi\/|node:)/,
    platform: 'node',
    logLevel: 'warn',
    onLog: (_, { message }) => {
      throw new Error(message);
    },
  });
  try {
    const { output } = await bundle.generate();
    const dist = join('node_modules', 'idp-kit', 'dist');
    const [{ modules }] = output;
    return Object.entries(modules)
      .filter(([path, { renderedLength }]) => path.includes(dist) && renderedLength > 0)
      .map(([path]) => path.slice(path.indexOf(dist) + dist.length + 1))
      .sort();
  } finally {
    await bundle.close();
  }
}

const CASES = [
  ['VaultJwtMount', 'idp-kit', 'components/vault/jwt-mount.js', /components\/(?:aws|issuer)\/|role|policy/],
  [
    'AwsOidcProvider',
    'idp-kit',
    'components/aws/oidc-provider.js',
    /components\/(?:vault|issuer)\/|role|src\/trust\/vault/,
  ],
  ['github', 'idp-kit', 'src/claims/profiles/github.js', /components\/|src\/trust\//],
  ['onaV3', 'idp-kit/claims', 'src/claims/profiles/ona-v3.js', /components\/|gitlab|github|src\/trust\//],
  ['diffTokens', 'idp-kit/trust', 'src/trust/diff.js', /components\/|src\/trust\/vault\/|src\/claims\/profiles\//],
] as const;

describe.each(CASES)('a program that uses %s of %s', (name, from, own, others) => {
  it(`has ${own}, and nothing of what it does not use`, async () => {
    const modules = await bundled(`import { ${name} } from '${from}';\nconsole.log(${name});\n`);
    expect(modules).toContain(own);
    expect(modules.filter((module) => others.test(module))).toEqual([]);
  });
});
