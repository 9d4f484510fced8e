import { formatTraceparent, parseTraceparent } from '../traceparent.ts';
import type { Span, SpanKind, Tracer } from '../tracer.ts';

/** A span as it was made. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: string;
  readonly traceparent: string;
  readonly attributes: Map<string, string | number | boolean>;
  readonly links: string[];
  failure: string | undefined;
  ended: boolean;
}

/** Keeps every span it makes; ids count up. */
export function recordingTracer(): { readonly tracer: Tracer; readonly spans: readonly RecordedSpan[] } {
  const spans: RecordedSpan[] = [];
  const id = (length: number): string => String(spans.length + 1).padStart(length, '0');
  const begin = (name: string, kind: SpanKind, parent: string): Span => {
    const traceId = parseTraceparent(parent)?.traceId ?? id(32);
    const traceparent = formatTraceparent({ traceId, spanId: id(16), sampled: true });
    const span: RecordedSpan = {
      name,
      kind,
      parent,
      traceparent,
      attributes: new Map(),
      links: [],
      failure: undefined,
      ended: false,
    };
    spans.push(span);
    return {
      traceparent,
      set: (attribute, value) => void span.attributes.set(attribute, value),
      link: (other) => void span.links.push(other),
      fail: (message) => void (span.failure = message),
      end: () => void (span.ended = true),
    };
  };
  return { tracer: { on: true, begin }, spans };
}

/** A traceparent of someone else's making. */
export function someTraceparent(number: number): string {
  return formatTraceparent({
    traceId: `${number}`.padStart(32, 'a'),
    spanId: `${number}`.padStart(16, 'b'),
    sampled: true,
  });
}
