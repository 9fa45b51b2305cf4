// AWS's and Vault's own word on a token: what a diff says is tried on both versions.
import type { Claims } from '../../src/claims/claims.ts';
import { awsClaimsOf } from '../../src/claims/visible.ts';
import { splitRole } from '../../src/lint/vault/comma.ts';
import { normalRole } from '../../src/lint/vault/normal.ts';
import { evaluateTrustPolicy } from '../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import type { Verdict } from '../../src/trust/decision.ts';
import type { AwsProvider, AwsRole, Resource, VaultMount, VaultRole } from '../../src/trust/resource.ts';
import type { Target } from '../../src/trust/target-diff.ts';
import { evaluateVaultRole } from '../../src/trust/vault/evaluate.ts';
import { parseVaultRole } from '../../src/trust/vault/parse.ts';

const ofKind = <K extends Resource['kind']>(resources: readonly Resource[], kind: K) =>
  resources.filter((one): one is Extract<Resource, { readonly kind: K }> => one.kind === kind);

/** Is the token let in at the target? What is not there lets nobody in. */
export function admittedAt(target: Target, resources: readonly Resource[], claims: Claims): Verdict {
  if (target.kind === 'aws') {
    const roles = ofKind(resources, 'aws-role');
    const found =
      roles.find(({ name, place }) => (name ?? `${place.file}: ${place.resource}`) === target.role) ?? roles[0];
    return found === undefined ? false : atAws(found, ofKind(resources, 'aws-provider'), claims);
  }
  if (target.kind === 'vault') {
    const roles = ofKind(resources, 'vault-role');
    const found = roles.find(({ name, mount }) => name === target.role && mount === target.mount) ?? roles[0];
    return found === undefined ? false : atVault(found, ofKind(resources, 'vault-mount'), claims);
  }
  throw new Error(`no token is tried at a target of the kind ${target.kind}`);
}

function atAws({ trustPolicy }: AwsRole, providers: readonly AwsProvider[], claims: Claims): Verdict {
  const policy = parseTrustPolicy(trustPolicy);
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  const iss = typeof claims.iss === 'string' ? claims.iss : '';
  const provider = providers.find(({ url }) => url === iss);
  const clientIds = Array.isArray(provider?.clientIds) ? provider.clientIds.map(String) : undefined;
  return evaluateTrustPolicy(policy.value, {
    claims,
    visible: awsClaimsOf(iss),
    ...(clientIds === undefined ? {} : { provider: { clientIds } }),
  }).admitted;
}

function atVault(source: VaultRole, mounts: readonly VaultMount[], claims: Claims): Verdict {
  const mount = mounts.find(({ path }) => path === source.mount) ?? mounts[0];
  const parsed = parseVaultRole(normalRole(source.role), mount?.config);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { role, config = {} } = parsed.value;
  return evaluateVaultRole(source.splitsCommas ? splitRole(role) : role, config, { claims }).admitted;
}
