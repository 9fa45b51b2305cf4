// The issuers that imports are made for, and entries of theirs.
import { parseCatalog } from '../../../src/catalog/parse.ts';
import { planCatalog } from '../../../src/catalog/plan.ts';
import { type PlannedAccess } from '../../../src/catalog/planned.ts';
import { type Known } from '../../../src/catalog/import/prove.ts';
import { accept } from '../../../src/claims/problem.ts';

const CATALOG = `issuers:
  ona: { profile: ona-v3, vault_mount: jwt }
  ona-v2: { profile: ona-v2, vault_mount: jwt }
  gitlab: { profile: gitlab-id-token, url: https://gitlab.com, vault_mount: gitlab }
  classic: { profile: gitpod-classic, url: https://services.acme.gitpod.cloud/idp }
access:
  project: { issuer: ona, admit: { organization_id: o, project_id: p }, vault: { policies: [x] } }
  projects: { issuer: ona, admit: { organization_id: o, project_id: [p, q] }, vault: { policies: [x], ttl: 1h, max_ttl: 4h } }
  organization: { issuer: ona, scope: organization, admit: { organization_id: o }, vault: { policies: [x] } }
  old: { issuer: ona-v2, admit: { sub: { like: "org:o/prj:p/*" } }, vault: { policies: [x] } }
  both: { issuer: ona-v2, admit: { sub: { like: "org:o/prj:p/*" } }, also: [{ issuer: ona, admit: { organization_id: o, project_id: p } }], vault: { policies: [x] } }
  branch: { issuer: gitlab, admit: { project_path: g/a, ref_type: branch, ref: main }, vault: { policies: [x], token_type: batch } }
  branches: { issuer: gitlab, admit: { project_path: [g/a, g/b], ref_type: branch, ref: { like: "release-*", equals: main } }, vault: { policies: [x], bound_cidrs: [10.0.0.0/8] } }
  protected: { issuer: gitlab, admit: { project_id: "22", ref_protected: "true" }, vault: { policies: [x] } }
  repository: { issuer: classic, admit: { context: https://github.com/acme/api }, vault: { policies: [x] } }
  repositories: { issuer: classic, scope: organization, admit: { context: { like: "https://github.com/acme/*" } }, vault: { policies: [x] } }
`;

function catalog() {
  const { document, mistakes } = parseCatalog(CATALOG);
  const plan = planCatalog(document, () => accept(''));
  if (!plan.ok || mistakes.length > 0) throw new Error(JSON.stringify([mistakes, plan]));
  return { document, plan: plan.value };
}

export function known(): Known {
  const { document, plan } = catalog();
  return { entries: document.issuers, issuers: plan.issuers, readFile: () => accept('') };
}

export const planned = (): readonly PlannedAccess[] => catalog().plan.access;
