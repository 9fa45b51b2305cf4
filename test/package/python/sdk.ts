/** What a program in Python needs: an environment with Pulumi's SDK, and the SDK that is generated from the components' schema. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findGo } from '../../../tools/lib/go.mjs';
import { findPython } from '../../../tools/lib/python.mjs';
import { made, step } from '../../sandbox/made.ts';
import { run } from '../../sandbox/run.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const GENERATOR = join(import.meta.dirname, 'generator');
const DISTRIBUTION = 'pulumi_idp_kit';
const NEEDED_GO = '1.25.11';

export interface PythonSdk {
  /** The folder of a virtual environment's programs, to be first on PATH. */
  readonly bin: string;
  /** Writes the SDK of a schema into a folder, from which Python imports it. */
  generate(schema: string, folder: string): Promise<void>;
}

/** Throws what the bootstrap says where there is no Python, or no Go. */
export async function pythonSdk(): Promise<PythonSdk> {
  const environment = await made('pulumi-python', [REQUIREMENTS], async (draft) => {
    await step(await findPython(process.env, 'an example of the components is a Python program'), '-m', 'venv', draft);
    const pip = ['-I', '-m', 'pip', 'install', '--require-hashes', '--requirement', REQUIREMENTS];
    await step(join(draft, 'bin', 'python'), ...pip);
  });
  const sources = ['go.mod', 'go.sum', 'main.go'].map((name) => join(GENERATOR, name));
  const generator = await made('pulumi-sdk-generator', sources, async (draft) => {
    const why = "Pulumi's generator of SDKs is a Go library";
    const go = await findGo(NEEDED_GO, { name: 'the generator', why }, process.env, why);
    await mkdir(join(draft, 'bin'));
    await step(go, '-C', GENERATOR, 'build', '-mod=readonly', '-trimpath', '-o', join(draft, 'bin', 'generate'), '.');
  });
  return {
    bin: join(environment, 'bin'),
    generate: async (schema, folder) => {
      mkdirSync(folder, { recursive: true });
      const ran = await run(join(generator, 'bin', 'generate'), [folder], { env: {}, input: schema });
      if (ran.status !== 0) throw new Error(`no SDK could be generated: ${ran.stderr}`);
      recordVersion(folder, (JSON.parse(schema) as { version: string }).version);
    },
  };
}

/** What `pip install` would leave beside the SDK, which asks it for its own version. */
function recordVersion(folder: string, version: string): void {
  const record = join(folder, `${DISTRIBUTION}-${version}.dist-info`);
  mkdirSync(record);
  writeFileSync(join(record, 'METADATA'), `Metadata-Version: 2.1\nName: ${DISTRIBUTION}\nVersion: ${version}\n`);
}
