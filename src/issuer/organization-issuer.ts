/**
 * Issuers of organizations: where each organization has an issuer URL of its own, `https://host/path/ORGANIZATION`. They sign
 * with the keys of the issuer that they are below, so what keeps them apart is `iss`, which AWS STS always compares, and
 * Vault by `bound_issuer`.
 */

import { type Problem, problem } from '../claims/problem.ts';
import { checkIssuerUrl } from '../claims/url.ts';
import { type Issuer, type IssuerSettings, defaultJwksPath } from './settings.ts';

/** Lower case alone: readers, file systems and AWS's condition keys take two that differ by case for one. No `.` or `..`. */
const ID = /^[a-z0-9][a-z0-9_.-]{0,99}$/;
const ID_RULE = 'it has 1 to 100 small letters, digits, `_`, `-` and `.`, and begins with a letter or a digit';

type Below = Pick<IssuerSettings, 'url' | 'perOrganization'>;

/** What hinders an organization of that id from having the issuer URL that the settings give it. */
export function checkOrganizationId(settings: Below, id: string): Problem[] {
  if (settings.perOrganization !== true) return [];
  if (!ID.test(id)) return [problem([], `the organization ${id} cannot stand in an issuer URL`, ID_RULE)];
  return checkIssuerUrl(urlBelow(settings, id), []);
}

function urlBelow({ url }: Below, id: string): string {
  return `${url}/${id}`;
}

/** The settings of an organization's tokens and documents: those of the issuer, where it is the issuer of all. */
export function organizationSettings(settings: IssuerSettings, organization: string): IssuerSettings {
  if (settings.perOrganization !== true || settings.organization !== undefined) return settings;
  const url = urlBelow(settings, organization);
  return { ...settings, url, organization, jwksPaths: [defaultJwksPath(url)] };
}

/** The issuer URL of an organization's tokens; undefined for one from before the setting whose id cannot stand in it. */
export function issuerUrlOf(settings: IssuerSettings, organization: string): string | undefined {
  return checkOrganizationId(settings, organization).length > 0
    ? undefined
    : organizationSettings(settings, organization).url;
}

/** Upstreams of other organizations vouch for nobody here. */
export function issuerOf(issuer: Issuer, organization: string): Issuer {
  const settings = organizationSettings(issuer.settings, organization);
  if (settings === issuer.settings) return issuer;
  const upstreams = issuer.upstreams.filter(({ upstream }) => upstream.organization === organization);
  return { ...issuer, settings, upstreams };
}

/** The issuers of one issuer's organizations, of which those asked for last outlive the store's outage. */
export interface OrganizationIssuers {
  /** From memory. */
  readonly known: (id: string) => Issuer | undefined;
  /** Undefined where there is no such organization. Rejects where it is not known and the store cannot be asked. */
  readonly find: (id: string) => Promise<Issuer | undefined>;
  /** Gets to know those that there are, as many as are kept. */
  readonly load: () => Promise<void>;
}

/** Each has about two kilobytes with its documents. */
const KEPT = 10_000;

const PAGE = 1000;

/** Organizations are never removed, so one that is known needs no second look. Those that are not there are not kept. */
export function organizationIssuers(issuer: Issuer, kept = KEPT): OrganizationIssuers {
  const { settings, store } = issuer;
  const issuers = new Map<string, Issuer>();
  const keep = (id: string, found = issuerOf(issuer, id)): Issuer => {
    // In the order in which they were asked for.
    issuers.delete(id);
    issuers.set(id, found);
    const [oldest] = issuers.keys();
    if (issuers.size > kept && oldest !== undefined) issuers.delete(oldest);
    return found;
  };
  const known = (id: string) => {
    const found = issuers.get(id);
    return found === undefined ? undefined : keep(id, found);
  };
  return {
    known,
    find: async (id) => {
      if (checkOrganizationId(settings, id).length > 0) return undefined;
      return known(id) ?? ((await store.organizations.find(settings.name, id)) === undefined ? undefined : keep(id));
    },
    load: async () => {
      for (const id of await organizationIds(issuer, kept)) keep(id);
    },
  };
}

/** Those that have an issuer URL, in the order of their ids. */
export async function organizationIds(
  { settings, store }: { readonly settings: IssuerSettings; readonly store: OrganizationList },
  most = Infinity,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after: string | undefined; ids.length < most;) {
    const rows = await store.organizations.list(settings.name, PAGE, after);
    ids.push(...rows.map(({ id }) => id).filter((id) => checkOrganizationId(settings, id).length === 0));
    after = rows.at(-1)?.id;
    if (rows.length < PAGE) break;
  }
  return ids.slice(0, most);
}

/** What of a store is needed to list organizations. */
interface OrganizationList {
  readonly organizations: Pick<Issuer['store']['organizations'], 'list'>;
}
