// `idp explain` at Vault: a role and its mount's configuration in files, or as Vault has them.
import { describeProblem } from '../claims/problem.ts';
import { type Explanation } from '../report/decision.ts';
import { decide } from '../trust/decision.ts';
import { evaluateVaultRole } from '../trust/vault/evaluate.ts';
import { grantedByVault } from '../trust/vault/granted.ts';
import { type ParsedVaultRole, parseVaultRole } from '../trust/vault/parse.ts';
import { VAULT_TRUST } from '../workload/vault/settings.ts';
import { setting } from '../workload/environment.ts';
import { type Subject } from './explain-subject.ts';
import { readJsonFile } from './input.ts';
import { openHttp, type CliIo } from './io.ts';
import { badInput } from './usage.ts';

type Json = Readonly<Record<string, unknown>>;

export async function explainVaultFiles(
  role: string,
  config: string | undefined,
  subject: Subject,
): Promise<Explanation> {
  const [roleSource, configSource] = [
    unwrapped(await readJsonFile(role), role),
    config === undefined ? undefined : unwrapped(await readJsonFile(config), config),
  ];
  return explainRole(parse(roleSource, configSource), subject);
}

export async function explainLiveVaultRole(
  io: CliIo,
  { role, mount }: { readonly role: string; readonly mount: string | undefined },
  subject: Subject,
): Promise<Explanation> {
  const { askForIssuer, readLiveVaultRole } = await import('../sources/live-vault.ts');
  const ports = { env: io.env, http: openHttp(io, { trust: VAULT_TRUST }), homedir: io.homedir };
  const at = mount ?? setting(io.env, 'IDP_VAULT_MOUNT') ?? 'jwt';
  const live = await readLiveVaultRole({ role, mount: at }, ports);
  const parsed = parse(unwrapped(live.role, 'the role'), unwrapped(live.config, 'the configuration'));
  const issuer = await askForIssuer({ role, mount: at }, parsed.config ?? {}, ports);
  const explained = explainRole(parsed, subject);
  return issuer === undefined ? explained : { ...explained, ...decide([issuer, ...explained.checks]) };
}

/** `vault read -format=json` wraps what it read in `data`. */
function unwrapped(document: unknown, source: string): Json {
  const inner: unknown =
    typeof document === 'object' && document !== null && 'data' in document ? document.data : document;
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return inner as Json;
  throw badInput(`${source} holds no JSON object`, 'Read it with vault read -format=json.');
}

const ROLE_ALONE =
  'bound_issuer and the algorithms of the mount are not judged: give its configuration as well (--vault-config-file)';

function parse(role: Json, config: Json | undefined): ParsedVaultRole {
  const parsed = parseVaultRole(role, config);
  if (parsed.ok) return parsed.value;
  throw badInput(parsed.problems.map(describeProblem).join('\n'), 'Read it with vault read -format=json.');
}

function explainRole({ role, config }: ParsedVaultRole, subject: Subject): Explanation {
  const explained = {
    ...evaluateVaultRole(role, config ?? {}, subject),
    granted: grantedByVault(role, subject.claims),
  };
  return config === undefined ? { ...explained, notes: [ROLE_ALONE] } : explained;
}
