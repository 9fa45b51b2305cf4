/** The trust core against the parsers that whoever asks it has to run anyway. */
import { parse } from 'yaml';
import { diffCatalogs } from '../src/catalog/diff.ts';
import { type ReadableCatalog, parseCatalog } from '../src/catalog/parse.ts';
import { planCatalog } from '../src/catalog/plan.ts';
import { type CatalogPlan } from '../src/catalog/planned.ts';
import { type Claims } from '../src/claims/claims.ts';
import { accept } from '../src/claims/problem.ts';
import { evaluateTrustPolicy } from '../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../src/trust/aws/policy.ts';
import { evaluateVaultRole } from '../src/trust/vault/evaluate.ts';
import { type VaultJwtRole } from '../src/trust/vault/role.ts';
import { measure } from './measure.ts';
import { type Benchmark, type Metric } from './benchmark.ts';

const NOW = 1_790_000_000;

const CLAIMS: Claims = {
  iss: 'https://gitlab.com',
  sub: 'project_path:mygroup/api:ref_type:branch:ref:auto-deploy-2026-11-21',
  aud: 'sts.amazonaws.com',
  iat: NOW,
  nbf: NOW - 5,
  exp: NOW + 300,
  jti: '0d6a4c5e-8f2f-4c57-9a0c-6f5d2f3a9b1e',
  namespace_id: '72',
  namespace_path: 'mygroup',
  project_id: '20',
  project_path: 'mygroup/api',
  user_id: '1',
  user_login: 'sample-user',
  user_email: 'sample-user@example.com',
  pipeline_id: '574',
  pipeline_source: 'push',
  job_id: '302',
  ref: 'auto-deploy-2026-11-21',
  ref_type: 'branch',
  ref_path: 'refs/heads/auto-deploy-2026-11-21',
  ref_protected: 'true',
  environment: 'production',
  environment_protected: 'true',
  deployment_tier: 'production',
  runner_id: '1',
  runner_environment: 'self-hosted',
};

const POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/gitlab.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'gitlab.com:aud': 'sts.amazonaws.com', 'gitlab.com:project_id': ['20', '21'] },
        StringLike: { 'gitlab.com:sub': 'project_path:mygroup/api:ref_type:branch:ref:auto-deploy-*' },
      },
    },
  ],
};

const ROLE: VaultJwtRole = {
  role_type: 'jwt',
  user_claim: 'job_id',
  bound_audiences: ['sts.amazonaws.com'],
  bound_claims_type: 'glob',
  bound_claims: { project_id: ['20'], ref_protected: ['true'], ref_type: ['branch'], ref: ['auto-deploy-*'] },
  claim_mappings: { project_path: 'project_path', user_login: 'user_login' },
  token_policies: ['production'],
  token_explicit_max_ttl: 60,
};

/** One decision against parsing the JSON of the same policy, or role, and token. */
function evaluation(): Metric {
  const [policyText, roleText, tokenText] = [POLICY, ROLE, CLAIMS].map((value) => JSON.stringify(value)) as [
    string,
    string,
    string,
  ];
  const policy = parseTrustPolicy(policyText);
  if (!policy.ok) throw new Error('the policy is fine');
  const request = { claims: CLAIMS, header: { alg: 'RS256', kid: 'k' }, now: NOW };
  const config = { bound_issuer: 'https://gitlab.com', jwt_supported_algs: ['RS256'] };
  const aws = { ...request, visible: ['project_id'], provider: { clientIds: ['sts.amazonaws.com'] } };
  if (evaluateTrustPolicy(policy.value, aws).admitted !== true) throw new Error('AWS admits the token');
  if (evaluateVaultRole(ROLE, config, request).admitted !== true) throw new Error('Vault admits the token');
  const parsing = (text: string) => () => [JSON.parse(text) as unknown, JSON.parse(tokenText) as unknown];
  const times = { times: 2000 };
  const atAws = measure(() => evaluateTrustPolicy(policy.value, aws), parsing(policyText), times);
  const atVault = measure(() => evaluateVaultRole(ROLE, config, request), parsing(roleText), times);
  const shown = ({ left, right }: typeof atAws) =>
    `${(left * 1000).toFixed(1)} µs against ${(right * 1000).toFixed(1)} µs`;
  return {
    name: 'evaluate-vs-json-parse',
    ratio: Math.max(atAws.ratio, atVault.ratio),
    detail: `one decision against JSON.parse of policy and token: AWS ${shown(atAws)}, Vault ${shown(atVault)}`,
  };
}

/** A catalog as a company has it: each entry another project, some at both targets, some with patterns. */
function catalogText(entries: number, isChanged: (at: number) => boolean = () => false): string {
  const head =
    'issuers:\n  gitlab: { profile: gitlab-id-token, url: https://gitlab.com }\n  ona: { profile: ona-v3 }\naccess:\n';
  const one = (at: number): string => {
    const ref = isChanged(at) ? '{ like: "release-*" }' : at % 3 === 0 ? '{ like: "auto-deploy-*" }' : 'main';
    return at % 2 === 0
      ? `  api-${at}:\n    issuer: gitlab\n    admit: { project_id: "${at}", ref_type: branch, ref_protected: "true", ref: ${ref} }\n    vault: { read: ["secret/team-${at}/production/*"], kv: 2, ttl: 60s, explicit_max_ttl: 5m }\n`
      : `  env-${at}:\n    issuer: ona\n    admit: { organization_id: 0191e223-0000-7000-8000-00000000000a, project_id: 019527e4-0000-7000-8000-${String(at).padStart(12, '0')} }\n    aws: { managed: [ReadOnlyAccess], session: 1h }\n    vault: { policies: [data-read], ttl: 1h }\n`;
  };
  return head + Array.from({ length: entries }, (_, at) => one(at)).join('');
}

function documentOf(text: string): ReadableCatalog {
  const { document, mistakes } = parseCatalog(text);
  if (mistakes.length > 0) throw new Error('the catalog is fine');
  return document;
}

function planOf(document: ReadableCatalog): CatalogPlan {
  const plan = planCatalog(document, () => accept('{}'));
  if (!plan.ok) throw new Error('the catalog is fine');
  return plan.value;
}

function diffOf(before: ReadableCatalog, after: ReadableCatalog, changed: number) {
  const diff = diffCatalogs(planOf(before), planOf(after));
  if (diff.targets.length !== changed || diff.verdict !== 'widens') throw new Error(`${changed} entries were changed`);
  return diff;
}

/** From two texts to who gains, against the YAML parser alone on the same texts. */
function diffing(): Metric {
  const [before, after] = [catalogText(1000), catalogText(1000, (at) => at === 500)];
  const parseBoth = () => [parse(before) as unknown, parse(after) as unknown];
  const both = () => diffOf(documentOf(before), documentOf(after), 1);
  const { left, right, ratio } = measure(both, parseBoth, { rounds: 15 });
  return {
    name: 'diff-vs-parse',
    ratio,
    detail: `1,000 entries, one changed, from two texts to the diff: ${left.toFixed(0)} ms; the YAML parser alone: ${right.toFixed(0)} ms`,
  };
}

/** From two documents to who gains, one entry in a hundred changed; the parser's own cost is not linear and not ours. */
function growing(): Metric {
  const isChanged = (at: number) => at % 100 === 0;
  const [small, big] = [100, 10_000];
  const documents = (size: number) =>
    [documentOf(catalogText(size)), documentOf(catalogText(size, isChanged))] as const;
  const [few, many] = [documents(small), documents(big)];
  const repeat = 20;
  const { left, right } = measure(
    () => diffOf(...many, big / 100),
    () => {
      for (let at = 0; at < repeat; at++) diffOf(...few, small / 100);
    },
    { rounds: 5 },
  );
  const [perMany, perFew] = [left / big, right / repeat / small];
  return {
    name: 'cost-per-entry-10000-vs-100',
    ratio: perMany / perFew,
    detail: `planning and diffing: ${(perMany * 1000).toFixed(1)} µs an entry with 10,000, ${(perFew * 1000).toFixed(1)} µs with 100`,
  };
}

export const bench: Benchmark = (progress) => {
  const parts: readonly (readonly [string, () => Metric])[] = [
    ['one decision', evaluation],
    ['the diff of 1,000 entries', diffing],
    ['the diff of 10,000 entries', growing],
  ];
  return parts.map(([what, run]) => {
    progress(`measuring ${what}`);
    return run();
  });
};
