import { EVENTS_PER_COMMIT, revision, revisionOf, type Revision } from '@taffrail/platform/brand';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { storageOf } from '@taffrail/resources/conversion';
import { collectionNamespace, type ApiContext, type ResourceCall } from './context.ts';
import type { Pace } from './pace.ts';
import type { AskedWatch } from './read-view.ts';
import { logOf, pastNotice } from './watch-backlog.ts';
import { subscribe } from './watch-stream.ts';
import type { Watcher } from './watcher.ts';

/** The way a watch is led along the past. */
export interface Route {
  readonly watcher: Watcher;
  /** Everything up to here has been told. */
  readonly from: Revision;
  /** As fast as the client reads when absent. */
  readonly pace?: Pace;
  /** Where the watch ends; absent: it goes on with the present. */
  readonly until?: { readonly revision: Revision; readonly timeMs: number };
  /** Hears how far the replay has come: everything up to `at` has been told, and the clock of the past shows `timeMs`. */
  onProgress?(at: Revision, timeMs: number): void;
  /** Hears that the present is reached. */
  onLive?(): void;
}

/** Tells a watcher what the projection holds, then hands it over to memory. Goes on behind the answer's beginning. */
export function startReplay(context: ApiContext, call: ResourceCall, asked: AskedWatch, route: Route): void {
  replay(context, call, asked, route).catch((thrown: unknown) => {
    if (route.watcher.closed || call.exchange.signal.aborted) return;
    context.logger.warn(
      { error: messageOf(thrown), resource: call.definition.resource },
      'a watch of the past broke off',
    );
    route.watcher.end();
  });
}

async function replay(context: ApiContext, call: ResourceCall, asked: AskedWatch, route: Route): Promise<void> {
  const { definition } = call;
  const { watcher, until, pace } = route;
  const { readModel } = context;
  const log = logOf(definition);
  let cursor = route.from;
  while (!watcher.closed) {
    const position = await readModel.position(log);
    const events = await readModel.eventsAfter(
      storageOf(definition),
      collectionNamespace(call),
      cursor,
      limits.watchBacklogCount,
    );
    for (const event of events) {
      if (until !== undefined && event.revision > until.revision) break;
      await waitUntil(context, call, route, event.timeMs, revision(event.revision - 1));
      if (watcher.closed) return;
      const notice = await pastNotice(readModel, definition, asked.selection, event);
      if (notice !== undefined) {
        route.onProgress?.(cursor, event.timeMs);
        await watcher.write(notice.type, [notice.object]);
      }
      cursor = event.revision;
      route.onProgress?.(cursor, event.timeMs);
    }
    const beyond = until !== undefined && (events.at(-1)?.revision ?? 0) > until.revision;
    if (events.length === limits.watchBacklogCount && !beyond) continue;
    // Everything up to the projection's position was read, also where nothing of this resource happened.
    const projected = position === undefined ? cursor : revisionOf(position.sequence, EVENTS_PER_COMMIT - 1);
    if (until !== undefined && (beyond || projected >= until.revision)) {
      await waitUntil(context, call, route, until.timeMs, until.revision);
      route.onProgress?.(until.revision, until.timeMs);
      watcher.end();
      return;
    }
    cursor = revision(Math.max(cursor, projected));
    if (pace !== undefined && position !== undefined && pace.waitMs(position.timeMs) > 0) {
      await waitUntil(context, call, route, position.timeMs, cursor);
      continue;
    }
    const subscription = subscribe(context, definition, cursor, watcher);
    if (subscription !== undefined) {
      watcher.attach(subscription);
      route.onLive?.();
      await watcher.goLive();
      return;
    }
    // The projection lags further behind than memory reaches back; it is catching up.
    await context.clock.sleep(limits.projectionPollMs, call.exchange.signal);
  }
}

/**
 * Waits until a paced replay has come to a time. Meanwhile it notes how far it has come, `told` at most, so that a client
 * whose watch ends here goes on here and does not wait through the same silence again.
 */
async function waitUntil(
  { clock, readModel }: ApiContext,
  call: ResourceCall,
  { watcher, pace, onProgress }: Route,
  timeMs: number,
  told: Revision,
): Promise<void> {
  if (pace === undefined) return;
  for (;;) {
    const waitMs = pace.waitMs(timeMs);
    if (waitMs <= 0 || watcher.closed) return;
    await clock.sleep(Math.min(waitMs, limits.replayStepMs), call.exchange.signal);
    if (onProgress === undefined || pace.waitMs(timeMs) <= 0) continue;
    const reached = await readModel.momentAtTime(logOf(call.definition), pace.nowMs());
    if (reached !== undefined) onProgress(revision(Math.min(reached.revision, told)), pace.nowMs());
  }
}
