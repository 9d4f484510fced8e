import type { Random } from './random.ts';

/**
 * W3C Trace Context, version 00: `00-<trace id>-<parent id>-<flags>`. It is the one form in which the product hands a
 * trace on: in headers, in events and between functions. '' stands for none.
 */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const FORM = /^00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/;

export function isTraceparent(text: string): boolean {
  return FORM.test(text);
}

/** Undefined when the text is no traceparent. */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, traceId, spanId, flags] = FORM.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** A trace of its own that nobody records: its id still joins events and log lines. */
export function unrecordedTraceparent(random: Random): string {
  const hex = Buffer.from(random.bytes(24)).toString('hex');
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-00`;
}

/** What a log line says of the trace it belongs to, under the names OpenTelemetry gives them; nothing for no trace. */
export function traceFields(traceparent: string | undefined): {
  readonly trace_id?: string;
  readonly span_id?: string;
} {
  const parsed = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return parsed === undefined ? {} : { trace_id: parsed.traceId, span_id: parsed.spanId };
}
