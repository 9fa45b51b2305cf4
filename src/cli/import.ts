// `idp import`: a catalog from the roles that AWS and Vault have, each entry proved to admit what its role does.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { FoundAwsRole, FoundVaultRole, Imported } from '../catalog/import/found.ts';
import type { Known } from '../catalog/import/prove.ts';
import type { Readable } from '../catalog/parse.ts';
import type { IssuerEntry } from '../catalog/schema.ts';
import { VAULT_TRUST } from '../workload/vault/settings.ts';
import { type Conclude } from './conclude.ts';
import { readJsonFile } from './input.ts';
import { openHttp, tell, writeJson, type CliIo } from './io.ts';
import { badInput } from './usage.ts';

interface ImportOptions {
  readonly catalog: string;
  readonly out?: string;
  readonly json?: true;
}

interface VaultOptions extends ImportOptions {
  readonly mount: string;
  readonly vaultConfigFile?: string;
}

const DEFAULT_CATALOG = 'stacks/access.yaml';

export function importCommand(io: CliIo, conclude: Conclude): Command {
  const aws = shared(new Command('aws'))
    .summary('from IAM roles')
    .description(
      'Reads the roles that trust an OIDC provider, with the AWS credentials of the environment, or those in files: what aws iam\n' +
        'get-account-authorization-details --filter Role prints, which holds all of them, what list-roles or get-role print, or trust policies.',
    )
    .argument('[file...]', 'JSON files; none: IAM itself')
    .action(async (files: readonly string[], options: ImportOptions) => {
      const found = files.length === 0 ? await liveAwsRoles(io) : await awsRolesIn(files);
      const { importAwsRole } = await import('../catalog/import/aws.ts');
      await finish(io, conclude, options, 'at_aws', found, importAwsRole);
    });
  const vault = shared(new Command('vault'))
    .summary('from the roles of a JWT mount of Vault')
    .description(
      'Reads all roles of a JWT mount, at VAULT_ADDR with VAULT_TOKEN or ~/.vault-token, or those in files, named as the roles:\n' +
        'vault read -format=json auth/jwt/role/NAME > NAME.json',
    )
    .argument('[file...]', 'JSON files; none: Vault itself')
    .option('--mount <path>', 'the JWT mount', 'jwt')
    .option(
      '--vault-config-file <file>',
      'for files, the configuration of the mount: vault read -format=json auth/jwt/config',
    )
    .action(async (files: readonly string[], options: VaultOptions) => {
      const found = files.length === 0 ? await liveVaultRoles(io, options.mount) : await vaultRolesIn(files, options);
      const { importVaultRole } = await import('../catalog/import/vault.ts');
      await finish(io, conclude, options, 'at_vault', found, importVaultRole);
    });
  return new Command('import')
    .summary('write a catalog from existing roles')
    .description(
      'Writes a catalog from roles that exist. Each entry admits exactly the tokens that its role admits, which is proved; a role for\n' +
        'which there is no such entry becomes a comment, with the reason. Entries are marked `adopt`: the next pulumi up imports the roles,\n' +
        'and replaces none. Exit status: 0 all were imported, 1 some are comments, 2 bad input.',
    )
    .addCommand(aws)
    .addCommand(vault);
}

function shared(command: Command): Command {
  return command
    .option('--catalog <file>', 'the catalog whose issuers are known', DEFAULT_CATALOG)
    .option('--out <file>', 'where to write; policies go beside it (default: standard output)')
    .option('--json', 'print what became of each role as JSON, and write no catalog');
}

async function liveAwsRoles(io: CliIo): Promise<FoundAwsRole[]> {
  const { readIamRoles } = await import('../sources/aws-roles.ts');
  return readIamRoles(io.env);
}

async function awsRolesIn(files: readonly string[]): Promise<FoundAwsRole[]> {
  const { rolesIn } = await import('../sources/aws-roles.ts');
  const found = await Promise.all(
    files.map(async (file) => {
      const roles = rolesIn(await readJsonFile(file), nameOf(file));
      if (roles.length > 0) return roles;
      throw badInput(
        `${file} holds no role`,
        'It is what aws iam get-account-authorization-details --filter Role prints, or a trust policy.',
      );
    }),
  );
  return found.flat();
}

async function liveVaultRoles(io: CliIo, mount: string): Promise<FoundVaultRole[]> {
  const { readMountRoles } = await import('../sources/vault-roles.ts');
  return readMountRoles(mount, { env: io.env, http: openHttp(io, { trust: VAULT_TRUST }), homedir: io.homedir });
}

async function vaultRolesIn(files: readonly string[], options: VaultOptions): Promise<FoundVaultRole[]> {
  const { mount, vaultConfigFile } = options;
  const config = vaultConfigFile === undefined ? {} : { config: await readVaultFile(vaultConfigFile) };
  return Promise.all(
    files.map(async (file) => ({ name: nameOf(file), mount, role: await readVaultFile(file), ...config })),
  );
}

const nameOf = (file: string): string => basename(file).replace(/\.json$/, '');

/** `vault read -format=json` wraps what it read in `data`. */
async function readVaultFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const read = await readJsonFile(file);
  const inner: unknown = typeof read === 'object' && read !== null && 'data' in read ? read.data : read;
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return inner as Record<string, unknown>;
  throw badInput(`${file} holds no JSON object`, 'Read it with vault read -format=json.');
}

type Importer<F> = (found: F, name: string, known: Known) => Imported | undefined;

async function finish<F extends { readonly name: string }>(
  io: CliIo,
  conclude: Conclude,
  options: ImportOptions,
  making: 'at_aws' | 'at_vault',
  found: readonly F[],
  importRole: Importer<F>,
): Promise<void> {
  const known = await knownIssuers(options.catalog);
  const imported = await importAll(found, known, importRole);
  const whole = imported.filter(({ reasons }) => reasons.length === 0);
  if (options.json === true)
    writeJson(
      io,
      imported.map(({ files, ...one }) => ({ ...one, files: Object.keys(files) })),
    );
  else await write(io, options, adopted(known.entries, whole, making), imported);
  const foreign = found.length - imported.length;
  const rest = foreign === 0 ? '' : `; ${foreign} trust no issuer of ${options.catalog}`;
  tell(io, `${whole.length} of ${imported.length} roles are imported${rest}`);
  conclude(whole.length < imported.length ? 1 : 0);
}

async function importAll<F extends { readonly name: string }>(
  found: readonly F[],
  known: Known,
  importRole: Importer<F>,
): Promise<Imported[]> {
  const { entryNameFor } = await import('../catalog/import/found.ts');
  const taken = new Set<string>();
  return found.flatMap((role) => {
    const imported = importRole(role, entryNameFor(role.name, taken), known);
    if (imported === undefined) return [];
    taken.add(imported.name);
    return [imported];
  });
}

/** The issuers of the catalog; its entries are of no interest here, but must be right. */
async function knownIssuers(file: string): Promise<Known> {
  const { describeMistakes, loadForImport } = await import('../catalog/import/load.ts');
  const loaded = loadForImport(file);
  if (loaded.ok) return loaded.known;
  throw badInput(describeMistakes(file, loaded.mistakes), 'Mend the catalog first: it says which issuers there are.');
}

/** What trusts an issuer has a provider or a mount for it, which is imported as well. */
function adopted(
  issuers: Readable<IssuerEntry>,
  imported: readonly Imported[],
  making: 'at_aws' | 'at_vault',
): Readable<IssuerEntry> {
  const used = new Set(
    imported
      .flatMap(({ entry }) => (entry === undefined ? [] : [entry, ...(entry.also ?? [])]))
      .map(({ issuer }) => issuer),
  );
  return Object.fromEntries(
    Object.entries(issuers).flatMap(([name, entry]) => {
      if (entry === undefined) return [];
      return [[name, used.has(name) && entry[making] === undefined ? { ...entry, [making]: 'adopt' as const } : entry]];
    }),
  );
}

async function write(
  io: CliIo,
  { catalog, out }: ImportOptions,
  issuers: Readable<IssuerEntry>,
  imported: readonly Imported[],
): Promise<void> {
  const { writeCatalog } = await import('../catalog/import/write.ts');
  if (out === undefined) {
    io.stdout.write(writeCatalog(issuers, imported));
    return;
  }
  const files = imported.flatMap((one) => Object.entries(one.files));
  const targets = [out, ...files.map(([file]) => join(dirname(out), file))];
  const there = targets.find((file) => existsSync(file));
  if (there !== undefined) throw badInput(`${there} is there already`, 'Name another file in --out, or move it away.');
  for (const [file, text] of files) {
    await mkdir(dirname(join(dirname(out), file)), { recursive: true });
    await writeFile(join(dirname(out), file), `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`);
  }
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, writeCatalog(moved(issuers, catalog, out), imported));
  tell(io, `${[out, ...files.map(([file]) => file)].join(', ')} written`);
}

/** Files that issuers name are relative to the catalog. */
function moved(issuers: Readable<IssuerEntry>, from: string, to: string): Readable<IssuerEntry> {
  const file = (name: string) => relative(dirname(resolve(to)), resolve(dirname(resolve(from)), name));
  return Object.fromEntries(
    Object.entries(issuers).map(([name, entry]) => [
      name,
      entry?.ca_file === undefined ? entry : { ...entry, ca_file: file(entry.ca_file) },
    ]),
  );
}
