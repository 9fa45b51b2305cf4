// Replies of other parties: JSON in, the one shape we read out.
import type { z } from 'zod';
import { WorkloadFailure } from './failure.ts';

/** Parses a JSON reply against its schema; `where` names the address. The reply itself is never quoted: it may hold a token. */
export function parseReply<T>(body: string, schema: z.ZodType<T>, where: string): T {
  const parsed = schema.safeParse(jsonOrUndefined(body));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at "${issue.path.map(String).join('.')}"`;
  throw new WorkloadFailure(
    'reply-invalid',
    `${where} answered with something else than expected${at}`,
    'Check that the address is that of the service and not of a login page or proxy in front of it.',
  );
}

/** The value of a JSON text, or undefined where it is none. */
export function jsonOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
