/** vault:identity/group:Group and vault:identity/groupAlias:GroupAlias; Vault makes their ids. */
import { bag, text, type Bag, type Kind } from '../core/kind.ts';
import { unlessNull, type Vault } from './api.ts';

/** What another resource manages (`external…`) is not written; members of an external group come from the issuer. */
function groupBody(inputs: Bag, olds: Bag): Bag {
  const given = (name: string) => inputs[name] ?? (olds[name] === undefined ? undefined : []);
  const internal = inputs.type !== 'external';
  return bag({
    name: inputs.name,
    type: inputs.type,
    metadata: inputs.metadata ?? (olds.metadata === undefined ? undefined : {}),
    policies: inputs.externalPolicies === true ? undefined : given('policies'),
    member_group_ids: internal && inputs.externalMemberGroupIds !== true ? given('memberGroupIds') : undefined,
    member_entity_ids: internal && inputs.externalMemberEntityIds !== true ? given('memberEntityIds') : undefined,
  });
}

export const group: Kind<Vault> = {
  properties: {
    externalMemberEntityIds: { as: 'boolean', default: false, unread: true },
    externalMemberGroupIds: { as: 'boolean', default: false, unread: true },
    externalPolicies: { as: 'boolean', default: false, unread: true },
    memberEntityIds: { as: 'set' },
    memberGroupIds: { as: 'set' },
    metadata: { as: 'map' },
    name: { as: 'string', autoName: true, computed: true },
    namespace: { as: 'string', replace: true, unread: true },
    policies: { as: 'set' },
    type: { as: 'string', default: 'internal', replace: true },
  },
  create: async (vault, inputs) => {
    const made = await vault.put('identity/group', groupBody(inputs, {}), text(inputs.namespace));
    const id = text(made.id);
    if (id === '') throw new Error(`Vault made no new group: there is one of the name ${text(inputs.name)}`);
    return id;
  },
  read: async (vault, id, state) => {
    const found = await vault.get(`identity/group/id/${id}`, text(state.namespace));
    if (found === undefined) return undefined;
    const unless = (flag: string, key: string) => (state[flag] === true ? undefined : unlessNull(found[key]));
    return bag({
      name: text(found.name),
      type: text(found.type),
      metadata: unlessNull(found.metadata),
      policies: unless('externalPolicies', 'policies'),
      memberGroupIds: found.type === 'external' ? undefined : unless('externalMemberGroupIds', 'member_group_ids'),
      memberEntityIds: found.type === 'external' ? undefined : unless('externalMemberEntityIds', 'member_entity_ids'),
    });
  },
  update: async (vault, id, olds, news) => {
    await vault.put(`identity/group/id/${id}`, groupBody(news, olds), text(news.namespace));
  },
  delete: (vault, id, state) => vault.delete(`identity/group/id/${id}`, text(state.namespace)),
};

const aliasBody = (inputs: Bag): Bag => ({
  name: text(inputs.name),
  mount_accessor: text(inputs.mountAccessor),
  canonical_id: text(inputs.canonicalId),
});

export const groupAlias: Kind<Vault> = {
  properties: {
    canonicalId: { as: 'string', required: true },
    mountAccessor: { as: 'string', required: true },
    name: { as: 'string', required: true },
    namespace: { as: 'string', replace: true, unread: true },
  },
  create: async (vault, inputs) => {
    const made = await vault.put('identity/group-alias', aliasBody(inputs), text(inputs.namespace));
    return text(made.id);
  },
  read: async (vault, id, state) => {
    const found = await vault.get(`identity/group-alias/id/${id}`, text(state.namespace));
    if (found === undefined) return undefined;
    return {
      name: text(found.name),
      mountAccessor: text(found.mount_accessor),
      canonicalId: text(found.canonical_id),
    };
  },
  update: async (vault, id, _olds, news) => {
    await vault.put(`identity/group-alias/id/${id}`, aliasBody(news), text(news.namespace));
  },
  delete: (vault, id, state) => vault.delete(`identity/group-alias/id/${id}`, text(state.namespace)),
};
