/** The log: JSON lines, in which nothing secret may appear. */

import { type DestinationStream, pino } from 'pino';
import { type FastifyBaseLogger } from 'fastify';
import { IssuerFault } from '../store/fault.ts';

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

/** What is logged: this and whatever is worse. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The value of a variable; one that is unset or empty is `info`. Throws `IssuerFault`. */
export function readLogLevel(variable: string, value = ''): LogLevel {
  if (value === '') return 'info';
  const level = LOG_LEVELS.find((known) => known === value);
  if (level !== undefined) return level;
  throw new IssuerFault(
    'bad-configuration',
    `there is no log level \`${value}\`, which ${variable} asks for`,
    `${variable} is one of: ${LOG_LEVELS.join(', ')}.`,
  );
}

export function createLog(destination: DestinationStream, level: LogLevel = 'info'): FastifyBaseLogger {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination);
}
