import { AssertionFailure } from '@taffrail/platform/assert';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Metrics } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import { traceFields } from '@taffrail/platform/traceparent';
import { beginFor, type Span, type Tracer } from '@taffrail/platform/tracer';
import { ApiFailure } from './api-client.ts';
import { resourceText } from './api-path.ts';
import { causedBy, timerCause } from './cause.ts';
import type { ControllerCommand } from './command.ts';
import type { Controller, PlanFailure, WorkKey } from './controller.ts';
import { execute, type Execution, type ExecutePorts, type OwnWrite } from './execute.ts';
import { KeyCauses, type KeyCause } from './key-causes.ts';
import type { LiveView, ViewChange } from './live-view.ts';
import { workQueue, type WorkQueue } from './work-queue.ts';
import { workQueueMetrics } from './work-queue-metrics.ts';

export interface ControllerLoopOptions extends ExecutePorts {
  readonly controller: Controller;
  readonly live: LiveView;
  /** Resources the view holds: writes to others cannot be waited for. */
  readonly viewed: ReadonlySet<string>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly metrics: Metrics;
}

/** One controller at work: its queue, and its workers that plan and execute. */
export interface ControllerLoop {
  /** Queues the keys a change touches. */
  notice(change: ViewChange): void;
  /** Works until the signal is aborted; rejects only for a bug (a failed assertion). */
  run(signal: AbortSignal): Promise<void>;
}

/** What is remembered of a key between its plans. Forgotten with its first success. */
interface KeyMemory {
  readonly seed: number;
  readonly lastFailure?: PlanFailure;
}

/**
 * Plans keys one at a time each. A key is taken, planned, executed, and given back only when what was written shows in the
 * view: no plan is ever made from a view that lacks the same controller's earlier writes for that key, which is what
 * makes controllers elsewhere create things twice.
 */
export function controllerLoop(options: ControllerLoopOptions): ControllerLoop {
  const { controller, live, clock, random, viewed, tracer, metrics } = options;
  const logger = options.logger.child({ controller: controller.name });
  const queue: WorkQueue = workQueue({
    clock,
    random,
    maximumCount: limits.workQueueCount,
    retryMinimumMs: limits.retryMinimumMs,
    retryMaximumMs: limits.retryMaximumMs,
    observer: workQueueMetrics(metrics, controller.name, clock),
  });
  const causes = new KeyCauses();
  const memories = new Map<string, KeyMemory>();
  /** Set when keys were refused by a full queue: everything is looked at again once it is empty. */
  let overflowed = false;
  const follows = new Map(controller.follows.map((follow) => [resourceText(follow.resource), follow]));
  const [primary] = controller.follows;

  const notice = (change: ViewChange): void => {
    const follow = follows.get(resourceText(change.resource));
    if (follow === undefined) return;
    for (const key of follow.keys(change.object, change.previous, live.view)) {
      const text = textOfKey(key);
      // A change of the planned object itself explains more than one around it (a pod's status beside a scale).
      causes.add(text, change.cause, follow === primary);
      if (!queue.add(text)) overflowed = true;
    }
  };

  const lookAtEverything = (): void => {
    overflowed = false;
    logger.warn('the queue was full: looking at every object again');
    for (const { resource } of controller.follows) {
      for (const object of live.view.list(resource)) {
        notice({ resource, object, previous: object, deleted: false, cause: causedBy(resource, object) });
      }
    }
  };

  const settle = async (
    text: string,
    execution: Execution,
    trace: string,
    shows: (own: OwnWrite) => boolean,
    signal: AbortSignal,
  ): Promise<void> => {
    await visible(execution.writes, shows, signal);
    if (execution.failure === undefined) {
      queue.forget(text);
      memories.delete(text);
      if (execution.requeueAfterMs !== undefined) queue.addAfter(text, execution.requeueAfterMs);
      return;
    }
    const { command, error } = execution.failure;
    const failure = failureOf(error);
    remember(text, {
      command: command.type,
      resource: command.resource,
      reason: failure.reason,
      message: failure.message,
    });
    const delayMs = queue.retry(text);
    const level = failure.reason === 'Conflict' || failure.reason === 'NotFound' ? 'debug' : 'warn';
    logger[level](
      {
        key: text,
        command: command.type,
        resource: resourceText(command.resource),
        error: failure.message,
        delayMs,
        ...traceFields(trace),
      },
      'a command failed; planning again',
    );
  };

  /** A name that is taken means the seed is used up; any other failure keeps it. */
  const remember = (text: string, lastFailure: PlanFailure): void => {
    const seed = lastFailure.reason === 'AlreadyExists' ? newSeed(random) : memoryOf(text).seed;
    memories.set(text, { seed, lastFailure });
  };

  const memoryOf = (text: string): KeyMemory => {
    let memory = memories.get(text);
    if (memory === undefined) memories.set(text, (memory = { seed: newSeed(random) }));
    return memory;
  };

  const visible = async (
    writes: readonly OwnWrite[],
    shows: (own: OwnWrite) => boolean,
    signal: AbortSignal,
  ): Promise<void> => {
    if (writes.every(shows)) return;
    const cancel = clock.after(limits.visibilityWarningMs, () =>
      logger.warn({ writes: writes.filter((own) => !shows(own)) }, 'own writes do not show in the view yet'),
    );
    try {
      await live.until(() => writes.every(shows), signal);
    } finally {
      cancel();
    }
  };

  const workOn = async (text: string, signal: AbortSignal): Promise<void> => {
    // When nothing changed around it, it is planned because it asked to be, some time ago.
    const why = causes.take(text) ?? { cause: timerCause(controller.name, random), others: [] };
    const { traceparent = '' } = why.cause;
    const span = tracer.on ? planSpan(tracer, controller.name, text, why) : undefined;
    try {
      const memory = memoryOf(text);
      const commands = controller.plan(live.view, keyOfText(text), { nowMs: clock.nowMs(), ...memory });
      const shows = visibility(live, viewed, commands);
      const cause = span === undefined ? why.cause : { ...why.cause, traceparent: span.traceparent };
      const execution = await execute(commands, cause, options);
      // A plan that finds nothing to do leaves no span: it never ends.
      if (commands.length > 0) endPlan(span, commands.length, execution);
      if (execution.failure !== undefined) causes.giveBack(text, why);
      await settle(text, execution, span?.traceparent ?? traceparent, shows, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AssertionFailure) throw error;
      causes.giveBack(text, why);
      const delayMs = queue.retry(text);
      logger.error({ key: text, error, delayMs, ...traceFields(traceparent) }, 'planning failed');
    }
  };

  const worker = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const text = await queue.take(signal);
      try {
        await workOn(text, signal);
      } finally {
        queue.done(text);
      }
      if (overflowed && queue.size === 0) lookAtEverything();
    }
  };

  return {
    notice,
    async run(signal) {
      const workers = Array.from({ length: limits.controllerConcurrency }, () => worker(signal));
      try {
        await Promise.all(workers);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        queue.close();
      }
    },
  };
}

/**
 * Tells of the writes of a plan whether the view shows them. To be called with the view the plan was made from: a second
 * deletion of an object that was ending already shows only by a change of it.
 */
function visibility(
  live: LiveView,
  viewed: ReadonlySet<string>,
  commands: readonly ControllerCommand[],
): (own: OwnWrite) => boolean {
  const ending = new Map<string, string | undefined>();
  for (const command of commands) {
    if (command.type !== 'delete' || !viewed.has(resourceText(command.resource))) continue;
    const before = live.view.get(command.resource, command.namespace, command.name);
    if (before?.metadata.deletionTimestamp !== undefined) ending.set(command.uid, before.metadata.resourceVersion);
  }
  return (own) => {
    if (!viewed.has(resourceText(own.resource))) return true;
    if (own.type === 'written') return live.view.revision(own.resource) >= own.revision;
    const seen = live.view.get(own.resource, own.namespace, own.name);
    if (seen === undefined || seen.metadata.uid !== own.uid) return true;
    return ending.has(own.uid)
      ? seen.metadata.resourceVersion !== ending.get(own.uid)
      : seen.metadata.deletionTimestamp !== undefined;
  };
}

function planSpan(tracer: Tracer, controller: string, key: string, { cause, others }: KeyCause): Span {
  const span = beginFor(tracer, `plan ${controller}`, 'internal', [cause.traceparent ?? '', ...others]);
  span.set('taffrail.controller', controller);
  span.set('taffrail.key', key);
  if (cause.revision !== undefined) span.set('taffrail.cause', cause.revision);
  return span;
}

function endPlan(span: Span | undefined, commands: number, { failure }: Execution): void {
  span?.set('taffrail.commands', commands);
  if (failure !== undefined) span?.fail(messageOf(failure.error));
  span?.end();
}

function failureOf(error: unknown): { readonly reason: string; readonly message: string } {
  return { reason: error instanceof ApiFailure ? error.reason : '', message: messageOf(error) };
}

function newSeed(random: Random): number {
  return Math.floor(random.next() * 2 ** 32);
}

/** No part of a key has a slash inside. */
function textOfKey({ resource = '', namespace, name }: WorkKey): string {
  return `${resource}/${namespace}/${name}`;
}

function keyOfText(text: string): WorkKey {
  const [resource = '', namespace = '', name = ''] = text.split('/');
  return resource === '' ? { namespace, name } : { resource, namespace, name };
}
