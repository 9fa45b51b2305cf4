// `idp issuer keys replace`: the emergency. Every step that fails is said, and the others are done all the same.
import { Command } from 'commander';
import type { KeySource, VaultMount } from '../sources/vault-config.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { VAULT_TRUST } from '../workload/vault/settings.ts';
import type { Conclude } from './conclude.ts';
import { statusOf, type ExitStatus } from './failures.ts';
import { openAdminKeys } from './issuer-open.ts';
import type { AdminKey, AdminKeys, AdminOptions } from './issuer-admin.ts';
import { remaining, type Remaining } from './issuer-remaining.ts';
import { openHttp, tell, writeJson, type CliIo } from './io.ts';
import { badInput } from './usage.ts';

interface MountOptions {
  readonly vaultMount?: readonly string[];
  readonly vaultNamespace?: string;
  readonly json?: true;
}

interface ReplaceOptions extends AdminOptions, MountOptions {
  readonly yes?: true;
}

const COLLECT = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function withMounts(command: Command): Command {
  return command
    .option('--vault-mount <path>', 'a JWT mount that trusts the issuer, as in `jwt`; may be repeated', COLLECT)
    .option('--vault-namespace <path>', 'namespace of the mounts (default: VAULT_NAMESPACE)');
}

export function replaceCommand(
  io: CliIo,
  conclude: Conclude,
  make: (name: string, summary: string) => Command,
): Command {
  return withMounts(make('replace', 'emergency: every key is removed at once, and tokens that are out fail'))
    .description(
      'For keys that leaked. New keys sign at once, the old ones leave the JWKS, and every token that is out becomes ' +
        'unverifiable. The configurations of the Vault mounts are written again as they are, or Vault would trust the old ' +
        'keys on. Says what else there is to do.\n\n' +
        'Exits with 0 where everything was done, and 1 where the keys were replaced and a Vault mount still keeps the old ones.',
    )
    .option('--yes', 'do not ask')
    .action(async (options: ReplaceOptions) => {
      await replace(io, conclude, options);
    });
}

/** Safe to repeat, which `replace` is not. */
export function forgetCommand(io: CliIo, conclude: Conclude): Command {
  return withMounts(new Command('forget'))
    .summary('write Vault mounts again, so that they forget keys they keep')
    .description(
      'The part of `replace` that is done at Vault, for mounts that it could not write. Follows VAULT_ADDR, VAULT_TOKEN ' +
        'or ~/.vault-token, VAULT_NAMESPACE, VAULT_CACERT and VAULT_CAPATH.',
    )
    .option('--json', 'print JSON; errors become JSON on stderr')
    .action(async (options: MountOptions) => {
      if (options.vaultMount === undefined) throw badInput('no mount is named', 'Pass --vault-mount, as in `jwt`.');
      const vault = await forgetAll(io, options, []);
      if (options.json === true) writeJson(io, { vault: vault.map(shownMount) });
      else io.stdout.write(vault.map(mountText).join(''));
      conclude(worst(vault.flatMap(({ failure }) => failure ?? [])));
    });
}

interface MountOutcome {
  readonly mount: string;
  readonly failure?: WorkloadFailure;
  /** What could not be looked at, and hinders nothing. */
  readonly note?: string;
}

async function replace(io: CliIo, conclude: Conclude, options: ReplaceOptions): Promise<void> {
  const admin = await openAdminKeys(io, options);
  await demandConsent(io, options);
  const issued = await replaceKeys(io, admin);
  const removed = issued.ok ? issued.keys.filter(({ state }) => state === 'removed').map(({ kid }) => kid) : [];
  const mounts = options.vaultMount ?? [];
  const vault = await forgetAll(io, options, removed);
  const now = Math.floor(io.now() / 1000);
  const left = remaining({ mounts, namespace: options.vaultNamespace, now });
  if (options.json === true) {
    const failed = issued.ok ? {} : { error: shownFailure(issued.failure) };
    const keys = issued.ok ? issued.keys : [];
    writeJson(io, { issuer: options.issuer, replaced: issued.ok, ...failed, keys, vault: vault.map(shownMount), left });
  } else io.stdout.write(reportText(options.issuer, issued, vault, left));
  if (!issued.ok) throw issued.failure;
  conclude(vault.some(({ failure }) => failure !== undefined) ? 1 : 0);
}

type Issued =
  { readonly ok: true; readonly keys: readonly AdminKey[] } | { readonly ok: false; readonly failure: WorkloadFailure };

async function replaceKeys(io: CliIo, admin: AdminKeys): Promise<Issued> {
  try {
    tell(io, 'replacing the keys');
    return { ok: true, keys: await admin.replace() };
  } catch (failure) {
    if (!(failure instanceof WorkloadFailure)) throw failure;
    return { ok: false, failure };
  }
}

async function demandConsent(io: CliIo, { issuer, yes, vaultMount = [] }: ReplaceOptions): Promise<void> {
  if (yes === true) return;
  const what = `Every token of ${issuer} that is out becomes unverifiable${vaultMount.length === 0 ? '' : `, and ${vaultMount.join(', ')} written again`}.`;
  if (io.ask === undefined) throw badInput(`${what} Nobody is here to be asked`, 'If that is meant, pass --yes.');
  const answer = await io.ask(`${what}\nType the name of the issuer to go on: `);
  if (answer.trim() !== issuer) throw badInput('nothing was changed', 'The name of the issuer was not typed.');
}

/** One mount after the other: each needs the issuer to be reached from Vault. */
async function forgetAll(io: CliIo, options: MountOptions, removed: readonly string[]): Promise<MountOutcome[]> {
  const { rewriteMountConfig } = await import('../sources/vault-config.ts');
  const ports = { env: io.env, http: openHttp(io, { trust: VAULT_TRUST }), homedir: io.homedir };
  const outcomes: MountOutcome[] = [];
  for (const mount of new Set(options.vaultMount ?? [])) {
    tell(io, `writing auth/${mount}/config again`);
    const at: VaultMount = { mount, namespace: options.vaultNamespace };
    try {
      const note = await lookFor(io, removed, await rewriteMountConfig(at, ports), mount);
      outcomes.push({ mount, ...(note === undefined ? {} : { note }) });
    } catch (failure) {
      if (!(failure instanceof WorkloadFailure)) throw failure;
      outcomes.push({ mount, failure });
    }
  }
  return outcomes;
}

/**
 * Are the removed keys still where Vault fetched them just now, in static files or a cache on the way? Then it has them again.
 * @returns why that could not be seen from here
 */
async function lookFor(
  io: CliIo,
  removed: readonly string[],
  sources: readonly KeySource[],
  mount: string,
): Promise<string | undefined> {
  if (removed.length === 0) return undefined;
  const { fetchKids } = await import('../sources/live-keys.ts');
  const http = openHttp(io);
  for (const source of sources) {
    const found = await fetchKids(source, http);
    if (typeof found === 'string') return found;
    const still = removed.filter((kid) => found.kids.includes(kid));
    if (still.length === 0) continue;
    throw new WorkloadFailure(
      'vault-refused',
      `${found.url} has ${still.join(', ')} still, so Vault has it again`,
      `Publish the new keys there (idp issuer publish), or empty the cache on the way; then: idp issuer keys forget --vault-mount ${mount}`,
    );
  }
  return undefined;
}

function worst(failures: readonly WorkloadFailure[]): ExitStatus {
  return failures.map(statusOf).reduce<ExitStatus>((one, other) => (one > other ? one : other), 0);
}

function reportText(
  issuer: string,
  issued: Issued,
  vault: readonly MountOutcome[],
  left: readonly Remaining[],
): string {
  const keys = issued.ok
    ? issued.keys.map(({ kid, algorithm, state }) => `${kid} ${algorithm} ${state}\n`).join('')
    : `the keys of ${issuer} are NOT known to be replaced: see below\n`;
  const rest = left.map(({ what, how }) => `- ${what}\n${how.map((line) => `    ${line}\n`).join('')}`);
  return `${keys}${vault.map(mountText).join('')}\nWhat is left:\n${rest.join('')}`;
}

function mountText({ mount, failure, note }: MountOutcome): string {
  if (failure !== undefined) return `auth/${mount} NOT done: ${failure.message}\n    ${failure.hint}\n`;
  return `auth/${mount} is written again as it was${note === undefined ? '' : `; ${note}`}\n`;
}

function shownMount({ mount, failure, note }: MountOutcome) {
  return {
    mount,
    rewritten: failure === undefined,
    ...(failure === undefined ? {} : { error: shownFailure(failure) }),
    ...(note === undefined ? {} : { note }),
  };
}

function shownFailure({ code, message, hint }: WorkloadFailure) {
  return { code, message, hint };
}
