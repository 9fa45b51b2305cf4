/** What changes a store, each as the issuer does it, from a store that is closed to the answer. */
import { registerOnce } from '../../../src/issuer/idempotency.ts';
import { replaceKeys, resealKeys, rotateKeys } from '../../../src/issuer/keys.ts';
import { type TokenConfiguration, putOrganization } from '../../../src/issuer/organization.ts';
import { type RegistrationRequest, findRegistration, register, unregister } from '../../../src/issuer/registration.ts';
import { type Issuer } from '../../../src/issuer/settings.ts';
import { recordPublished } from '../../../src/keys/published.ts';
import { storedRecords } from '../../../src/keys/rings/stored.ts';
import { type Store } from '../../../src/store/store.ts';
import { CUSTODIES, RINGS, TOKEN_SECONDS, issuerOf, ringOf } from './issuer.ts';

export interface Given {
  readonly store: Store;
  readonly now: number;
  /** The registration that an operation is about. */
  readonly registration: string | undefined;
}

const CONFIGURATION: TokenConfiguration = {
  profile: 'ona-v3',
  subFields: [],
  audiences: null,
  tokenLifeSeconds: null,
  maxTokenLifeSeconds: null,
  algorithm: null,
  facts: {},
  awsSession: null,
};

const REQUEST: RegistrationRequest = {
  organization: 'acme',
  profile: null,
  variant: null,
  facts: {
    organization_id: '0191e223-1111',
    project_id: '019527e4-2222',
    environment_id: '0195aaaa-3333',
    runner_id: 'runner-1',
    runner_name: 'the runner',
    creator_principal: 'PRINCIPAL_USER',
    creator_id: 'user-1',
    creator_email: 'ada@acme.example',
    creator_name: 'Ada',
  },
  tokenLifeSeconds: null,
  expiresAt: null,
};

export const IDEMPOTENCY_KEY = 'k';

async function issuer({ store, now }: Given, custody = CUSTODIES.before): Promise<Issuer> {
  const clock = () => now;
  return issuerOf(await ringOf(RINGS.served, storedRecords(store.keys), clock, custody), store, clock);
}

export const OPERATIONS = {
  /** Makes the tables. */
  open: () => Promise.resolve('open'),
  /** Makes what is missing, and writes down what time has changed, as every refresh does. */
  start: async (given) => (await issuer(given)).ring.records().length,
  startStatic: async ({ store, now }) => {
    return (await ringOf(RINGS.static, storedRecords(store.keys), () => now)).records().length;
  },
  publish: async ({ store, now }) => {
    const records = storedRecords(store.keys);
    const kids = (await records.load(RINGS.static.issuer)).records.map(({ kid }) => kid);
    return (await recordPublished(RINGS.static, records, kids, now)).recorded;
  },
  rotate: async (given) => (await rotateKeys(await issuer(given))).ok,
  replace: async (given) => (await replaceKeys(await issuer(given))).length,
  reseal: async (given) => resealKeys(await issuer(given, CUSTODIES.after)),
  putOrganization: async (given) => putOrganization(await issuer(given), 'acme', CONFIGURATION),
  changeOrganization: async (given) =>
    putOrganization(await issuer(given), 'acme', { ...CONFIGURATION, tokenLifeSeconds: TOKEN_SECONDS }),
  register: async (given) => register(await issuer(given), REQUEST),
  registerOnce: async (given) => registerOnce(await issuer(given), REQUEST, IDEMPOTENCY_KEY),
  unregister: async (given) => {
    const found = await findRegistration(given.store, given.registration ?? '');
    return found !== undefined && (await unregister(await issuer(given), found));
  },
} as const satisfies Readonly<Record<string, (given: Given) => Promise<unknown>>>;

export type Operation = keyof typeof OPERATIONS;
