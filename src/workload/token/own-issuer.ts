// The kit's own issuer: this workload's credential exchanged for a token (RFC 8693).
import { z } from 'zod';
import { secureAddress, shownAddress } from '../address.ts';
import { setting, type Environment } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';
import type { Http, HttpReply } from '../http.ts';
import { jsonOrUndefined, parseReply } from '../json.ts';
import { quoteRemote } from '../remote-text.ts';
import { readSecretFile } from './platform.ts';
import type { TokenRequest, TokenSource } from './source.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const WORKLOAD_CREDENTIAL = 'urn:idp-kit:params:oauth:token-type:workload-credential';
const CREDENTIAL_VARIABLES = ['IDP_CREDENTIAL_FILE', 'IDP_CREDENTIAL'] as const;

const discoverySchema = z.object({ issuer: z.string(), token_endpoint: z.string() });
/** RFC 8693, section 2.2.1: the token is in `access_token` whatever its type; `N_A` says it is no access token. */
const exchangeSchema = z.object({ access_token: z.string().min(1), issued_token_type: z.literal(ID_TOKEN) });
/** RFC 6749, section 5.2. */
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional() });

export const ownIssuer: TokenSource = {
  name: 'issuer',
  label: 'the issuer in IDP_ISSUER_URL',
  when: 'IDP_ISSUER_URL with IDP_CREDENTIAL_FILE (or IDP_CREDENTIAL)',
  applies: (env) => ['IDP_ISSUER_URL', ...CREDENTIAL_VARIABLES].some((name) => setting(env, name) !== undefined),
  fetch: async (request, { env, http }) => {
    const issuer = setting(env, 'IDP_ISSUER_URL');
    if (issuer === undefined) {
      throw new WorkloadFailure(
        'token-source-misconfigured',
        'a workload credential is set, but IDP_ISSUER_URL is not',
        'Set IDP_ISSUER_URL to the issuer that registered this workload.',
      );
    }
    secureAddress(issuer, 'IDP_ISSUER_URL');
    const credential = await readCredential(env);
    const endpoint = await discoverTokenEndpoint(issuer, http);
    return await exchange(endpoint, credential, request, http);
  },
};

async function readCredential(env: Environment): Promise<string> {
  const path = setting(env, 'IDP_CREDENTIAL_FILE');
  if (path !== undefined) return await readSecretFile(path, 'IDP_CREDENTIAL_FILE');
  const credential = setting(env, 'IDP_CREDENTIAL');
  if (credential !== undefined) return credential;
  throw new WorkloadFailure(
    'token-source-misconfigured',
    'IDP_ISSUER_URL is set, but no workload credential is',
    'Set IDP_CREDENTIAL_FILE to the file that holds it (or IDP_CREDENTIAL to the credential itself).',
  );
}

/** OpenID Connect Discovery 1.0, section 4: a slash at the issuer's end is dropped before the path is added. */
async function discoverTokenEndpoint(issuer: string, http: Http): Promise<URL> {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const reply = await http({ method: 'GET', url });
  if (reply.status !== 200) throw refused(reply, url, []);
  const document = parseReply(reply.body, discoverySchema, shownAddress(url));
  // Section 4.3: equal to the last character; a redirected or mistyped issuer must not get the credential.
  if (document.issuer !== issuer) {
    throw new WorkloadFailure(
      'token-source-misconfigured',
      `IDP_ISSUER_URL is "${issuer}", but ${shownAddress(url)} says its issuer is "${quoteRemote(document.issuer)}"`,
      'Make IDP_ISSUER_URL equal to it, trailing slash included.',
    );
  }
  return secureAddress(document.token_endpoint, `token_endpoint in ${shownAddress(url)}`);
}

async function exchange(endpoint: URL, credential: string, request: TokenRequest, http: Http): Promise<string> {
  const form = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    subject_token: credential,
    subject_token_type: WORKLOAD_CREDENTIAL,
    requested_token_type: ID_TOKEN,
  });
  for (const audience of request.audiences) form.append('audience', audience);
  const reply = await http({
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  if (reply.status !== 200) {
    const asked = request.audiences.length > 0;
    throw refused(reply, endpoint, [credential], asked ? undefined : NEEDS_AUDIENCE);
  }
  return parseReply(reply.body, exchangeSchema, shownAddress(endpoint)).access_token;
}

const NEEDS_AUDIENCE = 'This issuer mints for a named audience: pass --audience, e.g. --audience sts.amazonaws.com.';

const HINTS: Readonly<Record<string, string>> = {
  // RFC 8693, section 2.2.2: also what an issuer says of a credential that it does not accept.
  invalid_request:
    'If the credential is what it does not take, have the workload registered again; else compare versions.',
  invalid_client: 'The workload credential is unknown, expired or revoked: have the workload registered again.',
  invalid_grant: 'The workload credential is unknown, expired or revoked: have the workload registered again.',
  invalid_target: 'This workload may not ask for that audience: change --audience, or have its registration allow it.',
  unsupported_grant_type: "IDP_ISSUER_URL is an issuer without token exchange; is it the kit's own?",
};

function refused(reply: HttpReply, url: URL, secrets: readonly string[], first?: string): WorkloadFailure {
  const address = shownAddress(url);
  const parsed = errorSchema.safeParse(jsonOrUndefined(reply.body));
  if (reply.status === 429 || reply.status >= 500) {
    return new WorkloadFailure('unavailable', `${address} answered ${reply.status}, twice`, 'Try again later.');
  }
  if (!parsed.success) {
    const redirect = reply.location === undefined ? '' : ' and a redirect, which is not followed';
    return new WorkloadFailure(
      'reply-invalid',
      `${address} answered ${reply.status}${redirect}`,
      'Check IDP_ISSUER_URL: it must be the issuer itself, as it stands in the `iss` of its tokens.',
    );
  }
  const { error, error_description: description } = parsed.data;
  const detail = description === undefined ? '' : `: ${quoteRemote(description, secrets)}`;
  return new WorkloadFailure(
    'issuer-refused',
    `${address} refused a token with ${quoteRemote(error, secrets)}${detail}`,
    (error === 'invalid_request' ? first : undefined) ??
      (Object.hasOwn(HINTS, error) ? HINTS[error] : undefined) ??
      "The issuer's audit log has the reason.",
  );
}
