import { SECONDS_BOUNDS, type Counter, type Histogram, type Metrics } from '@taffrail/platform/metrics';
import type { Clock } from '@taffrail/platform/clock';
import { beginFor, type Span, type Tracer } from '@taffrail/platform/tracer';
import type { RequestContext } from './command.ts';

/** A commit on its way, as it is watched. */
export interface ObservedCommit {
  /** `revisions` are those of each command's last event, in their order; undefined for a command without events. */
  stored(revisions: readonly (number | undefined)[]): void;
  /** Someone else wrote; its commands are decided again. */
  lostFence(): void;
  /** The log took nothing. */
  refused(error: Error): void;
}

export interface CommitSize {
  readonly sequence: number;
  readonly events: number;
  readonly bytes: number;
}

const BYTES_BOUNDS = [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const COUNT_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/**
 * Counts and traces what a ledger does. Each command has spans of its own for its decision and for the commit it is part
 * of; the append, which is one for all of them, hangs below the first one's and is linked to the others'.
 */
export class CommitObserver {
  readonly #log: string;
  readonly #clock: Clock;
  readonly #tracer: Tracer;
  readonly #commits: Counter;
  readonly #events: Histogram;
  readonly #bytes: Histogram;
  readonly #seconds: Histogram;

  constructor(log: string, clock: Clock, tracer: Tracer, metrics: Metrics) {
    this.#log = log;
    this.#clock = clock;
    this.#tracer = tracer;
    const labels = ['log'];
    this.#commits = metrics.counter('taffrail_commits_total', 'Commits by what became of them.', ['log', 'outcome']);
    this.#events = metrics.histogram('taffrail_commit_events', 'Events in a stored commit.', COUNT_BOUNDS, labels);
    this.#bytes = metrics.histogram('taffrail_commit_bytes', 'Bytes of a stored commit.', BYTES_BOUNDS, labels);
    const seconds = 'Time from handing a commit to the log until it is durable.';
    this.#seconds = metrics.histogram('taffrail_commit_duration_seconds', seconds, SECONDS_BOUNDS, labels);
  }

  /** Ended by the caller when the decision is made. Undefined when nobody traces the request. */
  decision(request: RequestContext, command: string): Span | undefined {
    if (!this.#tracer.on) return undefined;
    const span = this.#tracer.begin(`decide ${command}`, 'internal', request.cause.traceparent);
    span.set('taffrail.log', this.#log);
    return span;
  }

  commit(requests: readonly RequestContext[], size: CommitSize): ObservedCommit {
    const startMs = this.#clock.monotonicMs();
    const own = this.#tracer.on
      ? requests.map(({ cause }) => this.#tracer.begin('commit', 'internal', cause.traceparent))
      : [];
    const spans = own.length > 0 ? [this.#append(own, size), ...own] : [];
    const over = (outcome: string): void => {
      this.#commits.add(1, this.#log, outcome);
      for (const span of spans) span.end();
    };
    return {
      stored: (revisions) => {
        this.#seconds.observe((this.#clock.monotonicMs() - startMs) / 1000, this.#log);
        this.#events.observe(size.events, this.#log);
        this.#bytes.observe(size.bytes, this.#log);
        for (const [at, revision] of revisions.entries()) {
          if (revision !== undefined) own[at]?.set('taffrail.revision', revision);
        }
        over('stored');
      },
      lostFence: () => {
        for (const span of spans) span.set('taffrail.lost_fence', true);
        over('lost-fence');
      },
      refused: (error) => {
        for (const span of spans) span.fail(error.message);
        over('refused');
      },
    };
  }

  #append(own: readonly Span[], size: CommitSize): Span {
    const causes = own.map(({ traceparent }) => traceparent);
    const append = beginFor(this.#tracer, `append ${this.#log}`, 'producer', causes);
    append.set('taffrail.commit.bytes', size.bytes);
    for (const span of [...own, append]) {
      span.set('taffrail.log', this.#log);
      span.set('taffrail.sequence', size.sequence);
      span.set('taffrail.commit.events', size.events);
    }
    return append;
  }
}
