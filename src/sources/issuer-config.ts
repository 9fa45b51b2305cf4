/** What an issuer of this kit was told, as far as trust goes: its configuration file, and the token configuration of an organization. */

import { type IssuerConfig } from '../claims/issuer.ts';
import { type Grants } from '../trust/grants.ts';
import { type Matcher } from '../trust/matcher.ts';
import { type IssuerSetting, type Location, Unknown } from '../trust/resource.ts';
import { isObject, listAt, memberAt, objectAt, textAt } from './review/json.ts';

/** Undefined where the document is neither. */
export function readIssuerSettings(document: unknown, file: string): readonly IssuerSetting[] | undefined {
  return readConfiguration(document, file) ?? readOrganization(document, file);
}

/** The file of `idp issuer serve`. */
function readConfiguration(document: unknown, file: string): readonly IssuerSetting[] | undefined {
  const issuers = Object.entries(objectAt(document, 'issuers'));
  const isOne = issuers.some(([, issuer]) => memberAt(issuer, 'profiles') !== undefined);
  if (!isOne) return undefined;
  const administrators = Object.entries(objectAt(objectAt(document, 'admin'), 'oidc'));
  return [
    ...issuers.flatMap(([name, issuer]) => readIssuer(name, issuer, file)),
    ...administrators.map(([name, one]) =>
      trusted(one, { file, resource: `admin.oidc.${name}` }, { kind: 'issuer-administrators', name }, []),
    ),
  ];
}

function readIssuer(name: string, issuer: unknown, file: string): IssuerSetting[] {
  const url = textAt(issuer, 'url') ?? '';
  const place = (path: string): Location => ({ file, resource: `issuers.${name}${path}` });
  const [offered] = listAt(issuer, 'profiles');
  const profile = textAt(offered, 'profile');
  const upstreams = Object.entries(objectAt(issuer, 'upstreams'));
  return [
    {
      kind: 'issuer-setting',
      place: place(''),
      target: { kind: 'issuer', issuer: name },
      issuer: url,
      ...(profile === undefined ? {} : { profile: configOf(profile, url, textAt(offered, 'iss'), undefined) }),
      admit: {},
      grants: defined({
        url,
        profiles: listAt(issuer, 'profiles'),
        per_organization: memberAt(issuer, 'per_organization') ?? false,
        algorithms: [textAt(issuer, 'algorithm') ?? 'RS256', ...listAt(issuer, 'algorithms')],
      }),
    },
    ...upstreams.map(([upstream, one]) =>
      trusted(one, place(`.upstreams.${upstream}`), { kind: 'issuer-upstream', issuer: name, upstream }, [url]),
    ),
  ];
}

/** What a trusted token becomes: beside who is let in, these members say so. */
const BECOMES = ['organization', 'profile', 'variant', 'role'] as const;

function trusted(
  entry: unknown,
  place: Location,
  target: IssuerSetting['target'],
  own: readonly string[],
): IssuerSetting {
  const issuer = textAt(entry, 'issuer');
  const profile = issuer === undefined ? textAt(entry, 'profile') : undefined;
  const fields = memberAt(entry, 'sub_fields');
  const audiences = memberAt(entry, 'audiences') === undefined ? own : listAt(entry, 'audiences').map(String);
  const facts = Object.entries(objectAt(entry, 'facts'));
  const variant = issuer === undefined ? textAt(entry, 'variant') : undefined;
  return {
    kind: 'issuer-setting',
    place,
    target,
    ...(issuer === undefined ? {} : { issuer }),
    ...(profile === undefined
      ? {}
      : {
          profile: configOf(
            profile,
            textAt(entry, 'url'),
            textAt(entry, 'iss'),
            Array.isArray(fields) ? fields : undefined,
          ),
        }),
    ...(variant === undefined ? {} : { variant }),
    audiences,
    admit: Object.fromEntries(
      Object.entries(objectAt(entry, 'admit')).map(([claim, bound]) => [claim, matchersOf(bound)]),
    ) as Readonly<Record<string, readonly Matcher[]>>,
    grants: defined({
      ...Object.fromEntries(BECOMES.map((name) => [name, memberAt(entry, name)])),
      facts: facts.length === 0 ? undefined : Object.fromEntries(facts),
      keys: memberAt(entry, 'jwks_url'),
      algorithms: memberAt(entry, 'algorithms') ?? 'the usual ones',
      addresses: memberAt(entry, 'allow_addresses') ?? [],
      ca: memberAt(entry, 'ca_file'),
    }),
  };
}

/** A value, a list of values, or `{ like }`; what is none of these is not known here. */
function matchersOf(bound: unknown): readonly Matcher[] | Unknown {
  const like = memberAt(bound, 'like');
  const values: readonly unknown[] = like === undefined ? [bound].flat() : [like].flat();
  if (!values.every((value) => typeof value === 'string')) return new Unknown('it is neither a value nor a pattern');
  return values.map((value): Matcher => (like === undefined ? { equals: value } : { like: value }));
}

/** As `PUT …/organizations/{id}` takes it, and as the admin API shows it. */
function readOrganization(document: unknown, file: string): readonly IssuerSetting[] | undefined {
  const profile = textAt(document, 'profile');
  const isOne = ['sub_fields', 'token_life_seconds', 'max_token_life_seconds', 'aws_session'].some(
    (name) => isObject(document) && Object.hasOwn(document, name),
  );
  if (profile === undefined || !isOne) return undefined;
  const organization = textAt(document, 'id') ?? 'organization';
  const fields = listAt(document, 'sub_fields').map(String);
  const audiences = memberAt(document, 'audiences');
  const facts = objectAt(document, 'facts');
  const url = textAt(document, 'issuer_url');
  return [
    {
      kind: 'issuer-setting',
      place: { file, resource: organization },
      target: { kind: 'issuer-organization', organization },
      profile: configOf(profile, url, undefined, fields),
      ...(Array.isArray(audiences) ? { audiences: audiences.map(String) } : {}),
      admit: Object.fromEntries(
        Object.entries(facts).flatMap(([claim, value]): [string, Matcher[]][] =>
          typeof value === 'string' ? [[claim, [{ equals: value }]]] : [],
        ),
      ),
      grants: defined({
        profile,
        sub_fields: fields.length === 0 ? undefined : fields,
        audiences,
        token_life: memberAt(document, 'token_life_seconds'),
        max_token_life: memberAt(document, 'max_token_life_seconds'),
        algorithm: memberAt(document, 'algorithm'),
        facts: Object.keys(facts).length === 0 ? undefined : facts,
        aws_session: memberAt(document, 'aws_session'),
      }),
    },
  ];
}

function configOf(
  profile: string,
  url: string | undefined,
  iss: string | undefined,
  subFields: readonly unknown[] | undefined,
): IssuerConfig {
  return {
    profile,
    ...(profile === 'gitlab-job-jwt' || url === undefined ? {} : { url }),
    ...(iss === undefined ? {} : { iss }),
    ...(subFields === undefined || subFields.length === 0 ? {} : { subFields: subFields.map(String) }),
  };
}

const defined = (source: Grants): Grants =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined));
