/** The bodies of the admin API: none, or JSON in which no name is there twice. */

import { type FastifyInstance, errorCodes } from 'fastify';
import { parseStrictJson } from '../../issuer/strict-json.ts';
import { MalformedBody } from '../problem.ts';

/**
 * Requests that need no body often come with the type of one, since clients set it for all of theirs: an empty body is
 * none, whatever its type. Any other is JSON. Names that differ in their case alone are refused as well: what is nested
 * in a fact goes into tokens, and relying parties would read one or the other.
 */
export function takeStrictJson(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') {
      done(null);
      return;
    }
    const read = parseStrictJson(body, { folded: true });
    // Fastify's own parser is still the one that yields the value, because it takes no `__proto__`.
    if (read.ok) void parseJson(request, body, done);
    else done(new MalformedBody(read.problems));
  });
  scope.addContentTypeParser<string>('*', { parseAs: 'string' }, (_request, body, done) => {
    done(body === '' ? null : new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE());
  });
}
