/** Traces in the configuration: `{ otlp_url: http://127.0.0.1:4318/v1/traces }`. Without it there are none. */

import { z } from 'zod';
import { type Problem, problem } from '../../claims/problem.ts';
import { checkedBy } from '../../issuer/shape.ts';

const RATIO = 'a part of all traces, from 0 to 1';

export const tracesShape = {
  otlp_url: checkedBy(z.string(), checkOtlpUrl).describe('e.g. http://127.0.0.1:4318/v1/traces'),
  sample_ratio: z.number(RATIO).min(0, RATIO).max(1, RATIO).default(1),
};

export interface TracesConfig {
  /** Where spans are sent (OTLP over HTTP). */
  readonly otlpUrl: string;
  /** Of the traces that begin here, from 0 to 1; for others the caller has decided. */
  readonly sampleRatio: number;
}

export function tracesOf(document: z.infer<z.ZodObject<typeof tracesShape>>): TracesConfig {
  return { otlpUrl: document.otlp_url, sampleRatio: document.sample_ratio };
}

const HINT = 'write http://host:4318/v1/traces; headers are in OTEL_EXPORTER_OTLP_HEADERS';

/** Does not quote it: there may be a password in it. */
function checkOtlpUrl(text: string): Problem[] {
  if (!URL.canParse(text)) return [problem([], 'this is no URL', HINT)];
  const { protocol, pathname, username, password, search, hash } = new URL(text);
  if (!/^https?:$/.test(protocol)) return [problem([], 'this is no URL of http or https', HINT)];
  if (username + password + search + hash !== '') return [problem([], 'this has more than a host and a path', HINT)];
  return pathname === '/' ? [problem([], 'this has no path, and nothing is sent to the root', HINT)] : [];
}
