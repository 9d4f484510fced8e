import type { ParseArgsConfig } from 'node:util';
import type { Clock } from '@taffrail/platform/clock';
import { environmentVariable } from '@taffrail/platform/environment';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import { measureProcess } from '@taffrail/platform/process-metrics';
import { noTracer, type Tracer } from '@taffrail/platform/tracer';
import { parseMetricsAddress, serveMetrics, type MetricsAddress } from './metrics-server.ts';

/** What a component was told about telemetry. */
export interface TelemetryFlags {
  /** Where `/metrics` is served, without authentication; undefined for nowhere. */
  readonly metricsAddress?: MetricsAddress;
  /** Base URL of an OTLP/HTTP collector; undefined when nothing is sent. */
  readonly otlpEndpoint?: string;
  /** Share of traces that are recorded. */
  readonly sampleRatio: number;
}

/** The options of every component, for parseArgs. */
export const TELEMETRY_OPTIONS = {
  'metrics-address': { type: 'string' },
  'otlp-endpoint': { type: 'string' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

export interface TelemetryValues {
  readonly 'metrics-address'?: string | undefined;
  readonly 'otlp-endpoint'?: string | undefined;
}

/**
 * Checks the values of the flags and of OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT,
 * OTEL_TRACES_SAMPLER_ARG). Returns one sentence when they make no sense.
 */
export function telemetryFlags(values: TelemetryValues): TelemetryFlags | string {
  const metrics = values['metrics-address'];
  const metricsAddress = metrics === undefined ? undefined : parseMetricsAddress(metrics);
  if (metrics !== undefined && metricsAddress === undefined) {
    return `--metrics-address is an IPv4 address and a port such as 127.0.0.1:9464, not "${metrics}"`;
  }
  const endpoint = values['otlp-endpoint'] ?? environmentVariable('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint !== undefined && !isHttpUrl(endpoint)) {
    return `the OTLP endpoint is an http or https URL such as http://127.0.0.1:4318, not "${endpoint}"`;
  }
  const ratio = environmentVariable('OTEL_TRACES_SAMPLER_ARG') ?? '1';
  const sampleRatio = Number(ratio);
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
    return `OTEL_TRACES_SAMPLER_ARG is a share from 0 to 1, not "${ratio}"`;
  }
  return {
    sampleRatio,
    ...(metricsAddress === undefined ? {} : { metricsAddress }),
    ...(endpoint === undefined ? {} : { otlpEndpoint: endpoint }),
  };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A component's view of itself, and how others see it. */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

/**
 * Starts what a component tells of itself. Metrics are always counted, for whoever scrapes them. OpenTelemetry is loaded
 * only when there is a collector: without one no span is ever made and its code is not even read.
 * Throws OperatingError when the metrics' port is taken.
 */
export async function startTelemetry(options: {
  readonly component: string;
  /** What tells this process from others of its kind, e.g. the node's name. */
  readonly instance?: string;
  readonly flags: TelemetryFlags;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<Telemetry> {
  const { component, instance, flags, clock, logger } = options;
  const metrics = new Metrics();
  measureProcess(metrics, clock);
  const { metricsAddress } = flags;
  const server = metricsAddress === undefined ? undefined : await serveMetrics(metrics, metricsAddress);
  if (server !== undefined) logger.info({ address: metricsAddress?.host, port: server.port }, 'metrics are served');
  const { otlpEndpoint: endpoint, sampleRatio } = flags;
  if (endpoint === undefined) {
    return { tracer: noTracer, metrics, close: async () => server?.close() };
  }
  const { openOtlp } = await import('./otlp.ts');
  const attributes = {
    'service.name': `taffrail-${component}`,
    'service.namespace': 'taffrail',
    'service.instance.id': instance ?? String(process.pid),
    'process.pid': process.pid,
  };
  const otlp = openOtlp({ endpoint, sampleRatio, attributes, metrics, clock, logger });
  logger.info({ endpoint, sampleRatio }, 'traces and metrics are sent to a collector');
  return {
    tracer: otlp.tracer,
    metrics,
    async close() {
      server?.close();
      await otlp.close();
    },
  };
}
