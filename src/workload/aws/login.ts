// `idp login aws`: token, session, profile.
import { setting, type Environment } from '../environment.ts';
import type { Http } from '../http.ts';
import { obtainToken } from '../token/obtain.ts';
import { assumeRole } from './assume-role.ts';
import { checkProfile, credentialsPath, writeCredentials } from './credentials-file.ts';
import { checkLogin, regionFor, sessionNameFrom, type AwsLogin } from './role.ts';

export interface AwsLoginPorts {
  readonly env: Environment;
  readonly http: Http;
  readonly homedir: string;
}

/** What a login did; no secret in it. */
export interface AwsLoginResult {
  readonly assumedRoleArn: string;
  readonly sessionName: string;
  readonly accessKeyId: string;
  readonly expiration: Date;
  readonly region: string;
  readonly profile: string;
  readonly credentialsFile: string;
  /** What may keep the AWS CLI from using the profile, or was lost by writing it. */
  readonly notes: readonly string[];
}

/** Assumes a role and writes the session into the credentials file. Throws a `WorkloadFailure`; the file is then untouched. */
export async function loginAws(login: AwsLogin, ports: AwsLoginPorts): Promise<AwsLoginResult> {
  checkLogin(login);
  checkProfile(login.profile);
  const token = await obtainToken({ audiences: [login.audience], acceptsNoAudience: false }, ports);
  const sessionName = login.sessionName ?? sessionNameFrom(token.claims.sub);
  const region = regionFor(login, ports.env);
  const { roleArn, durationSeconds } = login;
  const session = await assumeRole({ roleArn, durationSeconds, sessionName, region, token }, ports.env);
  const path = credentialsPath(ports.env, ports.homedir);
  const written = await writeCredentials(path, login.profile, session);
  return {
    assumedRoleArn: session.assumedRoleArn,
    sessionName,
    accessKeyId: session.accessKeyId,
    expiration: session.expiration,
    region,
    profile: login.profile,
    credentialsFile: written.path,
    notes: notesOn(login.profile, written.before, ports.env),
  };
}

/** Keys that make the AWS CLI or an SDK take credentials from elsewhere although the profile has some. */
const COMPETING_KEYS = ['role_arn', 'credential_process', 'sso_session', 'sso_start_url'];

function notesOn(profile: string, before: ReadonlyMap<string, string>, env: Environment): string[] {
  const notes: string[] = [];
  const shadow = ['AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE'].find((name) => setting(env, name) !== undefined);
  if (shadow !== undefined) notes.push(`${shadow} is set and may win over the profile; unset it to use [${profile}].`);
  const selected = setting(env, 'AWS_PROFILE') ?? setting(env, 'AWS_DEFAULT_PROFILE') ?? 'default';
  if (shadow === undefined && selected !== profile) notes.push(`To use it: export AWS_PROFILE=${profile}`);
  const competing = COMPETING_KEYS.find((key) => before.has(key));
  if (competing !== undefined)
    notes.push(`[${profile}] also has ${competing}, which some SDKs prefer to these credentials.`);
  // AKIA: a long-lived key of an IAM user; ASIA: one of a session.
  const replaced = before.get('aws_access_key_id');
  if (replaced?.startsWith('AKIA') === true) {
    notes.push(`The long-lived access key ${replaced.slice(0, 20)} that [${profile}] held has been replaced.`);
  }
  return notes;
}
