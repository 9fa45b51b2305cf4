/** The routes of the admin API. */

import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Problem, problem } from '../claims/problem.ts';
import { latestAudit } from '../issuer/audit.ts';
import { keyStatus, replaceKeys, resealKeys, rotateKeys } from '../issuer/keys.ts';
import { checkConfiguration, findOrganization, putOrganization } from '../issuer/organization.ts';
import { type Outcome, missing, refusal } from '../issuer/outcome.ts';
import { previewSubjects } from '../issuer/preview.ts';
import { checkRegistration, findRegistration, register, unregister } from '../issuer/registration.ts';
import { type Issuer } from '../issuer/settings.ts';
import { IssuerFault } from '../store/fault.ts';
import { type Store } from '../store/store.ts';
import {
  type Body,
  readAuditQuery,
  readConfiguration,
  readName,
  readPreview,
  readRegistration,
} from './admin-schema.ts';
import { showAudit, showKeys, showOrganization, showPreviews, showRegistration } from './admin-view.ts';
import { sendProblem, sendRefusal } from './problem.ts';

interface Named {
  readonly issuer?: string;
  readonly id?: string;
}

type Handler = (issuer: Issuer, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Finds the issuer that the path names. */
function ofIssuer(issuers: readonly Issuer[], handler: Handler) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const name = (request.params as Named).issuer ?? '';
    const issuer = issuers.find(({ settings }) => settings.name === name);
    return issuer === undefined ? sendRefusal(reply, missing('issuer', name)) : handler(issuer, request, reply);
  };
}

function idOf(request: FastifyRequest): string {
  return (request.params as Named).id ?? '';
}

interface Change<B, K, T> {
  readonly body: Body<B, K>;
  /** What else is wrong with a body whose shape is: a caller corrects everything at once. */
  readonly check: (known: K) => readonly Problem[] | Promise<readonly Problem[]>;
  readonly apply: (body: B) => Promise<Outcome<T>>;
  readonly show: (value: T) => unknown;
}

/** Does the change and shows what became of it. */
async function change<B, K, T>(
  reply: FastifyReply,
  { body, check, apply, show }: Change<B, K, T>,
): Promise<FastifyReply> {
  const { whole, known } = body;
  if (!whole.ok) return sendRefusal(reply, refusal('invalid', [...whole.problems, ...(await check(known))]));
  const outcome = await apply(whole.value);
  return outcome.ok ? reply.send(show(outcome.value)) : sendRefusal(reply, outcome);
}

export function organizationRoutes(scope: FastifyInstance, issuers: readonly Issuer[]): void {
  const path = '/issuers/:issuer/organizations/:id';
  scope.get(
    path,
    ofIssuer(issuers, async (issuer, request, reply) => {
      const found = await findOrganization(issuer, idOf(request));
      if (found === undefined) return sendRefusal(reply, missing('organization', idOf(request)));
      return reply.header('etag', `"${found.version}"`).send(showOrganization(found));
    }),
  );
  scope.put(
    path,
    ofIssuer(issuers, async (issuer, request, reply) => {
      const id = readName(idOf(request));
      if (!id.ok) return sendRefusal(reply, refusal('invalid', id.problems));
      const expected = expectedVersion(request.headers['if-match']);
      if (expected === 'unreadable') {
        return sendProblem(reply, 400, 'If-Match is the ETag of the organization: its version in quotes');
      }
      return change(reply, {
        body: readConfiguration(issuer, request.body),
        check: (known) => checkConfiguration(issuer, known),
        apply: (configuration) => putOrganization(issuer, id.value, configuration, expected),
        show: (organization) => {
          void reply.header('etag', `"${organization.version}"`);
          return showOrganization(organization);
        },
      });
    }),
  );
  scope.post(
    '/issuers/:issuer/subject-preview',
    ofIssuer(issuers, (issuer, request, reply) =>
      change(reply, {
        body: readPreview(issuer, request.body),
        check: (known) => checkConfiguration(issuer, known),
        apply: ({ organization, configuration }) => previewSubjects(issuer, organization, configuration),
        show: showPreviews,
      }),
    ),
  );
}

/** RFC 9110, section 13.1.1: change only the version that the caller has read. */
function expectedVersion(header: string | undefined): number | undefined | 'unreadable' {
  if (header === undefined) return undefined;
  const version = /^"([0-9]{1,15})"$/.exec(header)?.[1];
  return version === undefined ? 'unreadable' : Number(version);
}

export function registrationRoutes(scope: FastifyInstance, issuers: readonly Issuer[], store: Store): void {
  scope.post(
    '/issuers/:issuer/registrations',
    ofIssuer(issuers, (issuer, request, reply) =>
      change(reply, {
        body: readRegistration(issuer, request.body),
        check: (known) => checkRegistration(issuer, known),
        apply: (body) => register(issuer, body),
        show: ({ registration, subject, credential }) => {
          void reply.code(201).header('location', `/admin/registrations/${registration.id}`);
          return { ...showRegistration(registration), subject, credential };
        },
      }),
    ),
  );
  scope.get('/registrations/:id', async (request, reply) => {
    const found = await findRegistration(store, idOf(request));
    return found === undefined
      ? sendRefusal(reply, missing('registration', idOf(request)))
      : reply.send(showRegistration(found));
  });
  scope.delete('/registrations/:id', async (request, reply) => {
    const found = await findRegistration(store, idOf(request));
    const issuer = issuers.find(({ settings }) => settings.name === found?.issuer);
    const removed = found !== undefined && issuer !== undefined && (await unregister(issuer, found));
    return removed ? reply.code(204).send() : sendRefusal(reply, missing('registration', idOf(request)));
  });
}

export function keyRoutes(scope: FastifyInstance, issuers: readonly Issuer[]): void {
  scope.get(
    '/issuers/:issuer/keys',
    ofIssuer(issuers, async (issuer, _request, reply) => {
      await issuer.ring.refresh();
      return reply.send(showKeys(keyStatus(issuer)));
    }),
  );
  const post = (path: string, handler: Handler) =>
    scope.post(`/issuers/:issuer/keys/${path}`, ofIssuer(issuers, tellingFaults(handler)));
  post('rotate', async (issuer, request, reply) => {
    const rotated = await rotateKeys(issuer);
    if (!rotated.ok) return sendRefusal(reply, rotated);
    request.log.warn({ issuer: issuer.settings.name }, 'keys rotated');
    return reply.send(showKeys(rotated.value));
  });
  post('replace', async (issuer, request, reply) => {
    const keys = await replaceKeys(issuer);
    request.log.warn({ issuer: issuer.settings.name }, 'keys replaced: tokens that are out are unverifiable');
    return reply.send(showKeys(keys));
  });
  post('reseal', async (issuer, request, reply) => {
    const resealed = await resealKeys(issuer);
    request.log.warn({ issuer: issuer.settings.name, resealed }, 'private keys sealed again');
    return reply.send({ resealed });
  });
}

/** Why a key could not be made or sealed, and what to do, is for whoever asked for it. */
function tellingFaults(handler: Handler): Handler {
  return async (issuer, request, reply) => {
    try {
      return await handler(issuer, request, reply);
    } catch (thrown) {
      if (!(thrown instanceof IssuerFault)) throw thrown;
      request.log.error({ err: thrown, issuer: issuer.settings.name }, 'the keys are as they were');
      const status = thrown.code === 'no-free-key' ? 409 : 503;
      return sendProblem(reply, status, thrown.message, [problem([], thrown.message, thrown.hint)]);
    }
  };
}

export function auditRoutes(scope: FastifyInstance, store: Store): void {
  scope.get('/audit', async (request, reply) => {
    const query = readAuditQuery(request.query);
    if (!query.ok) return sendRefusal(reply, refusal('invalid', query.problems));
    return reply.send(showAudit(await latestAudit(store, query.value.limit)));
  });
}
