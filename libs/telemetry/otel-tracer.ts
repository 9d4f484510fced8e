import {
  ROOT_CONTEXT,
  SpanKind as OtelKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { limits } from '@taffrail/platform/limits';
import { formatTraceparent, parseTraceparent } from '@taffrail/platform/traceparent';
import type { Span, SpanKind, Tracer } from '@taffrail/platform/tracer';

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
};

/** The product's tracer over OpenTelemetry's. */
export function otelTracer(otel: OtelTracer): Tracer {
  return {
    on: true,
    begin(name, kind, parent, startMs) {
      const above = contextOf(parent);
      const within = above === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, above);
      const options = { kind: KINDS[kind], ...(startMs === undefined ? {} : { startTime: startMs }) };
      return new RecordedSpan(otel.startSpan(name, options, within), parent);
    },
  };
}

class RecordedSpan implements Span {
  readonly traceparent: string;
  readonly #span: OtelSpan;
  /** Spans already named, so that a cause which comes twice is one link. */
  readonly #linked: Set<string>;

  constructor(span: OtelSpan, parent: string) {
    this.#span = span;
    this.#linked = new Set([parent]);
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = formatTraceparent({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 });
  }

  set(attribute: string, value: string | number | boolean): void {
    this.#span.setAttribute(attribute, value);
  }

  link(traceparent: string): void {
    if (this.#linked.has(traceparent) || this.#linked.size > limits.spanLinksCount) return;
    this.#linked.add(traceparent);
    const context = contextOf(traceparent);
    if (context !== undefined) this.#span.addLink({ context });
  }

  fail(message: string): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  end(): void {
    this.#span.end();
  }
}

function contextOf(traceparent: string): SpanContext | undefined {
  const parsed = parseTraceparent(traceparent);
  if (parsed === undefined) return undefined;
  const { traceId, spanId, sampled } = parsed;
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
}
