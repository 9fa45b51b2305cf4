/** The OpenAPI document of the admin API (OpenAPI Specification 3.1.1), made from the operations and their schemas. */

import { z } from 'zod';
import { ANSWERS, problem } from './answers.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { REQUESTS } from './requests.ts';

type Json = Readonly<Record<string, unknown>>;

/** Of the API, not of the program. */
const VERSION = '1';

/** Problems by status, in the words of the API. */
const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The path, a header or the body cannot be parsed, or a name is there twice.',
  401: 'The bearer is missing, or is nobody who may use this API.',
  403: 'A reader may not change anything.',
  404: 'What the path names is not there.',
  409: 'It cannot be done in this state.',
  412: 'Somebody else has changed it meanwhile.',
  413: 'The body is too large.',
  414: 'A name in the path is too long.',
  415: 'The body is no JSON.',
  422: 'The request can never succeed: `errors` has every mistake.',
  429: 'Too many requests of this address were refused: `Retry-After` says when to come back.',
  503: 'What this needs, such as the keys of an OIDC issuer, is away now.',
};

const uri = (id: string): string => `#/components/schemas/${id}`;

export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [operationId, operation] of Object.entries<Operation>(OPERATIONS)) {
    const path = `/admin${operation.path}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: { operationId, ...describe(operation) } };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Admin API of idp issuer',
      version: VERSION,
      description: 'Organizations, registrations, keys and the audit of an issuer. Times are seconds since 1970.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'The admin token, or a JWT of an admitted OIDC issuer.',
        },
      },
      schemas: { ...schemasOf(ANSWERS, 'output'), ...schemasOf(REQUESTS, 'input') },
    },
  };
}

function describe(operation: Operation): Json {
  const { summary, access, method, path, body, answers, problems } = operation;
  // A body is read before it is known that none is needed.
  const unread = [...(method === 'GET' ? [] : [400, 413, 415]), ...(path.includes('{') ? [400, 414] : [])];
  const statuses = [...new Set([401, ...(access === 'change' ? [403] : []), ...unread, ...problems, 429, 503])];
  return {
    summary,
    parameters: parametersOf(operation),
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonOf(referenceTo(REQUESTS, body)) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { what, schema, headers }]) => [
          status,
          {
            description: what,
            ...(schema === undefined ? {} : { content: jsonOf(referenceTo(ANSWERS, schema)) }),
            ...(headers === undefined ? {} : { headers: describeHeaders(headers) }),
          },
        ]),
      ),
      ...Object.fromEntries(statuses.map((status) => [status, problemWith(PROBLEMS[status] ?? '')])),
      default: problemWith('The issuer failed; its log says why.'),
    },
  };
}

function describeHeaders(headers: Readonly<Record<string, string>>): Json {
  const described = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return Object.fromEntries(described) as Json;
}

function problemWith(description: string): Json {
  return { description, content: { 'application/problem+json': { schema: referenceTo(ANSWERS, problem) } } };
}

const jsonOf = (schema: Json): Json => ({ 'application/json': { schema } });

function parametersOf({ path, query, headers = {} }: Operation): Json[] {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const written = query === undefined ? {} : (z.toJSONSchema(query, { io: 'input' }).properties ?? {});
  const asked = Object.entries(written).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
  const sent = Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...named, ...asked, ...sent];
}

type Registry = typeof ANSWERS;

/** Bounds that every JavaScript number has say nothing. */
function withoutSafeBounds({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function referenceTo(registry: Registry, schema: z.ZodType): Json {
  const id = registry.get(schema)?.id;
  if (id === undefined) throw new RangeError('a schema of an operation has no name');
  return { $ref: uri(id) };
}

/** `$schema` and `$id` are for documents of their own; here the dialect is that of OpenAPI, draft 2020-12 as well. */
function schemasOf(registry: Registry, io: 'input' | 'output'): Json {
  const { schemas } = z.toJSONSchema(registry, { io, uri, override: withoutSafeBounds });
  const own = (schema: Json) =>
    Object.fromEntries(Object.entries(schema).filter(([name]) => !/^\$(?:schema|id)$/.test(name)));
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, own(schema)]));
}
