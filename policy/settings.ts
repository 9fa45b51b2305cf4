/** What the pack is told: by whoever makes it in code, or in the policy configuration of a stack. */

import { type Problem, describeProblem, problem } from '../src/claims/problem.ts';
import { type ProfileName, PROFILE_NAMES } from '../src/claims/profile.ts';
import { suggest } from '../src/claims/suggest.ts';
import { type LintOptions, type MaximumLives, readTenant } from '../src/lint/options.ts';
import { RULES } from '../src/lint/rules.ts';
import { type Suppression } from '../src/lint/suppress.ts';

/** A finding that is accepted: for a reason, and until a day. */
export interface AcceptedFinding {
  /** Id of the rule. */
  readonly rule: string;
  /** URN of the resource, or what in it follows the project: `aws:iam/role:Role::ci`. */
  readonly resource: string;
  readonly reason: string;
  /** The last day, YYYY-MM-DD: after it the finding is back. */
  readonly until: string;
}

export interface TrustSettings {
  /** Profile of tokens whose issuer's host does not tell. @default such an issuer is judged without one */
  readonly profile?: string;
  /** Who may be let in at all: owners, organizations, groups, by name or id, as `TENANT` or `ISS=TENANT`. @default whoever a policy names */
  readonly tenants?: readonly string[];
  /** The longest session at AWS, in seconds. @default none is set */
  readonly maximumSession?: number;
  /** The longest life of a token of Vault, in seconds. @default none is set */
  readonly maximumVaultToken?: number;
  /** The longest life of a token of an issuer, in seconds. @default none is set */
  readonly maximumToken?: number;
  /** @default none */
  readonly suppressions?: readonly AcceptedFinding[];
}

export interface ReadSettings {
  readonly lint: LintOptions;
  readonly suppressions: readonly Suppression[];
}

const SECONDS = { type: 'integer', minimum: 1 } as const;
const LINE = { type: 'string', minLength: 1 } as const;

/** For the engine, which checks the configuration before anything runs. */
export const SETTINGS_SCHEMA = {
  profile: { type: 'string' as const, enum: [...PROFILE_NAMES] },
  tenants: { type: 'array' as const, items: LINE },
  maximumSession: SECONDS,
  maximumVaultToken: SECONDS,
  maximumToken: SECONDS,
  suppressions: {
    type: 'array' as const,
    items: {
      type: 'object' as const,
      properties: { rule: LINE, resource: LINE, reason: LINE, until: LINE },
      required: ['rule', 'resource', 'reason', 'until'],
      additionalProperties: false,
    },
  },
} satisfies Record<keyof TrustSettings, object>;

/** The settings, or an error with everything that is wrong with them. */
export function readSettings(settings: TrustSettings): ReadSettings {
  const { profile, tenants, suppressions = [] } = settings;
  const { maximumSession: session, maximumVaultToken: vaultToken, maximumToken: token } = settings;
  const problems = [
    ...unknownNames(settings),
    ...checkProfile(profile),
    ...(tenants ?? []).flatMap(checkTenant),
    ...Object.entries({ maximumSession: session, maximumVaultToken: vaultToken, maximumToken: token }).flatMap(
      checkLife,
    ),
    ...suppressions.flatMap(checkAccepted),
  ];
  if (problems.length > 0) {
    const message = `the settings of the trust policies are wrong:\n${problems.map(describeProblem).join('\n')}`;
    // The SDK prints the stack, and this is no fault of the code.
    throw Object.assign(new Error(message), { stack: message });
  }
  const maximum: MaximumLives = known({ session, vaultToken, token });
  return {
    lint: {
      maximum,
      ...known({
        otherwise: profile as ProfileName | undefined,
        tenants: tenants?.flatMap((one) => readTenant(one) ?? []),
      }),
    },
    suppressions: suppressions.map((one, index) => ({
      ...one,
      resource: one.resource.replace(/^urn:pulumi:[^:]*::[^:]*::/, ''),
      place: { file: 'policy configuration', resource: `suppressions[${index}]` },
    })),
  };
}

function known<T extends object>(entries: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function unknownNames(settings: TrustSettings): Problem[] {
  const names = Object.keys(SETTINGS_SCHEMA);
  return Object.keys(settings)
    .filter((name) => !names.includes(name))
    .map((name) => problem([name], 'there is no such setting', suggest(name, names)));
}

function checkProfile(profile: string | undefined): Problem[] {
  if (profile === undefined || PROFILE_NAMES.some((name) => name === profile)) return [];
  return [problem(['profile'], `there is no profile \`${profile}\``, suggest(profile, PROFILE_NAMES))];
}

function checkTenant(written: string, index: number): Problem[] {
  if (readTenant(written) !== undefined) return [];
  return [problem(['tenants', index], `\`${written}\` is no tenant`, 'write acme, or https://gitlab.com=acme')];
}

function checkLife([name, seconds]: [string, number | undefined]): Problem[] {
  if (seconds === undefined || (Number.isInteger(seconds) && seconds > 0)) return [];
  return [problem([name], `${seconds} is no whole number of seconds`)];
}

function checkAccepted({ rule, reason, until }: AcceptedFinding, index: number): Problem[] {
  const rules = RULES.map(({ id }) => id);
  const at = ['suppressions', index];
  return [
    ...(rules.includes(rule) ? [] : [problem([...at, 'rule'], `there is no rule \`${rule}\``, suggest(rule, rules))]),
    ...(/\S/.test(reason) ? [] : [problem([...at, 'reason'], 'say why it is accepted')]),
    ...(isDay(until) ? [] : [problem([...at, 'until'], `\`${until}\` is no day`, 'write YYYY-MM-DD')]),
  ];
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
