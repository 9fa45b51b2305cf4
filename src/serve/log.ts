/** The log: JSON lines, in which nothing secret may appear. */

import { type DestinationStream, pino } from 'pino';
import { type FastifyBaseLogger } from 'fastify';

/** Nothing logs these on purpose; a whole request or body that somebody logs one day must not leak them either. */
const SECRETS = [
  'authorization',
  'credential',
  'subject_token',
  'access_token',
  'token',
  'handle',
  'privateKey',
  'key',
];

export function createLog(destination: DestinationStream, level = 'info'): FastifyBaseLogger {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination);
}
