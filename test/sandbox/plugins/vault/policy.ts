/** vault:index/policy:Policy; its id is its name. */
import { text, type Kind } from '../core/kind.ts';
import type { Vault } from './api.ts';

export const policy: Kind<Vault> = {
  properties: {
    name: {
      as: 'string',
      autoName: true,
      replace: true,
      same: (left, right) => text(left).toLowerCase() === text(right).toLowerCase(),
    },
    namespace: { as: 'string', replace: true, unread: true },
    // A heredoc's last newline is not part of what Vault keeps.
    policy: { as: 'string', required: true, same: (left, right) => text(left).trim() === text(right).trim() },
  },
  create: async (vault, inputs) => {
    const name = text(inputs.name);
    await vault.put(`sys/policies/acl/${name}`, { policy: text(inputs.policy) }, text(inputs.namespace));
    return name;
  },
  read: async (vault, id, state) => {
    const found = await vault.get(`sys/policies/acl/${id}`, text(state.namespace));
    return found === undefined ? undefined : { name: text(found.name), policy: text(found.policy) };
  },
  update: async (vault, id, _olds, news) => {
    await vault.put(`sys/policies/acl/${id}`, { policy: text(news.policy) }, text(news.namespace));
  },
  delete: (vault, id, state) => vault.delete(`sys/policies/acl/${id}`, text(state.namespace)),
};
