// `idp explain --catalog`: the token against what an entry of the catalog would be compiled to.
import { loadCatalog, describeMistakes } from '../catalog/load.ts';
import { compileAtAws, compileAtVault } from '../catalog/compile.ts';
import { type PlannedAccess, admissionsOf } from '../catalog/planned.ts';
import { suggest } from '../claims/suggest.ts';
import { AWS_AUDIENCE } from '../trust/aws/compile.ts';
import { evaluateTrustPolicy } from '../trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../trust/aws/policy.ts';
import { type Decision } from '../trust/decision.ts';
import { asVaultRole, compileVaultMount } from '../trust/vault/compile.ts';
import { type Explanation } from '../report/decision.ts';
import { evaluateVaultRole } from '../trust/vault/evaluate.ts';
import { grantedByVault } from '../trust/vault/granted.ts';
import { type Subject } from './explain-subject.ts';
import { badInput } from './usage.ts';

interface EntryOptions {
  readonly catalog: string;
  readonly entry: string | undefined;
  readonly target: string | undefined;
}

/** Any account will do: the provider's ARN is compared with the issuer alone. */
const ACCOUNT = '000000000000';

export function explainEntry({ catalog, entry, target }: EntryOptions, subject: Subject): Explanation {
  const loaded = loadCatalog(catalog);
  if (!loaded.ok) throw badInput(describeMistakes(catalog, loaded.mistakes), 'Mend the catalog first.');
  const names = loaded.plan.access.map(({ name }) => name);
  const found = loaded.plan.access.find(({ name }) => name === entry);
  if (found === undefined)
    throw badInput(
      `the catalog has no entry ${entry ?? '(none was named)'}`,
      `--entry: ${suggest(entry ?? '', names)}`,
    );
  return targetOf(found, target) === 'aws' ? atAws(found, subject) : atVault(found, subject);
}

function targetOf(entry: PlannedAccess, wanted: string | undefined): 'aws' | 'vault' {
  const has = (['aws', 'vault'] as const).filter((target) => entry[target] !== undefined);
  const [only, other] = has;
  if (wanted === undefined && only !== undefined && other === undefined) return only;
  if (wanted !== undefined && wanted !== 'aws' && wanted !== 'vault') {
    throw badInput(`there is no target ${wanted}`, 'It is aws or vault.');
  }
  const found = has.find((target) => target === wanted);
  if (found !== undefined) return found;
  throw badInput(
    `${entry.name} has something at ${has.join(' and ')}`,
    `Say where the token is tried: --target ${has.join(' or --target ')}.`,
  );
}

function atAws(entry: PlannedAccess, subject: Subject): Decision {
  const audiences = entry.aws?.audiences ?? [AWS_AUDIENCE];
  const compiled = compileAtAws(admissionsOf(entry), audiences, { partition: 'aws', account: ACCOUNT });
  const policy = compiled.ok ? parseTrustPolicy(compiled.value) : compiled;
  if (!policy.ok) throw badInput(`the entry cannot be compiled for AWS`, 'Check the catalog: idp catalog check.');
  const decision = evaluateTrustPolicy(policy.value, {
    ...subject,
    visible: issuerOf(entry, subject).profile.awsClaims,
    provider: { clientIds: audiences },
  });
  // The catalog is the same in every account, so none is shown.
  const checks = decision.checks.map((check) => ({ ...check, expected: check.expected.replace(ACCOUNT, '<account>') }));
  return { ...decision, checks };
}

/** Of an entry's issuers the one that the token says it is from. */
function issuerOf(entry: PlannedAccess, { claims }: Subject) {
  const issuers = admissionsOf(entry).map(({ issuer }) => issuer);
  return issuers.find(({ profile }) => profile.issuer === claims.iss) ?? entry.issuer;
}

function atVault(entry: PlannedAccess, subject: Subject): Explanation {
  const { issuer, vault } = entry;
  const compiled = compileAtVault(admissionsOf(entry), vault ?? {});
  if (!compiled.ok) throw badInput(`the entry cannot be compiled for Vault`, 'Check the catalog: idp catalog check.');
  const role = asVaultRole(compiled.value.role);
  const mount = compileVaultMount(issuer.profile);
  const config = { bound_issuer: mount.boundIssuer, jwt_supported_algs: mount.jwtSupportedAlgs };
  const granted = grantedByVault(role, subject.claims, compiled.value.rules);
  return { ...evaluateVaultRole(role, config, subject), granted };
}
