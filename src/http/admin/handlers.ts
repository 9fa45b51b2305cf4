/** What the handlers of the admin API have in common. */

import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Problem } from '../../claims/problem.ts';
import { type Outcome, missing, refusal } from '../../issuer/outcome.ts';
import { type Issuer } from '../../issuer/settings.ts';
import { type Store } from '../../store/store.ts';
import { sendRefusal } from '../problem.ts';
import { type Guard } from './guard.ts';
import { type OperationId } from './operations.ts';
import { type Body } from './requests.ts';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** One for each operation, so that none is forgotten. */
export type Handlers<K extends OperationId = OperationId> = Readonly<Record<K, Handler>>;

/** What the handlers work on. */
export interface World {
  readonly issuers: readonly Issuer[];
  readonly store: Store;
  /** Whole seconds since 1970. */
  readonly now: () => number;
  readonly actorOf: Guard['actorOf'];
}

interface Named {
  readonly issuer?: string;
  readonly id?: string;
}

export type IssuerHandler = (issuer: Issuer, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Finds the issuer that the path names, working on behalf of whoever asks. */
export function ofIssuer({ issuers, actorOf }: World, handler: IssuerHandler): Handler {
  return async (request, reply) => {
    const name = (request.params as Named).issuer ?? '';
    const issuer = issuers.find(({ settings }) => settings.name === name);
    if (issuer === undefined) return sendRefusal(reply, missing('issuer', name));
    return handler({ ...issuer, actor: actorOf(request) }, request, reply);
  };
}

export function idOf(request: FastifyRequest): string {
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
export async function change<B, K, T>(
  reply: FastifyReply,
  { body, check, apply, show }: Change<B, K, T>,
): Promise<FastifyReply> {
  const { whole, known } = body;
  if (!whole.ok) return sendRefusal(reply, refusal('invalid', [...whole.problems, ...(await check(known))]));
  const outcome = await apply(whole.value);
  return outcome.ok ? reply.send(show(outcome.value)) : sendRefusal(reply, outcome);
}
