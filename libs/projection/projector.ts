import type { CommitLog } from '@taffrail/log/commit-log';
import { chainChecks } from '@taffrail/log/chain-checks';
import type { CommitTail } from '@taffrail/log/commit-tail';
import type { Commit } from '@taffrail/log/commit';
import { hashOf } from '@taffrail/log/hash-chain';
import { recordedTraces } from '@taffrail/log/recorded-traces';
import { readVerified, type ReadStart } from '@taffrail/log/verified-reader';
import { wakeup } from '@taffrail/log/wakeup';
import type { WindowLog } from '@taffrail/log/window-log';
import { AssertionFailure } from '@taffrail/platform/assert';
import { backoff } from '@taffrail/platform/backoff';
import type { Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError, type OperatingErrorCode } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics, SECONDS_BOUNDS } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import { beginFor, noTracer, type Span, type Tracer } from '@taffrail/platform/tracer';
import { commitQueue, type CommitQueue } from './commit-queue.ts';
import { databaseFailure, type Database } from './database.ts';
import { readPosition } from './position.ts';
import { projectBatch } from './project-batch.ts';
import type { ProjectionPosition } from './read-model.ts';

/** How far the projection is behind what its projector has read. */
export interface ProjectorLag {
  readonly position: ProjectionPosition | undefined;
  readonly waitingCommits: number;
  readonly waitingBytes: number;
  /** Age of the oldest commit that waits, milliseconds; 0 when none does. */
  readonly behindMs: number;
}

/*
 * A transaction costs Postgres and us about as much as twenty events in it. So a commit that comes after a quiet time is
 * projected at once, and what comes after it is gathered for `limits.projectorGatherMs`, or until it is a whole batch, and
 * projected together; whoever wants to read the newest says so (`hurry`).
 */

/**
 * Keeps the projection of one log up to date, for as long as it is open: follows the log, verified, from the position
 * that stands in Postgres, and writes batches together with the new position. Any number of projectors may run
 * on one database: the position fences them. While Postgres or NATS is away it tries again with back-off; writers never
 * wait for it.
 */
export interface Projector {
  lag(): ProjectorLag;
  /** Somebody waits for the newest: what is here and what comes in a moment is projected without being gathered. */
  hurry(): void;
  /** Resolves once a commit has been projected; hurries. Throws OperatingError `timeout`, `aborted`, or what stopped the projector. */
  waitFor(at: Sequence, timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Resolves when the projector has ended: with the failure it cannot go on after (a damaged log), or undefined when closed. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

export interface ProjectorOptions {
  /** A trimmed log that was never projected is read from what it still has. */
  readonly log: CommitLog | WindowLog;
  /** Where the process reads the log already; absent: the projector reads it by itself. */
  readonly commits?: Pick<CommitTail, 'follow'>;
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
}

export function startProjector(options: ProjectorOptions): Projector {
  const { log, database, clock, random, logger, tracer = noTracer, metrics = new Metrics() } = options;
  const checked = chainChecks(metrics, log.name);
  const seconds = 'Time of one transaction of the projection.';
  const duration = metrics.histogram('taffrail_projection_duration_seconds', seconds, SECONDS_BOUNDS, ['log']);
  const projected = metrics.counter('taffrail_projected_commits_total', 'Commits projected.', ['log']);
  const closing = new AbortController();
  const moved = wakeup();
  const hurried = wakeup();
  /** Until when nothing is gathered, monotonic milliseconds. */
  let hurryUntilMs = 0;
  let position: ProjectionPosition | undefined;
  let queue: CommitQueue | undefined;
  let failure: Error | undefined;

  /** Projects until the position is no longer ours; throws what ended the reading or the writing. */
  async function follow(): Promise<void> {
    position = await readPosition(database, log.name);
    moved.wake();
    const start = await readStart(log, position);
    const filling = new AbortController();
    const signal = AbortSignal.any([closing.signal, filling.signal]);
    const commits = commitQueue(hurried.wake);
    queue = commits;
    const followed = options.commits?.follow(start, signal) ?? readVerified(log, { start, signal, checked });
    const filled = commits.fill(followed, signal);
    try {
      for (;;) {
        const batch = await commits.take(closing.signal);
        const startMs = clock.monotonicMs();
        const next = await observed(batch, () => projectBatch(database, log.name, position, batch));
        if (next === undefined) {
          logger.info({ log: log.name, position: position?.sequence }, 'another projector has moved the projection');
          return;
        }
        position = next;
        moved.wake();
        await gather(commits, startMs + limits.projectorGatherMs);
      }
    } finally {
      filling.abort();
      await filled;
    }
  }

  /** Lets more come until `untilMs`, unless there is a batch of it already or somebody waits. */
  async function gather(commits: CommitQueue, untilMs: number): Promise<void> {
    while (!commits.hasBatch() && !closing.signal.aborted) {
      const nowMs = clock.monotonicMs();
      if (nowMs >= untilMs || nowMs < hurryUntilMs) return;
      const cancel = clock.after(untilMs - nowMs, hurried.wake);
      await hurried.wait(closing.signal);
      cancel();
    }
  }

  function hurry(): void {
    hurryUntilMs = clock.monotonicMs() + limits.projectorHurryMs;
    hurried.wake();
  }

  async function observed<Result>(batch: readonly Commit[], write: () => Promise<Result>): Promise<Result> {
    const startMs = clock.monotonicMs();
    const span = projectionSpan(tracer, log.name, batch);
    try {
      const result = await write();
      duration.observe((clock.monotonicMs() - startMs) / 1000, log.name);
      projected.add(batch.length, log.name);
      return result;
    } catch (error) {
      span?.fail(messageOf(error));
      throw error;
    } finally {
      span?.end();
    }
  }

  async function run(): Promise<Error | undefined> {
    const retry = backoff(random, limits.projectorRetryMinimumMs, limits.projectorRetryMaximumMs);
    let failures = 0;
    while (!closing.signal.aborted) {
      const before = position?.sequence;
      try {
        await follow();
      } catch (error) {
        if (closing.signal.aborted) break;
        if (isFinal(error)) return stopFor(error);
        if (position?.sequence !== before) {
          retry.reset();
          failures = 0;
        }
        failures += 1;
        const level = databaseFailure(error) === undefined ? 'error' : failures === 1 ? 'warn' : 'debug';
        logger[level]({ log: log.name, reason: messageOf(error), failures }, 'projecting failed; trying again');
        await clock.sleep(retry.nextMs(), closing.signal).catch(() => undefined); // aborted: the loop ends
      }
    }
    return undefined;
  }

  function stopFor(error: unknown): Error {
    failure = error instanceof Error ? error : new Error(messageOf(error));
    logger.error({ log: log.name, reason: failure.message }, 'the projector has stopped');
    moved.wake();
    return failure;
  }

  const ended = run().finally(() => moved.wake());
  return Object.freeze({
    ended,
    hurry,
    lag(): ProjectorLag {
      const { commits, bytes, oldestMs } = queue?.depth() ?? { commits: 0, bytes: 0, oldestMs: undefined };
      const behindMs = oldestMs === undefined ? 0 : Math.max(0, clock.nowMs() - oldestMs);
      return { position, waitingCommits: commits, waitingBytes: bytes, behindMs };
    },
    async waitFor(at: Sequence, timeoutMs: number, signal?: AbortSignal): Promise<void> {
      const endMs = clock.monotonicMs() + timeoutMs;
      const reached = (): boolean => position !== undefined && position.sequence >= at;
      while (!reached()) {
        if (failure !== undefined) throw failure;
        if (closing.signal.aborted || signal?.aborted === true) throw new OperatingError('aborted', 'aborted');
        const leftMs = endMs - clock.monotonicMs();
        hurry();
        if (leftMs <= 0) throw new OperatingError('timeout', `commit ${at} of ${log.name} is not projected yet`);
        const cancel = clock.after(leftMs, moved.wake);
        await moved.wait(signal);
        cancel();
      }
    },
    async close(): Promise<void> {
      closing.abort();
      await ended;
    },
  });
}

/** One span for the batch; undefined when none of its events is traced. */
function projectionSpan(tracer: Tracer, log: string, batch: readonly Commit[]): Span | undefined {
  if (!tracer.on) return undefined;
  const causes = recordedTraces(batch.flatMap(({ events }) => events));
  if (causes.length === 0) return undefined;
  const span = beginFor(tracer, `project ${log}`, 'consumer', causes);
  span.set('taffrail.log', log);
  span.set('taffrail.sequence', batch.at(-1)?.sequence ?? 0);
  span.set('taffrail.commits', batch.length);
  return span;
}

/** Failures that trying again cannot mend: the log itself is damaged. Everything else is tried again for ever. */
const FINAL: readonly OperatingErrorCode[] = ['log-gap', 'log-corrupt', 'log-behind', 'format-too-new'];

function isFinal(error: unknown): boolean {
  return error instanceof AssertionFailure || (error instanceof OperatingError && FINAL.includes(error.code));
}

/**
 * Where to read on from a position. Throws OperatingError `log-behind` when the log ends before what is already
 * projected: it has lost commits, and going on would give out their revisions again. Throws `log-corrupt` when another
 * commit stands there than the one that was projected.
 */
export async function readStart(
  log: CommitLog | WindowLog,
  position: ProjectionPosition | undefined,
  signal?: AbortSignal,
): Promise<ReadStart> {
  if (position === undefined) {
    return 'first' in log ? { at: 'first', sequence: await log.first(signal) } : { at: 'genesis' };
  }
  const head = await log.head(signal);
  if (head.sequence < position.sequence) {
    throw new OperatingError(
      'log-behind',
      `log ${log.name} ends at ${head.sequence}, but Postgres holds its commits up to ${position.sequence}: the log has lost commits; "taffrail log repair" restores them from Postgres`,
    );
  }
  await requireSame(log, position, signal ?? NEVER);
  return { at: 'after', sequence: position.sequence, hash: position.hash, timeMs: position.timeMs };
}

const NEVER = new AbortController().signal;

async function requireSame(
  log: CommitLog | WindowLog,
  { sequence, hash }: ProjectionPosition,
  signal: AbortSignal,
): Promise<void> {
  if ('first' in log && (await log.first(signal)) > sequence) return;
  for await (const { payload } of log.read({ from: sequence, until: sequence, signal })) {
    if (hashOf(payload) === hash) continue;
    const found = `commit ${sequence} has hash ${hashOf(payload)}, and Postgres holds one with ${hash}`;
    throw new OperatingError('log-corrupt', `log ${log.name} is not the one that was projected: ${found}`);
  }
}
