/** AssumeRoleWithWebIdentity, decided: the checks in the order STS makes them, then credentials from moto. */
import { conditionContext, type Context } from './condition-keys.ts';
import type { Directory, Role } from './directory.ts';
import type { KeyStore } from './idp-documents.ts';
import { packedPolicySize, sessionClaims, type SessionClaims } from './session-claims.ts';
import { STS_NAMESPACE, StsError, element } from './sts-error.ts';
import { parseRequest, type WebIdentityRequest } from './sts-request.ts';
import { evaluateTrust } from './trust-policy.ts';
import { verifyToken, type Verification } from './web-identity.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface AssumeRoleServices {
  readonly now: () => Date;
  readonly keys: KeyStore;
  readonly directory: Directory;
  /** Makes credentials of the role, with nothing more to check. */
  readonly issueCredentials: (request: WebIdentityRequest) => Promise<Credentials>;
}

/** Where a request comes from, as far as a trust policy may ask. */
export interface Caller {
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** What became of one request; never the token itself. */
export interface Decision {
  readonly at: string;
  readonly outcome: 'admitted' | 'refused';
  readonly roleArn: string | undefined;
  readonly sessionName: string | undefined;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly audience: string | undefined;
  /** The code and message the client saw. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** What the client did not see: which check failed, and on what. */
  readonly detail: string | undefined;
}

export type DecisionDraft = { -readonly [Key in keyof Decision]: Decision[Key] };

/** AWS's one answer for "the trust policy said no" and "no such role". */
const NOT_AUTHORIZED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
const TOO_LONG = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';

/** Yields the body of the answer, or throws an StsError; `draft` collects what is known so far, for the log. */
export async function assumeRoleWithWebIdentity(
  parameters: URLSearchParams,
  caller: Caller,
  services: AssumeRoleServices,
  draft: DecisionDraft,
): Promise<(requestId: string) => string> {
  const request = parseRequest(parameters);
  const now = services.now();
  const findProvider = (issuer: string) => {
    draft.issuer = issuer;
    return services.directory.provider(request.role, issuer);
  };
  const verified = await verifyToken({ token: request.token, now, keys: services.keys, findProvider });
  draft.subject = verified.token.subject;
  draft.audience = verified.token.audience;
  const session = sessionClaims(verified.token.claims);
  checkRolesClaim(request, session);
  const { token } = verified;
  const context = conditionContext({
    token,
    session,
    sessionName: request.sessionName,
    now,
    ...caller,
    region: 'us-east-1',
  });
  const role = await admit(request, verified, session, { directory: services.directory, context });
  if (request.durationSeconds > role.maxSessionDuration) throw new StsError('ValidationError', TOO_LONG);
  const packed = packedPolicySize(request.policy, session);
  if (packed > 100) {
    const message = `Packed policy consumes ${packed}% of allotted space, please use smaller policy.`;
    throw new StsError('PackedPolicyTooLarge', message);
  }
  const credentials = await services.issueCredentials(request);
  return (requestId) => responseXml({ request, verified, session, role, credentials, packed, now }, requestId);
}

/** Enforced by STS itself, before the trust policy, whenever the claim is there (observed, since July 2026). */
function checkRolesClaim({ role }: WebIdentityRequest, { roles }: SessionClaims): void {
  if (roles === undefined || roles.includes(role.arn)) return;
  throw new StsError('AccessDenied', NOT_AUTHORIZED, `https://aws.amazon.com/roles does not name ${role.arn}`);
}

async function admit(
  request: WebIdentityRequest,
  { provider }: Verification,
  session: SessionClaims,
  { directory, context }: { directory: Directory; context: Context },
): Promise<Role> {
  const role = await directory.role(request.role);
  if (role === undefined) throw new StsError('AccessDenied', NOT_AUTHORIZED, `no such role: ${request.role.arn}`);
  const actions = [
    'sts:AssumeRoleWithWebIdentity',
    ...(Object.keys(session.tags).length > 0 ? ['sts:TagSession'] : []),
    ...(session.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  for (const action of actions) {
    const decision = evaluateTrust(role.trustPolicy, { action, provider: provider.arn, context });
    if (decision.effect === 'allow') continue;
    const why = decision.effect === 'deny' ? `statement ${decision.statement} denies` : decision.reasons.join('; ');
    throw new StsError('AccessDenied', NOT_AUTHORIZED, `${action}: ${why}`);
  }
  return role;
}

interface Success {
  readonly request: WebIdentityRequest;
  readonly verified: Verification;
  readonly session: SessionClaims;
  readonly role: Role;
  readonly credentials: Credentials;
  readonly packed: number;
  readonly now: Date;
}

function responseXml(success: Success, requestId: string): string {
  const { request, verified, session, role, credentials, packed, now } = success;
  const { partition, account, name } = request.role;
  const expires = new Date(now.getTime() + request.durationSeconds * 1000);
  const result = element('AssumeRoleWithWebIdentityResult', [
    element('SubjectFromWebIdentityToken', verified.token.subject),
    element('Audience', verified.token.audience),
    element('AssumedRoleUser', [
      element('AssumedRoleId', `${role.id}:${request.sessionName}`),
      element('Arn', `arn:${partition}:sts::${account}:assumed-role/${name}/${request.sessionName}`),
    ]),
    element('Credentials', [
      element('SessionToken', credentials.sessionToken),
      element('SecretAccessKey', credentials.secretAccessKey),
      element('Expiration', expires.toISOString().replace(/\.\d+Z$/, 'Z')),
      element('AccessKeyId', credentials.accessKeyId),
    ]),
    // The model says "the value of the iss field"; what STS sends is the ARN (spiffe/spiffe.io#110 shows an answer).
    element('Provider', verified.provider.arn),
    ...(session.sourceIdentity === undefined ? [] : [element('SourceIdentity', session.sourceIdentity)]),
    ...(packed > 0 ? [element('PackedPolicySize', String(packed))] : []),
  ]);
  const metadata = element('ResponseMetadata', [element('RequestId', requestId)]);
  return element('AssumeRoleWithWebIdentityResponse', [result, metadata], STS_NAMESPACE);
}
