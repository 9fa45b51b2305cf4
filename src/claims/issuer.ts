/** From the plain form of an issuer's configuration, as people write it, to its profile. */

import { type Problem, type Result, accept, problem, refuse } from './problem.ts';
import { type IssuerProfile, type ProfileName, PROFILE_NAMES } from './profile.ts';
import { gitlabIdToken, gitlabJobJwt } from './profiles/gitlab.ts';
import { github } from './profiles/github.ts';
import { gitpodClassic } from './profiles/gitpod-classic.ts';
import { onaV2 } from './profiles/ona-v2.ts';
import { ONA_SUB_FIELDS, onaV3 } from './profiles/ona-v3.ts';
import { suggest } from './suggest.ts';
import { checkIssuerUrl, checkKeysUrl } from './url.ts';

/** Plain form: which profile, and its settings. A setting that the profile does not have is a problem. */
export interface IssuerConfig {
  readonly profile: string;
  readonly url?: string;
  readonly iss?: string;
  readonly jwksUrl?: string;
  readonly subFields?: readonly string[];
  /** JWS algorithm (RFC 7518, section 3.1). Default: RS256, which the known issuers all use. */
  readonly algorithm?: string;
}

/** What the kit's own issuer signs with, and STS and Vault take. */
export const ALGORITHMS = ['RS256', 'ES256'] as const;

type Setting = Exclude<keyof IssuerConfig, 'profile' | 'algorithm'>;

/** The settings as people write them, in YAML. */
export const SETTING_NAMES: Readonly<Record<Setting, string>> = {
  url: 'url',
  iss: 'iss',
  jwksUrl: 'jwks_url',
  subFields: 'sub_fields',
};

interface ProfileRow {
  readonly required: readonly Setting[];
  readonly optional: readonly Setting[];
  readonly build: (config: IssuerConfig) => IssuerProfile;
  /** What `subFields` may name; by default the string claims of the main variant. */
  readonly subFields?: readonly string[];
}

function settings<K extends Setting>(config: IssuerConfig, ...names: K[]): Pick<IssuerConfig, K> {
  return Object.fromEntries(names.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]]))) as Pick<
    IssuerConfig,
    K
  >;
}

/** `key` alone where `subFields` is unset: an unset property is not the same as an undefined one. */
function renamed<K extends string>(key: K, config: IssuerConfig): Partial<Record<K, readonly string[]>> {
  return config.subFields === undefined ? {} : ({ [key]: config.subFields } as Partial<Record<K, readonly string[]>>);
}

const PROFILES: Readonly<Record<ProfileName, ProfileRow>> = {
  'gitpod-classic': {
    required: ['url'],
    optional: ['subFields'],
    build: (config) => gitpodClassic({ url: config.url ?? '', ...renamed('subClaims', config) }),
  },
  'ona-v2': { required: [], optional: ['url'], build: (config) => onaV2(settings(config, 'url')) },
  'ona-v3': {
    required: [],
    optional: ['url', 'subFields'],
    build: (config) => onaV3(settings(config, 'url', 'subFields')),
    subFields: ONA_SUB_FIELDS,
  },
  'gitlab-job-jwt': {
    required: ['iss'],
    optional: ['jwksUrl'],
    build: (config) => gitlabJobJwt({ iss: config.iss ?? '', ...settings(config, 'jwksUrl') }),
  },
  'gitlab-id-token': {
    required: ['url'],
    optional: ['subFields'],
    build: (config) => gitlabIdToken({ url: config.url ?? '', ...renamed('subClaims', config) }),
  },
  github: {
    required: [],
    optional: ['url', 'subFields'],
    build: (config) => github({ ...settings(config, 'url'), ...renamed('subTemplate', config) }),
  },
};

/** Builds the profile, or says everything that is wrong with the configuration. */
export function readIssuer(config: IssuerConfig): Result<IssuerProfile> {
  const row = PROFILES[config.profile as ProfileName] as ProfileRow | undefined;
  if (row === undefined || !PROFILE_NAMES.includes(config.profile as ProfileName)) {
    return refuse(
      problem(['profile'], `there is no profile ${config.profile}`, suggest(config.profile, PROFILE_NAMES)),
    );
  }
  const problems = [...checkSettings(config, row), ...checkSubFields(config, row), ...checkAlgorithm(config)];
  if (problems.length > 0) return refuse(...problems);
  const profile = row.build(config);
  return accept(config.algorithm === undefined ? profile : { ...profile, algorithms: [config.algorithm] });
}

/** Tokens of this kind of issuer, whatever its settings: their claims can be checked while its settings are wrong. */
export function profileOfKind(name: string): IssuerProfile | undefined {
  const issuer = readIssuer({ profile: name });
  if (issuer.ok) return issuer.value;
  const row = Object.hasOwn(PROFILES, name) ? PROFILES[name as ProfileName] : undefined;
  return row?.build({ profile: name, url: 'https://issuer.invalid', iss: 'issuer.invalid' });
}

function checkSettings(config: IssuerConfig, row: ProfileRow): Problem[] {
  const names = Object.keys(SETTING_NAMES) as Setting[];
  const known = [...row.required, ...row.optional];
  return names.flatMap((name): Problem[] => {
    const value = config[name];
    const path = [SETTING_NAMES[name]];
    if (value === undefined) {
      return row.required.includes(name)
        ? [problem([], `the profile ${config.profile} needs \`${path[0] ?? ''}\``)]
        : [];
    }
    if (!known.includes(name)) {
      const offered = known.map((key) => SETTING_NAMES[key]).join(', ');
      return [problem(path, `the profile ${config.profile} has no setting \`${path[0] ?? ''}\``, `it has: ${offered}`)];
    }
    if (name === 'url') return checkIssuerUrl(value as string, path);
    return name === 'jwksUrl' ? checkKeysUrl(value as string, path) : checkIss(config, name, path);
  });
}

function checkAlgorithm({ algorithm }: IssuerConfig): Problem[] {
  if (algorithm === undefined || ALGORITHMS.some((known) => known === algorithm)) return [];
  return [problem(['algorithm'], `there is no algorithm ${algorithm}`, suggest(algorithm, ALGORITHMS))];
}

const DOMAIN = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/;

function checkIss(config: IssuerConfig, name: Setting, path: string[]): Problem[] {
  if (name !== 'iss' || DOMAIN.test(config.iss ?? '')) return [];
  return [
    problem(
      path,
      `the \`iss\` of ${config.profile} is the domain of the instance, without https://`,
      'id tokens carry a URL: for them use the profile gitlab-id-token',
    ),
  ];
}

function checkSubFields(config: IssuerConfig, row: ProfileRow): Problem[] {
  const fields = config.subFields ?? [];
  const main = row.build({ ...config, subFields: [] });
  const table = main.variants[main.mainVariant]?.claims ?? {};
  const offered = row.subFields ?? Object.keys(table).filter((claim) => table[claim]?.type === 'string');
  const unknown = fields.flatMap((field, index) =>
    offered.includes(field)
      ? []
      : [
          problem(
            ['sub_fields', index],
            `${config.profile} cannot put \`${field}\` into \`sub\``,
            suggest(field, offered),
          ),
        ],
  );
  const repeated = fields.flatMap((field, index) =>
    fields.indexOf(field) === index ? [] : [problem(['sub_fields', index], `\`${field}\` is there twice`)],
  );
  return [...unknown, ...repeated];
}
