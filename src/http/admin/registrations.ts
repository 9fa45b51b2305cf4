/** Registrations over the admin API. */

import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type RegisteredOnce, registerOnce } from '../../issuer/idempotency.ts';
import { findOrganization } from '../../issuer/organization.ts';
import { type Outcome, type Refusal, done, missing, refusal } from '../../issuer/outcome.ts';
import {
  type RegistrationRequest,
  checkRegistration,
  findRegistration,
  listRegistrations,
  register,
  unregister,
} from '../../issuer/registration.ts';
import { type Issuer } from '../../issuer/settings.ts';
import { sendProblem, sendRefusal } from '../problem.ts';
import { type Handlers, type World, change, idOf, ofIssuer } from './handlers.ts';
import { readPage, readQuery, registrationsQuery } from './queries.ts';
import { readRegistration } from './requests.ts';
import { showNewRegistration, showRegistration } from './view.ts';

type Ids = 'listRegistrations' | 'createRegistration' | 'getRegistration' | 'deleteRegistration';

export function registrationHandlers(world: World): Handlers<Ids> {
  const { store, now, issuers, actorOf } = world;
  return {
    listRegistrations: ofIssuer(world, async (issuer, request, reply) => {
      const query = readQuery(registrationsQuery, request.query);
      if (!query.ok) return sendRefusal(reply, refusal('invalid', query.problems));
      const organization = await findOrganization(issuer, idOf(request));
      if (organization === undefined) return sendRefusal(reply, missing('organization', idOf(request)));
      const { limit, cursor } = query.value;
      const after = cursor === undefined ? undefined : { created_at: cursor[1], id: cursor[2] };
      const { items, next } = await readPage(
        limit,
        (size) => listRegistrations(issuer, organization.id, size, after),
        ({ createdAt, id }) => ['registrations', createdAt, id],
      );
      return reply.send({ registrations: items.map((item) => showRegistration(item, now())), next });
    }),
    createRegistration: ofIssuer(world, async (issuer, request, reply) => {
      const key = idempotencyKey(request);
      if (key === 'unreadable') {
        return sendProblem(reply, 400, 'Idempotency-Key is one string of 1 to 255 visible characters, best in quotes');
      }
      return change(reply, {
        body: readRegistration(issuer, request.body),
        check: (known) => checkRegistration(issuer, known),
        apply: (body) => create(issuer, body, key?.value),
        show: (outcome) => showCreated(reply, outcome, now()),
      });
    }),
    getRegistration: async (request, reply) => {
      const found = await findRegistration(store, idOf(request));
      return found === undefined ? sendRefusal(reply, gone(request)) : reply.send(showRegistration(found, now()));
    },
    deleteRegistration: async (request, reply) => {
      const found = await findRegistration(store, idOf(request));
      const issuer = issuers.find(({ settings }) => settings.name === found?.issuer);
      if (found === undefined || issuer === undefined) return sendRefusal(reply, gone(request));
      const removed = await unregister({ ...issuer, actor: actorOf(request) }, found);
      return removed ? reply.code(204).send() : sendRefusal(reply, gone(request));
    },
  };
}

async function create(
  issuer: Issuer,
  body: RegistrationRequest,
  key: string | undefined,
): Promise<Outcome<RegisteredOnce>> {
  if (key !== undefined) return registerOnce(issuer, body, key);
  const outcome = await register(issuer, body);
  return outcome.ok ? done({ kind: 'made', made: outcome.value }) : outcome;
}

/** Only what was made now has a credential to show. */
function showCreated(reply: FastifyReply, outcome: RegisteredOnce, now: number) {
  const { id } = outcome.kind === 'made' ? outcome.made.registration : outcome.registration;
  void reply.code(outcome.kind === 'made' ? 201 : 200).header('location', `/admin/registrations/${id}`);
  return outcome.kind === 'made' ? showNewRegistration(outcome.made, now) : showRegistration(outcome.registration, now);
}

function gone(request: FastifyRequest): Refusal {
  return missing('registration', idOf(request), 'the audit has what was revoked: GET /admin/audit?registration=…');
}

/**
 * A string as in RFC 8941, section 3.3.3, in quotes. Many clients leave them off, so what needs none is taken without.
 * Two headers come joined by a comma, and are none.
 */
function idempotencyKey(request: FastifyRequest): { readonly value: string } | undefined | 'unreadable' {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = String(header).trim();
  const quoted = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/.exec(text)?.[1]?.replace(/\\(["\\])/g, '$1');
  const value = quoted ?? /^[A-Za-z0-9._~:/+=-]+$/.exec(text)?.[0];
  return value === undefined || value.length > 255 ? 'unreadable' : { value };
}
