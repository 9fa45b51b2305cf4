/** Every rule: a row of what goes wrong with trust. */

import { absentClaim } from './aws/absent-claim.ts';
import { audience } from './aws/audience.ts';
import { complement } from './aws/complement.ts';
import { deadCondition } from './aws/dead-condition.ts';
import { leadingWildcard } from './aws/leading-wildcard.ts';
import { noSubject } from './aws/no-subject.ts';
import { openStatement } from './aws/open-statement.ts';
import { permissionsText } from './aws/permissions.ts';
import { sessionText } from './aws/session.ts';
import { tenantPattern } from './aws/tenant-pattern.ts';
import { type AwsTrust } from './aws/trust.ts';
import { valueList } from './aws/value-list.ts';
import { foreignTenant } from './both/foreign-tenant.ts';
import { maximumLifeText } from './both/maximum-life.ts';
import { reusableName, reusablePath } from './both/names.ts';
import { unreviewed } from './both/unreviewed.ts';
import { wholeOrganization } from './both/whole-organization.ts';
import { insecureUrlText } from './issuer/insecure-url.ts';
import { tokenLifeText } from './issuer/token-life.ts';
import { type Rule, type RuleText } from './rule.ts';
import { suppressionText } from './suppress.ts';
import { type Trust } from './trust.ts';
import { undecidedText } from './undecided.ts';
import { chosenName } from './vault/chosen-name.ts';
import { comma } from './vault/comma.ts';
import { deadPattern } from './vault/dead-pattern.ts';
import { type VaultTrust } from './vault/login.ts';
import { algorithmsText, noIssuerText } from './vault/mount.ts';
import { noAudience } from './vault/no-audience.ts';
import { numericClaim } from './vault/numeric-claim.ts';
import { openRole } from './vault/open-role.ts';
import { templateText } from './vault/template.ts';
import { tokenLife } from './vault/token-life.ts';
import { userClaim } from './vault/user-claim.ts';

/** Who is let in, at AWS and Vault alike. */
export const TRUST_RULES: readonly Rule<Trust>[] = [
  foreignTenant,
  wholeOrganization,
  unreviewed,
  reusableName,
  reusablePath,
];

export const AWS_RULES: readonly Rule<AwsTrust>[] = [
  noSubject,
  tenantPattern,
  leadingWildcard,
  valueList,
  openStatement,
  complement,
  absentClaim,
  ...TRUST_RULES,
  audience,
  deadCondition,
];

export const VAULT_RULES: readonly Rule<VaultTrust>[] = [
  openRole,
  ...TRUST_RULES,
  chosenName,
  deadPattern,
  comma,
  userClaim,
  noAudience,
  tokenLife,
  numericClaim,
];

/** All of them, as they are told of. */
export const RULES: readonly RuleText[] = [
  ...new Set<RuleText>([
    ...AWS_RULES,
    permissionsText,
    sessionText,
    ...VAULT_RULES,
    templateText,
    noIssuerText,
    insecureUrlText,
    algorithmsText,
    tokenLifeText,
    maximumLifeText,
    undecidedText,
    suppressionText,
  ]),
].map(({ id, severity, title, reason, fix }) => ({ id, severity, title, reason, fix }));
