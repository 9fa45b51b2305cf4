/** What the gate of the sandbox says to a trust policy: an evaluation written from AWS's documents without a look at the kit's. */
import { conditionContext } from '../../sandbox/aws/condition-keys.ts';
import { sessionClaims } from '../../sandbox/aws/session-claims.ts';
import { evaluateTrust } from '../../sandbox/aws/trust-policy.ts';

/** Seconds since 1970. */
export const NOW = 1_790_000_000;

const SOURCE_IP = '10.1.2.3';
const SESSION_NAME = 'org:acme';

/** What the gate knows of the request beside the token, as the kit's evaluation takes it. */
export const GATE_CONTEXT: ReadonlyMap<string, readonly string[]> = new Map([
  ['aws:sourceip', [SOURCE_IP]],
  ['sts:rolesessionname', [SESSION_NAME]],
]);

/** @param arn of the provider */
export function gateAdmits(policy: string, arn: string, claims: Record<string, unknown>): boolean {
  const { azp } = claims;
  const session = sessionClaims(claims);
  const party = typeof azp === 'string' ? azp : undefined;
  const audience = String(claims.aud);
  const context = conditionContext({
    token: {
      issuer: String(claims.iss),
      subject: String(claims.sub),
      audience: party ?? audience,
      otherAudience: party === undefined ? undefined : audience,
      claims,
    },
    session,
    sessionName: SESSION_NAME,
    now: new Date(NOW * 1000),
    sourceIp: SOURCE_IP,
    userAgent: '',
    region: 'us-east-1',
  });
  const actions = [
    'sts:AssumeRoleWithWebIdentity',
    ...(Object.keys(session.tags).length > 0 ? ['sts:TagSession'] : []),
    ...(session.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.every((action) => evaluateTrust(policy, { action, provider: arn, context }).effect === 'allow');
}
