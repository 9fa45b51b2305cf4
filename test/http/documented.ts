/** Holds every answer of the admin API against its OpenAPI document. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../src/http/admin/openapi.ts';

interface Documented {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Documented>> }>>>
  >;
  readonly components: object;
}

export const DOCUMENT = openApiDocument() as unknown as Document;

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: 'document', components: DOCUMENT.components });
const compiled = new Map<object, ValidateFunction>();

/** References are from the root of the document. */
function validator(schema: object): ValidateFunction {
  const made = compiled.get(schema) ?? ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
  compiled.set(schema, made);
  return made;
}

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
}

/** What the document does not say of an answer; nothing where it is as documented. Of other paths it says nothing. */
export function undocumented(method: string, url: string, { status, type, text }: Answer): string | undefined {
  const path = url.split('?', 1)[0] ?? '';
  const template = Object.keys(DOCUMENT.paths).find((known) =>
    new RegExp(`^${known.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  const operation = template === undefined ? undefined : DOCUMENT.paths[template]?.[method.toLowerCase()];
  if (operation === undefined) return undefined;
  const response = operation.responses[status] ?? (status >= 500 ? operation.responses.default : undefined);
  if (response === undefined) return `${method} ${path} answers ${status}`;
  const [media, body] = Object.entries(response.content ?? {})[0] ?? [];
  if (media === undefined || body === undefined) return text === '' ? undefined : `${method} ${path} has a body`;
  if (type?.split(';', 1)[0] !== media) return `${method} ${path} answers ${String(type)}`;
  const validate = validator(body.schema);
  return validate(JSON.parse(text)) ? undefined : `${method} ${path}: ${ajv.errorsText(validate.errors)}: ${text}`;
}
