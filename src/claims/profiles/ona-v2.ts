/** Ona, V2 tokens: everything but the organization is in `sub`. */

import { type ClaimTable, id, name } from '../claim.ts';
import { type IssuerProfile, type Variant } from '../profile.ts';
import { template } from '../subject.ts';
import { ONA_URL } from './ona-v3.ts';

export interface OnaV2Config {
  /** Default: `https://app.gitpod.io`. */
  readonly url?: string;
}

const environment = {
  org: id('id', { reach: 'organization' }),
  gsub: name('text'),
} as const satisfies ClaimTable;

/** Parts of `sub` that are no claims of the token; a registration knows them. */
const facts = {
  organization_id: id('id'),
  project_id: id('id'),
  environment_id: id('id'),
} as const satisfies ClaimTable;

/** Tokens of Ona in version 2: `org:<uuid>/prj:<uuid>/env:<uuid>`. Source: Ona, OpenID Connect, V2 tokens. */
export function onaV2(config: OnaV2Config = {}): IssuerProfile<{ environment: Variant<keyof typeof environment> }> {
  const url = config.url ?? ONA_URL;
  return {
    profile: 'ona-v2',
    issuer: url,
    url,
    mainVariant: 'environment',
    variants: {
      environment: {
        claims: environment,
        facts,
        subject: {
          kind: 'templates',
          templates: [
            template([
              { literal: 'org:' },
              { claim: 'org', encode: '%:/' },
              { literal: '/prj:' },
              { claim: 'project_id', encode: '%:/' },
              { literal: '/env:' },
              { claim: 'environment_id', encode: '%:/' },
            ]),
          ],
        },
        identities: [{ claim: 'sub', fixes: ['org'] }],
        // What `gsub` holds is not documented; the environment's own id tells tokens apart without adding a claim.
        fromFacts: ({ organization_id, environment_id }) => ({ org: organization_id, gsub: environment_id }),
        toFacts: ({ org, project_id, environment_id }) => ({ organization_id: org, project_id, environment_id }),
      },
    },
    audience: 'string',
    awsClaims: [],
    algorithms: ['RS256'],
    life: { default: 3600, max: 3600 },
    registered: [],
  };
}
