/** A trust policy for one issuer, statement by statement, as sets of its tokens. */

import { awsClaimsOf } from '../../claims/visible.ts';
import { LOGIN_ACTION, coversAction, namesProvider } from '../../trust/aws/evaluate.ts';
import { operatorOf } from '../../trust/aws/operators.ts';
import { type Condition, type Statement, type TrustPolicy } from '../../trust/aws/policy.ts';
import { type OidcProvider, claimOfKey, isGlobal, isOfIssuer, isVisible } from '../../trust/aws/request.ts';
import { tokensOfTrustPolicy } from '../../trust/aws/tokens.ts';
import { type Declared } from '../../trust/resource.ts';
import { type TokenSet } from '../../trust/tokens/token-set.ts';
import { type AllowedTenant, tenantsOf } from '../options.ts';
import { Questions } from '../questions.ts';
import { type Spaces } from '../spaces.ts';
import { type Part, type Trust } from '../trust.ts';

export interface AwsPart extends Part {
  readonly statement: Statement;
}

export interface AwsTrust extends Trust<AwsPart> {
  readonly policy: TrustPolicy;
  /** What begins the condition keys of the issuer. */
  readonly prefix: string;
  readonly visible: readonly string[];
  readonly provider: OidcProvider | undefined;
  /** The tokens that the statement lets in, and no Deny keeps out. */
  readonly tokensOf: (statement: Statement) => TokenSet;
}

export interface AwsTrustOptions {
  readonly spaces: Spaces;
  readonly provider?: OidcProvider | undefined;
  readonly declared?: Declared | undefined;
  readonly tenants?: readonly AllowedTenant[] | undefined;
}

const PROVIDER = /:oidc-provider\/(?<prefix>.+)$/;

/** What begins the condition keys of each issuer whose tokens some statement of the policy names. */
export function issuersOf({ statements }: TrustPolicy): string[] {
  const named = statements
    .filter(isLogin)
    .flatMap(({ principals }) => (principals === '*' ? [] : (principals.Federated ?? [])));
  return [...new Set(named.flatMap((arn) => PROVIDER.exec(arn)?.groups?.prefix ?? []))];
}

export const isLogin = (statement: Statement): boolean =>
  statement.effect === 'Allow' && coversAction(statement, LOGIN_ACTION);

/** The policy as one issuer's tokens see it. */
export function awsTrust(policy: TrustPolicy, prefix: string, options: AwsTrustOptions): AwsTrust {
  const issuer = `https://${prefix}`;
  const visible = awsClaimsOf(issuer);
  const { spaces, provider, declared = {} } = options;
  const conditions = policy.statements.flatMap((statement) => statement.conditions);
  const subjects = conditions.filter(({ key }) => isOfIssuer(key, prefix) && claimOfKey(key) === 'sub');
  const known = spaces.of(
    issuer,
    subjects.flatMap(({ values }) => values),
    audienceIn(conditions, prefix),
  );
  const denies = policy.statements.filter(({ effect }) => effect === 'Deny');
  const at = { issuer, visible, ...(provider === undefined ? {} : { provider }) };
  const tokensOf = (statement: Statement) => tokensOfTrustPolicy({ ...policy, statements: [statement, ...denies] }, at);
  const allows = policy.statements.filter(
    (statement) => isLogin(statement) && namesProvider(statement, prefix) === true,
  );
  return {
    target: 'AWS',
    issuer,
    policy,
    prefix,
    visible,
    provider,
    declared,
    tenants: tenantsOf(issuer, options.tenants),
    questions: new Questions(known, ['sub']),
    sees: (claim) => isVisible(claim, visible) === true,
    tokensOf,
    parts: allows.map((statement) => ({
      path: `Statement[${statement.index}]`,
      statement,
      tokens: tokensOf(statement),
      values: [statement, ...denies]
        .flatMap((one) => one.conditions.filter((found) => pins(found, prefix)))
        .flatMap(({ values }) => values).length,
    })),
  };
}

/** An audience that the policy names, so that witnesses have it. */
function audienceIn(conditions: readonly Condition[], prefix: string): string {
  const named = conditions.filter(({ key }) => isOfIssuer(key, prefix) && claimOfKey(key) === 'aud');
  const value = named.flatMap(({ values }) => values).find((one) => !/[*?$]/.test(one));
  return value ?? 'sts.amazonaws.com';
}

/** Can the condition tell tenants apart? */
export function pins({ key }: Condition, prefix: string): boolean {
  return isOfIssuer(key, prefix) && !['aud', 'oaud', 'amr'].includes(claimOfKey(key));
}

export const isNegated = ({ operator }: Condition): boolean => operatorOf(operator)?.negated === true;

/** Is the key one that no token of the issuer has? */
export function isDead({ key }: Condition, { prefix, visible }: Pick<AwsTrust, 'prefix' | 'visible'>): boolean {
  if (isGlobal(key)) return false;
  return !isOfIssuer(key, prefix) || isVisible(claimOfKey(key), visible) === false;
}
