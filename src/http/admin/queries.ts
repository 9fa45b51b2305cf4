/** Lists page by page: how many, from where on, and which. */

import { z } from 'zod';
import { type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { AUDIT_KINDS } from '../../issuer/audit-entry.ts';
import { type Wording, readBy, readShape } from '../../issuer/shape.ts';
import { name } from './requests.ts';

const QUERY: Wording = { whole: 'the query', part: 'parameter', object: 'a list of parameters' };

const LIMIT = '`limit` is a whole number from 1 to 1000';
const limit = z
  .string(LIMIT)
  .regex(/^(?:[1-9][0-9]{0,2}|1000)$/, LIMIT)
  .transform(Number)
  .default(100)
  .meta({ type: 'integer', minimum: 1, maximum: 1000, pattern: undefined, description: 'How many; 100 if absent.' });

const TIME = 'a time is a whole number of seconds since 1970';
const time = z
  .string(TIME)
  .regex(/^(?:0|[1-9][0-9]{0,14})$/, TIME)
  .transform(Number);
const asInteger = { type: 'integer', minimum: 0, pattern: undefined };

const CURSOR = 'this is no cursor of this list';
const FROM = 'take `next` of the page before';

/** Opaque to clients: the name of the list, and what tells the place in it. Times and numbers are no secret here. */
function cursorOf<P extends z.ZodType>(position: P) {
  return readBy(z.string(CURSOR).max(1000, CURSOR), (text): Result<z.output<P>> => {
    const parsed = position.safeParse(decode(text));
    return parsed.success ? accept(parsed.data) : refuse(problem([], CURSOR, FROM));
  })
    .optional()
    .meta({ description: '`next` of the page before.' });
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const count = z.int().min(0);
const organizationPosition = z.tuple([z.literal('organizations'), name]);
const registrationPosition = z.tuple([z.literal('registrations'), count, name]);
const auditPosition = z.tuple([z.literal('audit'), count]);

type Position = z.infer<typeof organizationPosition | typeof registrationPosition | typeof auditPosition>;

export const organizationsQuery = z.strictObject({ limit, cursor: cursorOf(organizationPosition) });
export const registrationsQuery = z.strictObject({ limit, cursor: cursorOf(registrationPosition) });
export const auditQuery = z.strictObject({
  limit,
  cursor: cursorOf(auditPosition),
  issuer: name.optional(),
  organization: name.optional(),
  registration: name.optional(),
  kind: z.enum(AUDIT_KINDS).optional(),
  since: time.optional().meta({ ...asInteger, description: 'Seconds since 1970: from then on.' }),
  until: time.optional().meta({ ...asInteger, description: 'Seconds since 1970: before then.' }),
});

export function readQuery<S extends z.ZodType>(schema: S, query: unknown): Result<z.output<S>> {
  return readShape(schema, query, QUERY);
}

interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the next page; null at the end. */
  readonly next: string | null;
}

/**
 * One page, and whether there is another: so one more is read than is shown.
 * @param read yields so many at most
 * @param position where the next page begins, from the last of this one
 */
export async function readPage<T>(
  size: number,
  read: (limit: number) => Promise<readonly T[]>,
  position: (last: T) => Position,
): Promise<Page<T>> {
  const found = await read(size + 1);
  const items = found.slice(0, size);
  const last = found.length > size ? items.at(-1) : undefined;
  const next = last === undefined ? null : Buffer.from(JSON.stringify(position(last))).toString('base64url');
  return { items, next };
}
