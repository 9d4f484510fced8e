import type { Revision } from '@taffrail/platform/brand';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { Change } from '@taffrail/state/state-machine';
import { expired } from '../http/rejections.ts';
import { candidates } from './candidates.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import type { AskedWatch } from './read-view.ts';
import { startReplay } from './replay.ts';
import { isSelected } from './selection.ts';
import { waitForRevision } from './wait-for-revision.ts';
import { logOf } from './watch-backlog.ts';
import { openWatcher, subscribe } from './watch-stream.ts';
import type { Watcher } from './watcher.ts';

/** Follows the present: from now on, or from a revision that memory or the projection still knows. */
export async function watchPresent(
  context: ApiContext,
  call: ResourceCall,
  asked: AskedWatch,
): Promise<Rejection | undefined> {
  const { exchange, definition } = call;
  const { after, sendInitialEvents } = asked.options;
  if (after === undefined) await context.state.confirm(definition, exchange.signal);
  if (after !== undefined && after > 0) {
    const late = await waitForRevision(context, definition, after, exchange.signal);
    if (late !== undefined) return late;
  }
  const wantsInitial = sendInitialEvents ?? (after === undefined || after === 0);
  return wantsInitial ? startWithObjects(context, call, asked) : startAfter(context, call, asked);
}

/** Begins with every object as ADDED, then follows. The snapshot and the subscription are of the same moment. */
async function startWithObjects(context: ApiContext, call: ResourceCall, asked: AskedWatch): Promise<undefined> {
  const { definition } = call;
  const objects = candidates(context, call, asked.selection);
  const at = context.state.revision(definition);
  const watcher = openWatcher(context, call, asked, at);
  const subscription = subscribe(context, definition, at, watcher);
  if (subscription !== undefined) watcher.attach(subscription);
  const chosen = objects.filter((object) => isSelected(asked.selection, object));
  await watcher.write('ADDED', chosen);
  if (asked.options.sendInitialEvents === true && asked.options.allowBookmarks) watcher.endInitialEvents(at);
  await watcher.goLive();
  return undefined;
}

/** Begins after a revision: from memory when it still holds what followed, otherwise first from the projection. */
async function startAfter(context: ApiContext, call: ResourceCall, asked: AskedWatch): Promise<Rejection | undefined> {
  const { definition } = call;
  const after = asked.options.after;
  const from = after === undefined || after === 0 ? context.state.revision(definition) : after;
  if (from < context.state.opening(definition)) return tooOld(from, context.state.revision(definition));
  const probe = lateBinding();
  const subscription = context.state.subscribe(definition, from, probe);
  if (subscription !== undefined) {
    const watcher = openWatcher(context, call, asked, from);
    probe.bind(watcher);
    watcher.attach(subscription);
    await watcher.goLive();
    return undefined;
  }
  const oldest = context.state.oldest(definition);
  if (oldest === undefined || from < oldest) return tooOld(from, context.state.revision(definition));
  // The first read happens before the answer begins, so that an absent Postgres is a 503 and not a broken stream.
  const first = await context.readModel.position(logOf(definition));
  if (first === undefined) return tooOld(from, context.state.revision(definition));
  startReplay(context, call, asked, { watcher: openWatcher(context, call, asked, from), from });
  return undefined;
}

/** A listener whose watcher comes later in the same turn; what is delivered meanwhile is kept. */
function lateBinding(): {
  onChanges(changes: readonly Change[]): void;
  bind(watcher: Watcher): void;
} {
  let target: Watcher | undefined;
  const early: (readonly Change[])[] = [];
  return {
    onChanges: (changes) => (target === undefined ? early.push(changes) : target.onChanges(changes)),
    bind(watcher) {
      target = watcher;
      for (const changes of early) watcher.onChanges(changes);
    },
  };
}

function tooOld(asked: Revision, current: Revision): Rejection {
  return expired(`too old resource version: ${asked} (${current})`);
}
