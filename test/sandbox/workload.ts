/** A workload: a home folder of its own, the credential its platform gave it, and commands run as a user would. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRINCIPALS, type Principal, type PrincipalRow } from './principals.ts';
import { PROJECT } from './pulumi.ts';
import { type Platform, platformUrl } from './issuer.ts';
import { type Ran, run } from './run.ts';
import { type Sandbox } from './sandbox.ts';

export interface Workload {
  readonly home: string;
  /** All that its commands see. */
  readonly env: Readonly<Record<string, string>>;
  /** `idp ARGS…` */
  idp(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>;
  /** Any other command, with the workload's environment. */
  command(name: string, args: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Promise<Ran>;
}

export async function createWorkload(sandbox: Sandbox, principal: Principal): Promise<Workload> {
  const home = join(sandbox.directory, 'workload-home', randomBytes(4).toString('hex'));
  await mkdir(home, { recursive: true, mode: 0o700 });
  const credentialFile = join(home, 'credential');
  await writeFile(credentialFile, `${sandbox.issuer.credential(principal)}\n`, { mode: 0o600 });
  const row: PrincipalRow = PRINCIPALS[principal];
  const own = {
    ...sandbox.workloadEnv,
    HOME: home,
    IDP_ISSUER_URL: platformUrl(row.issuer as Platform),
    IDP_CREDENTIAL_FILE: credentialFile,
  };
  return {
    home,
    env: own,
    idp: (args, env = {}) =>
      run(process.execPath, [join(PROJECT, 'bin', 'idp.js'), ...args], { env: { ...own, ...env } }),
    command: (name, args, env = {}, input = '') => run(name, args, { env: { ...own, ...env }, input }),
  };
}
