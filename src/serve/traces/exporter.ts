/** Spans on their way to a collector: in batches, beside the requests, and dropped where nobody takes them. */

import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type FastifyBaseLogger } from 'fastify';
import { reasonOf } from '../../store/fault.ts';
import { type TracesConfig } from './shape.ts';

/** For one batch, with what is tried again; an end of the process waits that long at most. */
export const EXPORT_MILLISECONDS = 3_000;

/** Spans that wait. What comes while so many do is dropped: a collector that is away costs this much memory, and no more. */
export const WAITING_SPANS = 2_048;

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before the name here. */
export function openProvider({ otlpUrl, sampleRatio }: TracesConfig, log: FastifyBaseLogger): TracerProvider {
  const exporter = new OTLPTraceExporter({ url: otlpUrl, timeoutMillis: EXPORT_MILLISECONDS });
  return new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'idp-issuer' }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: tellingFailures(exporter, new URL(otlpUrl).host, log),
        maxQueueSize: WAITING_SPANS,
        exportTimeoutMillis: EXPORT_MILLISECONDS,
      }),
    ],
  });
}

/** Says once that nothing can be sent, and once that it can again. */
function tellingFailures(exporter: SpanExporter, collector: string, log: FastifyBaseLogger): SpanExporter {
  let failing = false;
  const tell = (result: ExportResult) => {
    const failed = result.code === ExportResultCode.FAILED;
    if (failed && !failing) {
      log.warn({ collector, reason: reasonFor(result.error) }, 'traces cannot be sent, and are dropped');
    }
    if (!failed && failing) log.info({ collector }, 'traces are sent again');
    failing = failed;
  };
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        tell(result);
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** A status of HTTP, or what an error of the system means. */
function reasonFor(error: Error | undefined): string {
  const status = error !== undefined && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
  return status === undefined ? reasonOf(error) : `it answered HTTP ${status}`;
}
