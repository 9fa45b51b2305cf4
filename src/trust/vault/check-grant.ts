/** What can be wrong with a grant at Vault, whoever gets it. */

import { type Problem, problem } from '../../claims/problem.ts';
import { suggest } from '../../claims/suggest.ts';
import { isInNetwork } from '../aws/address.ts';
import { type VaultGrantArgs, VaultTokenType } from './grant.ts';
import { checkPaths } from './path.ts';

/** What can be said of a grant without knowing who gets it. */
export function checkVaultGrant(grant: VaultGrantArgs): Problem[] {
  return [
    ...checkTtls(grant),
    ...checkTokenType(grant),
    ...checkNetworks(grant),
    ...checkKeys(grant),
    ...checkGranted(grant),
    ...checkPaths(grant),
  ];
}

function checkTokenType({ tokenType, maxTtl }: VaultGrantArgs): Problem[] {
  const types: readonly string[] = Object.values(VaultTokenType);
  if (tokenType === undefined) return [];
  if (!types.includes(tokenType)) {
    return [problem(['vault', 'token_type'], `there is no token type \`${tokenType}\``, suggest(tokenType, types))];
  }
  if (tokenType === VaultTokenType.Service || maxTtl === undefined) return [];
  return [
    problem(
      ['vault', 'max_ttl'],
      'a batch token cannot be renewed, so it has no `max_ttl`',
      'write `ttl`, or take service tokens',
    ),
  ];
}

function checkNetworks({ boundCidrs = [] }: VaultGrantArgs): Problem[] {
  return boundCidrs.flatMap((network, index) => {
    const path = ['vault', 'bound_cidrs', index];
    if (!isInNetwork(network.replace(/\/.*/, ''), network)) {
      return [problem(path, `\`${network}\` is no network`, 'write an address with a prefix length: 10.0.0.0/8')];
    }
    if (!network.endsWith('/0')) return [];
    return [problem(path, `\`${network}\` is every address`, 'leave it out, or write the networks')];
  });
}

/** What Vault keeps of a login for policies: 64 pairs, and of a key 128 characters (Vault, identity: alias metadata). */
const PAIRS = 64;
const KEY = /^[A-Za-z0-9_-]{1,128}$/;

function checkKeys({ claimMappings = {} }: VaultGrantArgs): Problem[] {
  const entries = Object.entries(claimMappings);
  const path = ['vault', 'claim_mappings'];
  return [
    ...(entries.length > PAIRS ? [problem(path, `Vault keeps at most ${PAIRS} pairs of metadata`)] : []),
    ...entries.flatMap(([claim, key], at) => {
      const twin = entries.slice(0, at).find(([, other]) => other === key)?.[0];
      if (!KEY.test(key))
        return [problem([...path, claim], `\`${key}\` is no metadata key`, 'use letters, digits, _ and -')];
      // Vault puts the name of the role there itself.
      if (key === 'role')
        return [problem([...path, claim], 'Vault takes no claim as the metadata `role`', 'use another key')];
      if (twin === undefined) return [];
      return [problem([...path, claim], `\`${key}\` holds \`${twin}\` already`, 'give each claim a key of its own')];
    }),
  ];
}

function checkTtls(grant: VaultGrantArgs): Problem[] {
  const { ttl, maxTtl, explicitMaxTtl } = grant;
  const over = (low: number | undefined, high: number | undefined) =>
    low !== undefined && high !== undefined && low > high;
  return [
    ...(over(ttl, maxTtl) ? [problem(['vault', 'ttl'], '`ttl` is longer than `max_ttl`')] : []),
    ...(over(ttl, explicitMaxTtl) ? [problem(['vault', 'ttl'], '`ttl` is longer than `explicit_max_ttl`')] : []),
    ...Object.entries({ ttl, max_ttl: maxTtl, explicit_max_ttl: explicitMaxTtl }).flatMap(([name, value]) =>
      value !== undefined && !(Number.isInteger(value) && value > 0)
        ? [
            problem(
              ['vault', name],
              `\`${name}\` is no time`,
              'a token without a maximum life outlives the trust it came from',
            ),
          ]
        : [],
    ),
  ];
}

function checkGranted({ policies = [], read = [], write = [] }: VaultGrantArgs): Problem[] {
  const root = policies
    .filter((name) => name === 'root')
    .map(() =>
      problem(['vault', 'policies'], '`root` may do everything in Vault', 'grant the paths that the workload needs'),
    );
  if (policies.length + read.length + write.length > 0) return root;
  return [problem(['vault'], 'nothing is granted', 'write `read`, `write` or `policies`')];
}
