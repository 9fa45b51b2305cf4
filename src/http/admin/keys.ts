/** Keys over the admin API. */

import { problem } from '../../claims/problem.ts';
import { keyStatus, replaceKeys, resealKeys, rotateKeys } from '../../issuer/keys.ts';
import { IssuerFault } from '../../store/fault.ts';
import { sendProblem, sendRefusal } from '../problem.ts';
import { type Handler, type Handlers, type IssuerHandler, type World, ofIssuer } from './handlers.ts';
import { showKeys } from './view.ts';

export function keyHandlers(world: World): Handlers<'listKeys' | 'rotateKeys' | 'replaceKeys' | 'resealKeys'> {
  const changing = (handler: IssuerHandler): Handler => ofIssuer(world, tellingFaults(handler));
  return {
    listKeys: ofIssuer(world, async (issuer, _request, reply) => {
      await issuer.ring.refresh();
      return reply.send(showKeys(keyStatus(issuer)));
    }),
    rotateKeys: changing(async (issuer, request, reply) => {
      const rotated = await rotateKeys(issuer);
      if (!rotated.ok) return sendRefusal(reply, rotated);
      request.log.warn({ issuer: issuer.settings.name }, 'keys rotated');
      return reply.send(showKeys(rotated.value));
    }),
    replaceKeys: changing(async (issuer, request, reply) => {
      const keys = await replaceKeys(issuer);
      request.log.warn({ issuer: issuer.settings.name }, 'keys replaced: tokens that are out are unverifiable');
      return reply.send(showKeys(keys));
    }),
    resealKeys: changing(async (issuer, request, reply) => {
      const resealed = await resealKeys(issuer);
      request.log.warn({ issuer: issuer.settings.name, resealed }, 'private keys sealed again');
      return reply.send({ resealed });
    }),
  };
}

/** Why a key could not be made or sealed, and what to do, is for whoever asked for it. */
function tellingFaults(handler: IssuerHandler): IssuerHandler {
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
