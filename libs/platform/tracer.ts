/** What a span is to its trace, as OpenTelemetry divides them. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A step of work in a trace. */
export interface Span {
  /** The span as the parent of others, in W3C form; what it was begun with when nothing is recorded. */
  readonly traceparent: string;
  set(attribute: string, value: string | number | boolean): void;
  /** Names another span, perhaps of another trace, that this work was done for as well. */
  link(traceparent: string): void;
  /** Marks the work as failed, with a sentence that says how. */
  fail(message: string): void;
  end(): void;
}

/**
 * Makes spans. The whole product knows no more of tracing than this: contexts are handed on as W3C texts, which is also how
 * events carry them, so a trace goes on wherever its event is read.
 */
export interface Tracer {
  /** False when nothing is recorded: whoever would prepare attributes can spare itself the work. */
  readonly on: boolean;
  /**
   * Begins a span below `parent` ('' for a trace of its own). `startMs` is for work that began before it was known to
   * belong to a trace (epoch milliseconds).
   */
  begin(name: string, kind: SpanKind, parent: string, startMs?: number): Span;
}

class UnrecordedSpan implements Span {
  readonly traceparent: string;
  constructor(traceparent: string) {
    this.traceparent = traceparent;
  }
  set(): void {}
  link(): void {}
  fail(): void {}
  end(): void {}
}

const NO_SPAN: Span = Object.freeze(new UnrecordedSpan(''));

/** Records nothing and makes nothing: the same span for everyone. */
export const noTracer: Tracer = Object.freeze({ on: false, begin: () => NO_SPAN });

/**
 * Begins a span for work that has several causes: the first one, which is also the one the log will name, is its parent,
 * the others are links. Work without a recorded cause is a trace of its own.
 */
export function beginFor(tracer: Tracer, name: string, kind: SpanKind, causes: readonly string[]): Span {
  const [first = '', ...others] = causes;
  const span = tracer.begin(name, kind, first);
  for (const other of others) span.link(other);
  return span;
}
