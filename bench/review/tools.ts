/** The two reviewers as their users run them: `idp lint` of the packed package, and Checkov from PyPI. */
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packed } from '../../test/package/packed.ts';
import { PROJECT } from '../../test/sandbox/pulumi.ts';
import { type Ran, run } from '../../test/sandbox/run.ts';
import { cacheRoot } from '../../tools/lib/cache.mjs';
import { provideTools } from '../../tools/lib/provide.mjs';
import { CHECKOV } from '../../tools/lib/table.mjs';

export interface Finding {
  readonly rule: string;
  /** Claims of a token that shows it. */
  readonly witness: object | null;
}

export interface Reviewers {
  /** Folder of the installed package. */
  readonly kit: string;
  readonly lint: (file: string) => Promise<Ran>;
  /** @param args beside those that keep it from the network and to plans of Terraform */
  readonly checkov: (args: readonly string[]) => Promise<Ran>;
}

/** @param directory for the package */
export async function reviewers(directory: string): Promise<Reviewers> {
  const kit = join(directory, 'package');
  cpSync((await packed()).folder, kit, { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(kit, 'node_modules'));
  const [bin = ''] = await provideTools([CHECKOV], { root: cacheRoot(process.env), env: process.env });
  const checkov = bin === '' ? 'checkov' : join(bin, 'checkov');
  const env = { PATH: process.env.PATH ?? '', HOME: directory };
  return {
    kit,
    lint: (file) => ended(run(process.execPath, [join(kit, 'bin', 'idp.js'), 'lint', file, '--json'], { env })),
    checkov: (args) =>
      ended(run(checkov, [...args, '--framework', 'terraform_plan', '--skip-download', '--compact'], { env })),
  };
}

/** Both end with 0 where nothing was found and with 1 where something was. */
async function ended(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  if (ran.status > 1 || ran.stdout === '') throw new Error(`status ${ran.status}: ${ran.stdout}${ran.stderr}`);
  return ran;
}

export const findingsIn = ({ stdout }: Ran): readonly Finding[] =>
  (JSON.parse(stdout) as { readonly findings: readonly Finding[] }).findings;

interface CheckovReport {
  readonly results?: { readonly failed_checks: readonly { readonly check_id: string; readonly file_path: string }[] };
}

/** For each file of the folder the checks that failed; those where none did are not there. */
export async function failedChecks(
  { checkov }: Reviewers,
  folder: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { stdout } = await checkov(['--directory', folder, '--output', 'json']);
  const reports = [JSON.parse(stdout) as CheckovReport | readonly CheckovReport[]].flat();
  const failed = reports.flatMap(({ results }) => results?.failed_checks ?? []);
  const byFile = Map.groupBy(failed, ({ file_path: path }) => path.replace(/^\//, ''));
  return new Map([...byFile].map(([file, checks]) => [file, [...new Set(checks.map(({ check_id: id }) => id))]]));
}
