/** What a trust policy can see of a request: condition keys, their names lowered, and the values of each. */
import type { SessionClaims } from './session-claims.ts';
import type { Claims, VerifiedToken } from './web-identity.ts';

/** Names of keys are case-insensitive, so they are kept in lower case. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** Every OIDC issuer. Other claims are invisible to a trust policy. */
const COMMON = ['amr', 'email'];

/** The issuers whose further claims AWS made into keys (IAM User Guide, "Available keys for AWS OIDC federation"). */
const EXTRA: Readonly<Record<string, readonly string[]>> = {
  'https://token.actions.githubusercontent.com': [
    'actor',
    'actor_id',
    'job_workflow_ref',
    'repository',
    'repository_id',
    'repository_owner_id',
    'workflow',
    'ref',
    'environment',
    'enterprise_id',
  ],
  'https://gitlab.com': [
    'namespace_id',
    'project_id',
    'pipeline_source',
    'ref_protected',
    'runner_environment',
    'user_id',
    'user_login',
    'user_email',
    'user_access_level',
  ],
};

export interface ContextOptions {
  readonly token: VerifiedToken;
  readonly session: SessionClaims;
  readonly sessionName: string;
  readonly now: Date;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly region: string;
}

export function conditionContext(options: ContextOptions): Context {
  const { token, session, sessionName, now, sourceIp, userAgent, region } = options;
  // The prefix is the issuer without its scheme, with its path.
  const prefix = token.issuer.replace(/^https:\/\//, '');
  const context = new Map<string, readonly string[]>();
  const put = (key: string, values: readonly string[]) => {
    if (values.length > 0) context.set(key.toLowerCase(), values);
  };
  put(`${prefix}:aud`, [token.audience]);
  put(`${prefix}:sub`, [token.subject]);
  put(`${prefix}:oaud`, token.otherAudience === undefined ? [] : [token.otherAudience]);
  for (const claim of [...COMMON, ...(EXTRA[token.issuer] ?? [])])
    put(`${prefix}:${claim}`, valuesOf(token.claims, claim));

  put('sts:RoleSessionName', [sessionName]);
  put('sts:RoleAuthorizedByIdp', [String(session.roles !== undefined)]);
  put('sts:SourceIdentity', session.sourceIdentity === undefined ? [] : [session.sourceIdentity]);
  put('sts:TransitiveTagKeys', session.transitiveTagKeys);
  put('aws:TagKeys', Object.keys(session.tags));
  for (const [key, value] of Object.entries(session.tags)) put(`aws:RequestTag/${key}`, [value]);
  put('aws:CurrentTime', [now.toISOString()]);
  put('aws:EpochTime', [String(Math.floor(now.getTime() / 1000))]);
  put('aws:SecureTransport', ['true']);
  put('aws:SourceIp', [sourceIp]);
  put('aws:UserAgent', userAgent === '' ? [] : [userAgent]);
  put('aws:RequestedRegion', [region]);
  return context;
}

function valuesOf(claims: Claims, name: string): string[] {
  const value = claims[name];
  return (Array.isArray(value) ? value : [value]).flatMap((entry: unknown) =>
    typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean' ? [String(entry)] : [],
  );
}
