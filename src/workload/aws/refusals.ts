// What STS answers to AssumeRoleWithWebIdentity, what it means and what to change. Rows go by error code, because AWS
// changes the messages: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
import { WorkloadFailure, type FailureCode } from '../failure.ts';
import { quoteRemote } from '../remote-text.ts';
import { shownClaim, type DecodedToken } from '../token/decode.ts';
import { LONGEST_SESSION_SECONDS } from './role.ts';

export interface RefusedRequest {
  readonly roleArn: string;
  readonly durationSeconds: number;
  readonly token: DecodedToken;
}

interface Row {
  readonly meaning: string;
  readonly hint: (request: RefusedRequest) => string;
  /** @default aws-refused */
  readonly code?: FailureCode;
}

const account = ({ roleArn }: RefusedRequest): string => roleArn.split(':')[4] ?? '';
/** How condition keys begin for an issuer: its URL without the scheme, path included. */
const keyPrefix = ({ token }: RefusedRequest): string => String(token.claims.iss).replace(/^https:\/\//, '');
const retryLater = (): string => 'Try again in a minute.';

const ROWS: Readonly<Record<string, Row>> = {
  InvalidIdentityToken: {
    meaning: 'AWS does not accept the token itself; the role has not been looked at',
    hint: (r) =>
      `Account ${account(r)} needs an IAM OIDC provider whose URL is exactly the token's iss and whose client ids hold its aud (or azp, if it has one). ` +
      'AWS must be able to fetch <iss>/.well-known/openid-configuration and the keys it names, and find the kid there.',
  },
  ExpiredToken: {
    meaning: 'the token was past its exp when AWS saw it',
    hint: () => 'Use a fresh token; if it is fresh, set the clock of the issuer right (AWS tolerates 300 s).',
  },
  AccessDenied: {
    meaning: 'the token is genuine, but the trust policy of the role does not admit it, or there is no such role',
    hint: (r) =>
      `Compare the trust policy of ${r.roleArn} with the token. To admit it, these must hold:\n` +
      `  - Principal.Federated is the OIDC provider of ${keyPrefix(r)} in account ${account(r)}\n` +
      `  - Action is sts:AssumeRoleWithWebIdentity\n` +
      `  - "${keyPrefix(r)}:aud" admits ${shownClaim(r.token.claims.azp ?? r.token.claims.aud)}\n` +
      `  - "${keyPrefix(r)}:sub" admits ${shownClaim(r.token.claims.sub)}\n` +
      'A role made or changed in the last seconds may need a moment.',
  },
  ValidationError: {
    meaning: 'AWS does not take the arguments',
    hint: (r) =>
      `The session was to last ${r.durationSeconds} s. A role's MaxSessionDuration is 3600 s unless somebody raised it, and at most ${LONGEST_SESSION_SECONDS} s: ` +
      `pass --duration-seconds 3600, or raise MaxSessionDuration of ${r.roleArn} to ${r.durationSeconds}.`,
  },
  IDPCommunicationError: {
    meaning: 'AWS could not fetch the discovery document or the keys of the issuer',
    hint: (r) =>
      `${String(r.token.claims.iss)}/.well-known/openid-configuration and its jwks_uri must answer AWS from the internet within 5 s, with a certificate of a public authority. Try again first.`,
  },
  IDPRejectedClaim: {
    meaning: 'AWS refuses a claim of the token, or the issuer has withdrawn it',
    hint: () => "Read AWS's message above for the claim; get a fresh token.",
  },
  PackedPolicyTooLarge: {
    meaning: 'the session tags in the token are too large',
    hint: () => 'Have the issuer put fewer or shorter tags into https://aws.amazon.com/tags.',
  },
  MalformedPolicyDocument: {
    meaning: 'the session policy is malformed',
    hint: () => 'Nothing here sends one: report this.',
  },
  RegionDisabled: {
    meaning: 'STS is switched off for this account in this region',
    hint: () => 'Pass --region with one that is on, such as us-east-1, or have an administrator switch it on.',
  },
  Throttling: { meaning: 'AWS limits the rate of calls', hint: retryLater, code: 'unavailable' },
  InternalFailure: { meaning: 'STS failed', hint: retryLater, code: 'unavailable' },
  ServiceUnavailable: { meaning: 'STS is not available', hint: retryLater, code: 'unavailable' },
};

const UNKNOWN: Row = {
  meaning: 'AWS refused the token',
  hint: () => 'Look the code up in the errors of AssumeRoleWithWebIdentity.',
};

/** Explains an error of STS. `awsCode` is the wire's, or the SDK's exception name, which may end in `Exception`. */
export function stsRefusal(awsCode: string, awsMessage: string, request: RefusedRequest): WorkloadFailure {
  const code = awsCode.replace(/Exception$/, '');
  const row = (Object.hasOwn(ROWS, code) ? ROWS[code] : undefined) ?? UNKNOWN;
  const { claims, jwt } = request.token;
  const shown = ['iss', 'sub', 'aud', 'azp']
    .filter((name) => name !== 'azp' || claims[name] !== undefined)
    .map((name) => `  ${name} = ${shownClaim(claims[name])}`);
  return new WorkloadFailure(
    row.code ?? 'aws-refused',
    `${row.meaning}.\nAWS said ${quoteRemote(awsCode)}: ${quoteRemote(awsMessage, [jwt])}\nThe token has\n${shown.join('\n')}`,
    row.hint(request),
  );
}
