/** What the policy pack costs a preview of the real engine, against a pack without policies. The provider answers at once. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../../test/sandbox/pulumi.ts';
import { run } from '../../test/sandbox/run.ts';
import { type Metric } from '../benchmark.ts';
import { median } from '../measure.ts';
import { pulumiEnv } from '../pulumi-env.ts';
import { shown, timed } from './rate.ts';
import { carefulPolicy } from './roles.ts';

const ROLES = 1_000;
const ROUNDS = 5;
const STACK = 'dev';
const HOUR = 3_600_000;
/** What is found in one of the roles, so that it shows that the rules were asked. */
const LONG_SESSION = 'aws-session';

/** @param kit folder of the installed package */
export async function packCost(kit: string, directory: string): Promise<Metric> {
  const program = await writeProgram(directory);
  const packs = { kit: join(kit, 'bin', 'pulumi-analyzer-idp-kit.js'), empty: await writeEmptyPack(directory) };
  await mkdir(join(directory, 'state'));
  const env = pulumiEnv(directory);
  const pulumi = async (...args: readonly string[]) => {
    const ran = await run('pulumi', ['-C', program, '--non-interactive', ...args], { env, timeoutMs: HOUR });
    if (ran.status !== 0) throw new Error(`pulumi ${args.join(' ')}:\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  await pulumi('stack', 'init', STACK);
  const times = { kit: [] as number[], empty: [] as number[] };
  // In turns, so that what slows the machine slows both.
  for (let round = -1; round < ROUNDS; round++) {
    for (const name of ['kit', 'empty'] as const) {
      let seen = '';
      const took = await timed(async () => {
        seen = await pulumi('preview', '-s', STACK, '--policy-pack', packs[name]);
      });
      if (seen.includes(LONG_SESSION) !== (name === 'kit')) throw new Error(`the pack was not asked:\n${seen}`);
      if (round >= 0) times[name].push(took);
    }
  }
  const [ours, empty] = [median(times.kit), median(times.empty)];
  return {
    name: 'pack-vs-empty-pack',
    ratio: ours / empty,
    detail: `preview of ${ROLES} roles: with the policy pack ${shown(ours)}, with an empty one ${shown(empty)}`,
  };
}

/** Node finds packages beside what it runs. */
const withPackages = (folder: string) => symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));

async function writeProgram(directory: string): Promise<string> {
  const [program, plugin] = [join(directory, 'program'), join(directory, 'provider-aws')];
  await Promise.all([mkdir(program), mkdir(plugin)]);
  const provider = join(import.meta.dirname, '..', 'provision', 'provider.ts');
  const project = {
    name: 'review',
    main: 'index.js',
    runtime: { name: 'nodejs', options: { typescript: false } },
    plugins: { providers: [{ name: 'aws', path: plugin }] },
  };
  const policies = Array.from({ length: ROLES }, (_, number) => JSON.stringify(carefulPolicy(number)));
  const source = `
    import { readFileSync } from 'node:fs';
    import * as aws from '@pulumi/aws';
    const policies = JSON.parse(readFileSync(new URL('policies.json', import.meta.url), 'utf8'));
    for (const [number, assumeRolePolicy] of policies.entries()) {
      new aws.iam.Role('ci-' + number, { assumeRolePolicy, maxSessionDuration: number === 0 ? 7200 : 3600 });
    }
  `;
  await Promise.all([
    writeFile(
      join(plugin, 'pulumi-resource-aws'),
      `#!/bin/sh\nexec '${process.execPath}' '${provider}' aws\n`,
      EXECUTABLE,
    ),
    // JSON is YAML.
    writeFile(join(program, 'Pulumi.yaml'), JSON.stringify(project)),
    writeFile(join(program, 'package.json'), '{ "type": "module" }'),
    writeFile(join(program, 'policies.json'), JSON.stringify(policies)),
    writeFile(join(program, 'index.js'), source),
    withPackages(program),
  ]);
  return program;
}

const EXECUTABLE = { mode: 0o755 };

/** Started as the kit's is: as an executable, by its path. */
async function writeEmptyPack(directory: string): Promise<string> {
  const folder = join(directory, 'empty-pack');
  await mkdir(folder);
  const file = join(folder, 'pulumi-analyzer-empty');
  await Promise.all([
    writeFile(join(folder, 'package.json'), '{ "name": "empty-policy", "version": "0.1.0", "type": "module" }'),
    writeFile(
      join(folder, 'index.js'),
      `import { PolicyPack } from '@pulumi/policy';\nnew PolicyPack('empty', { policies: [] });\n`,
    ),
    writeFile(file, `#!/bin/sh\ncd '${folder}' && exec '${process.execPath}' index.js "$@"\n`, EXECUTABLE),
    withPackages(folder),
  ]);
  return file;
}
