import { diag } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Metrics } from '@taffrail/platform/metrics';
import type { Tracer } from '@taffrail/platform/tracer';
import { metricProducer } from './metric-producer.ts';
import { otelTracer } from './otel-tracer.ts';

export interface OtlpOptions {
  /** Base URL of an OTLP/HTTP collector, e.g. `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  /** The share of traces that are recorded, 0 to 1, decided where a trace begins. */
  readonly sampleRatio: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OtlpExport {
  readonly tracer: Tracer;
  /** Sends what waits and ends. A collector that is away loses it. */
  close(): Promise<void>;
}

/** Sends spans and metrics to a collector. A collector that does not answer costs what waits for it, and nothing else. */
export function openOtlp(options: OtlpOptions): OtlpExport {
  const { logger, sampleRatio } = options;
  sayOnce(logger);
  const base = options.endpoint.replace(/\/$/, '');
  const resource = resourceFromAttributes(options.attributes);
  const timeoutMillis = limits.telemetryRequestMs;
  const spans = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url: `${base}/v1/traces`, timeoutMillis }),
    maxQueueSize: limits.spanQueueCount,
    maxExportBatchSize: limits.spanBatchCount,
    scheduledDelayMillis: limits.spanExportMs,
    exportTimeoutMillis: timeoutMillis,
  });
  const tracers = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({
      root: sampleRatio >= 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(sampleRatio),
    }),
    spanLimits: { linkCountLimit: limits.spanLinksCount },
    spanProcessors: [spans],
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics`, timeoutMillis }),
    exportIntervalMillis: limits.metricExportMs,
    exportTimeoutMillis: timeoutMillis,
    metricProducers: [metricProducer(options.metrics, resource, options.clock)],
  });
  const meters = new MeterProvider({ resource, readers: [reader] });
  return {
    tracer: otelTracer(tracers.getTracer('taffrail')),
    async close() {
      const ended = await Promise.allSettled([tracers.shutdown(), meters.shutdown()]);
      for (const result of ended) {
        if (result.status === 'rejected') logger.warn({ error: messageOf(result.reason) }, 'telemetry was not sent');
      }
    },
  };
}

/** A collector that is away would be complained about with every batch. */
function sayOnce(logger: Logger): void {
  let said = false;
  const complain = (message: string): void => {
    logger[said ? 'debug' : 'warn']({ error: message.slice(0, 500) }, 'telemetry cannot be sent');
    said = true;
  };
  const nothing = (): void => undefined;
  diag.setLogger({ error: complain, warn: complain, info: nothing, debug: nothing, verbose: nothing });
}
