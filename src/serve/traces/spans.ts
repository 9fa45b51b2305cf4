/** Spans inside of requests that are traced. Outside of them, as in the refresh of the keys, there are none. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type Span, type SpanOptions, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { IssuerFault } from '../../store/fault.ts';

export interface Spans {
  readonly tracer: Tracer;
  /** Goes on in the context of a request, or of a span in it. */
  readonly within: <T>(context: Context, run: () => T) => T;
  /** A span around a call, which ends when its promise does. */
  readonly around: <T>(name: string, options: SpanOptions, call: () => Promise<T>) => Promise<T>;
}

export function createSpans(tracer: Tracer): Spans {
  const contexts = new AsyncLocalStorage<Context>();
  return {
    tracer,
    within: (context, run) => contexts.run(context, run),
    around: async (name, options, call) => {
      const parent = contexts.getStore();
      if (parent === undefined) return call();
      const span = tracer.startSpan(name, options, parent);
      try {
        return await contexts.run(trace.setSpan(parent, span), call);
      } catch (thrown) {
        fail(span, kindOf(thrown));
        throw thrown;
      } finally {
        span.end();
      }
    },
  };
}

/** By what kind of error it is alone: messages can quote what was asked for. */
export function fail(span: Span, kind: string): void {
  span.setAttribute('error.type', kind).setStatus({ code: SpanStatusCode.ERROR });
}

function kindOf(thrown: unknown): string {
  if (thrown instanceof IssuerFault) return thrown.code;
  return thrown instanceof Error ? thrown.name : 'unknown';
}

/** The same object, whose methods are in spans. Every one of them returns a promise. */
export function eachAround<T extends object>(
  { around }: Spans,
  target: T,
  describe: (method: string) => { readonly name: string; readonly options: SpanOptions },
): T {
  const methods = Object.entries(target).map(([method, call]: [string, (...args: unknown[]) => Promise<unknown>]) => {
    const { name, options } = describe(method);
    return [method, (...args: unknown[]) => around(name, options, () => call.apply(target, args))];
  });
  return Object.fromEntries(methods) as T;
}
