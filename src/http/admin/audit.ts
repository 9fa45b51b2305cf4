/** The audit over the admin API. */

import { latestAudit } from '../../issuer/audit.ts';
import { refusal } from '../../issuer/outcome.ts';
import { sendRefusal } from '../problem.ts';
import { type Handlers, type World } from './handlers.ts';
import { auditQuery, readPage, readQuery } from './queries.ts';
import { showEntry } from './view.ts';

export function auditHandlers({ store }: World): Handlers<'listAudit'> {
  return {
    listAudit: async (request, reply) => {
      const query = readQuery(auditQuery, request.query);
      if (!query.ok) return sendRefusal(reply, refusal('invalid', query.problems));
      const { limit, cursor, ...filter } = query.value;
      const { items, next } = await readPage(
        limit,
        (size) => latestAudit(store, size, cursor?.[1], filter),
        ({ id }) => ['audit', id],
      );
      return reply.send({ entries: items.map(showEntry), next });
    },
  };
}
