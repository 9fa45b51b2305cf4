/** Organizations over the admin API. */

import { checkOrganizationId } from '../../issuer/organization-issuer.ts';
import { checkConfiguration, findOrganization, listOrganizations, putOrganization } from '../../issuer/organization.ts';
import { missing, refusal } from '../../issuer/outcome.ts';
import { previewSubjects } from '../../issuer/preview.ts';
import { sendProblem, sendRefusal } from '../problem.ts';
import { type Handlers, type World, change, idOf, ofIssuer } from './handlers.ts';
import { organizationsQuery, readPage, readQuery } from './queries.ts';
import { readConfiguration, readName, readPreview } from './requests.ts';
import { showOrganization, showPreviews } from './view.ts';

type Ids = 'listOrganizations' | 'getOrganization' | 'putOrganization' | 'previewSubjects';

export function organizationHandlers(world: World): Handlers<Ids> {
  return {
    listOrganizations: ofIssuer(world, async (issuer, request, reply) => {
      const query = readQuery(organizationsQuery, request.query);
      if (!query.ok) return sendRefusal(reply, refusal('invalid', query.problems));
      const { limit, cursor } = query.value;
      const { items, next } = await readPage(
        limit,
        (size) => listOrganizations(issuer, size, cursor?.[1]),
        ({ id }) => ['organizations', id],
      );
      return reply.send({ organizations: items.map((item) => showOrganization(issuer.settings, item)), next });
    }),
    getOrganization: ofIssuer(world, async (issuer, request, reply) => {
      const found = await findOrganization(issuer, idOf(request));
      if (found === undefined) return sendRefusal(reply, missing('organization', idOf(request)));
      return reply.header('etag', `"${found.version}"`).send(showOrganization(issuer.settings, found));
    }),
    putOrganization: ofIssuer(world, async (issuer, request, reply) => {
      const id = readName(idOf(request));
      if (!id.ok) return sendRefusal(reply, refusal('invalid', id.problems));
      const expected = expectedVersion(request.headers['if-match']);
      if (expected === 'unreadable') {
        return sendProblem(reply, 400, 'If-Match is the ETag of the organization: its version in quotes');
      }
      return change(reply, {
        body: readConfiguration(issuer, request.body),
        check: (known) => [...checkOrganizationId(issuer.settings, id.value), ...checkConfiguration(issuer, known)],
        apply: (configuration) => putOrganization(issuer, id.value, configuration, expected),
        show: (organization) => {
          void reply.header('etag', `"${organization.version}"`);
          return showOrganization(issuer.settings, organization);
        },
      });
    }),
    previewSubjects: ofIssuer(world, (issuer, request, reply) =>
      change(reply, {
        body: readPreview(issuer, request.body),
        check: (known) => checkConfiguration(issuer, known),
        apply: ({ organization, configuration }) => previewSubjects(issuer, organization, configuration),
        show: showPreviews,
      }),
    ),
  };
}

/** RFC 9110, section 13.1.1: change only the version that the caller has read. */
function expectedVersion(header: string | undefined): number | undefined | 'unreadable' {
  if (header === undefined) return undefined;
  const version = /^"([0-9]{1,15})"$/.exec(header)?.[1];
  return version === undefined ? 'unreadable' : Number(version);
}
