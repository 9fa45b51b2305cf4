/** vault:jwt/authBackend:AuthBackend: a mount, its configuration and its tuning. Its id is its path. */
import { same } from '../core/compare.ts';
import { isBag, text, type Bag, type Json, type Kind, type Property } from '../core/kind.ts';
import { snake, unlessNull, type Vault } from './api.ts';
import { readTune, sameTune, writeTune } from './tune.ts';

/** What goes into `auth/<path>/config`, which every write replaces as a whole. */
const CONFIG: Readonly<Record<string, Property>> = {
  boundIssuer: { as: 'string' },
  defaultRole: { as: 'string' },
  jwksCaPem: { as: 'string', same: sameTrimmed },
  jwksPairs: { as: 'list' },
  jwksUrl: { as: 'string' },
  jwtSupportedAlgs: { as: 'list' },
  jwtValidationPubkeys: { as: 'list', same: sameTrimmed },
  namespaceInState: { as: 'boolean', computed: true },
  oidcClientId: { as: 'string' },
  oidcClientSecret: { as: 'string', unread: true },
  oidcDiscoveryCaPem: { as: 'string', same: sameTrimmed },
  oidcDiscoveryUrl: { as: 'string' },
  oidcResponseMode: { as: 'string' },
  oidcResponseTypes: { as: 'list' },
  providerConfig: { as: 'map' },
};

const namespaceOf = (state: Bag): string => text(state.namespace);

export const jwtAuthBackend: Kind<Vault> = {
  properties: {
    ...CONFIG,
    description: { as: 'string', replace: true },
    disableRemount: { as: 'boolean', default: false, unread: true },
    local: { as: 'boolean', default: false, replace: true },
    namespace: { as: 'string', replace: true, unread: true },
    path: { as: 'string', default: 'jwt', replace: true },
    tune: { as: 'block', computed: true, same: sameTune },
    type: { as: 'string', default: 'jwt', replace: true },
    accessor: { as: 'string', output: true },
  },
  create: async (vault, inputs) => {
    const [path, namespace] = [text(inputs.path), namespaceOf(inputs)];
    const mount = {
      type: text(inputs.type),
      description: text(inputs.description),
      local: inputs.local === true,
    };
    await vault.put(`sys/auth/${path}`, mount, namespace);
    try {
      await configure(vault, path, inputs);
    } catch (error) {
      // Vault asks the issuer while the configuration is written, so this fails often; the next run shall find a clean slate.
      await vault.delete(`sys/auth/${path}`, namespace);
      throw error;
    }
    return path;
  },
  read: readBackend,
  update: (vault, id, _olds, news) => configure(vault, id, news),
  delete: (vault, id, state) => vault.delete(`sys/auth/${id}`, namespaceOf(state)),
};

/** Vault keeps PEM without the newline at its end. */
function sameTrimmed(left: Json, right: Json): boolean {
  const trimmed = (value: Json) => (Array.isArray(value) ? value : [value]).map((pem) => text(pem).trim()).join('\n\n');
  return trimmed(left) === trimmed(right);
}

async function configure(vault: Vault, path: string, inputs: Bag): Promise<void> {
  const config: Bag = {};
  for (const name of Object.keys(CONFIG)) {
    const value = inputs[name];
    if (value !== undefined) config[snake(name)] = value;
  }
  await vault.put(`auth/${path}/config`, config, namespaceOf(inputs));
  const tune = inputs.tune;
  if (isBag(tune)) await vault.put(`sys/auth/${path}/tune`, writeTune(tune), namespaceOf(inputs));
}

async function readBackend(vault: Vault, id: string, state: Bag): Promise<Bag | undefined> {
  const namespace = namespaceOf(state);
  const mount = (await vault.get('sys/auth', namespace))?.[`${id}/`];
  const config = await vault.get(`auth/${id}/config`, namespace);
  if (!isBag(mount) || config === undefined) return undefined;
  const answer: Bag = {
    path: id,
    type: text(mount.type),
    description: text(mount.description),
    local: mount.local === true,
    accessor: text(mount.accessor),
    tune: readTune((await vault.get(`sys/auth/${id}/tune`, namespace)) ?? {}),
  };
  for (const [name, property] of Object.entries(CONFIG)) {
    const value = unlessNull(config[snake(name)]);
    if (value !== undefined && !same(property, value, undefined)) answer[name] = value;
  }
  const provider = answer.providerConfig;
  if (isBag(provider))
    answer.providerConfig = mapValues(provider, (value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return answer;
}

const mapValues = (entries: Bag, change: (value: Json) => Json): Bag =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value)]));
