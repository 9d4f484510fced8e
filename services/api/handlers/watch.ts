import { revision, revisionOf, type Revision, EVENTS_PER_COMMIT } from '@taffrail/platform/brand';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { storageOf } from '@taffrail/resources/conversion';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Selection } from '@taffrail/state/selection';
import type { Change, Subscription } from '@taffrail/state/state-machine';
import type { HeaderValues } from '../http/exchange.ts';
import { WATCH_OFFER } from '../http/negotiation.ts';
import { expired } from '../http/rejections.ts';
import { collectionNamespace, type ApiContext, type ResourceCall } from './context.ts';
import { candidates } from './list.ts';
import { watchOptions, type WatchOptions } from './list-options.ts';
import { presentationOf, type Presentation } from './representation.ts';
import { isSelected, selectionOf } from './selection.ts';
import { waitForRevision } from './wait-for-revision.ts';
import { SharedEvents } from './watch-events.ts';
import { pastEvents, logOf } from './watch-backlog.ts';
import { Watcher } from './watcher.ts';

const HEADERS: HeaderValues = Object.freeze({
  'content-type': 'application/json',
  'cache-control': 'no-cache, private',
});

const shared = new SharedEvents();

/** Streams the changes of a collection (or of one object, by its name) from a revision on. */
export async function watchObjects(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, WATCH_OFFER, context.clock);
  if (isRejection(presentation)) return presentation;
  const options = watchOptions(request.query);
  if (isRejection(options)) return options;
  const named = withName(selectionOf(definition, request.query), request.name);
  if (isRejection(named)) return named;
  const refusal = context.watches.refusal();
  if (refusal !== undefined) return refusal;
  if (options.after === undefined) await context.state.confirm(definition, exchange.signal);
  if (options.after !== undefined && options.after > 0) {
    const late = await waitForRevision(context, definition, options.after, exchange.signal);
    if (late !== undefined) return late;
  }
  const wantsInitial = options.sendInitialEvents ?? (options.after === undefined || options.after === 0);
  if (wantsInitial) return startWithObjects(context, call, { presentation, options, selection: named });
  return startAfter(context, call, { presentation, options, selection: named });
}

interface Asked {
  readonly presentation: Presentation;
  readonly options: WatchOptions;
  readonly selection: Selection;
}

/** Begins with every object as ADDED, then follows. The snapshot and the subscription are of the same moment. */
async function startWithObjects(context: ApiContext, call: ResourceCall, asked: Asked): Promise<undefined> {
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
async function startAfter(context: ApiContext, call: ResourceCall, asked: Asked): Promise<Rejection | undefined> {
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
  const watcher = openWatcher(context, call, asked, from);
  followPast(context, call, asked, watcher, from).catch((thrown: unknown) => {
    context.logger.warn({ error: messageOf(thrown), resource: definition.resource }, 'a watch of the past broke off');
    watcher.end();
  });
  return undefined;
}

/** Writes what the projection holds until memory can take over. */
async function followPast(
  context: ApiContext,
  call: ResourceCall,
  asked: Asked,
  watcher: Watcher,
  from: Revision,
): Promise<void> {
  const { definition } = call;
  let cursor = from;
  while (!watcher.closed) {
    const position = await context.readModel.position(logOf(definition));
    const events = await context.readModel.eventsAfter(
      storageOf(definition),
      collectionNamespace(call),
      cursor,
      limits.watchBacklogCount,
    );
    for await (const notice of pastEvents(context.readModel, definition, asked.selection, events)) {
      await watcher.write(notice.type, [notice.object]);
    }
    cursor = events.at(-1)?.revision ?? cursor;
    if (events.length === limits.watchBacklogCount) continue;
    // Everything up to the projection's position was read, also where nothing of this resource happened.
    const projected = position === undefined ? cursor : revisionOf(position.sequence, EVENTS_PER_COMMIT - 1);
    cursor = revision(Math.max(cursor, projected));
    const subscription = subscribe(context, definition, cursor, watcher);
    if (subscription !== undefined) {
      watcher.attach(subscription);
      await watcher.goLive();
      return;
    }
    // The projection lags further behind than memory reaches back; it is catching up.
    await context.clock.sleep(limits.projectionPollMs, call.exchange.signal);
  }
}

function openWatcher(context: ApiContext, call: ResourceCall, asked: Asked, from: Revision): Watcher {
  const { presentation, options, selection } = asked;
  const watcher = new Watcher(
    {
      stream: call.exchange.stream(200, HEADERS),
      encoding: presentation.encoding,
      shared,
      selection,
      namespace: collectionNamespace(call),
      clock: context.clock,
      bookmarks: options.allowBookmarks,
      // Changes are handed over while their commit is folded, so whatever is committed has been told.
      progress: () => context.state.revision(call.definition),
      onCutOff: (queuedBytes) =>
        context.logger.info(
          { user: call.user.name, resource: call.definition.resource, queuedBytes },
          'a watcher that reads too slowly was cut off',
        ),
      onEnd: (watch) => context.watches.remove(watch),
    },
    from,
  );
  if (!watcher.closed) context.watches.add(watcher);
  watcher.startTimers(timeoutMs(context, options));
  return watcher;
}

function timeoutMs(context: ApiContext, options: WatchOptions): number {
  const asked = options.timeoutSeconds ?? 0;
  if (asked > 0) return Math.min(asked * 1000, limits.watchMaximumMs);
  // Spread, so that the watches of one moment do not all come back at one moment.
  return Math.round(limits.watchMinimumMs * (1 + context.random.next()));
}

function subscribe(
  context: ApiContext,
  definition: ResourceDefinition,
  after: Revision,
  watcher: Watcher,
): Subscription | undefined {
  return context.state.subscribe(definition, after, { onChanges: (changes) => watcher.onChanges(changes) });
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

/** A watch of one object's path is a watch of its collection with its name selected. */
function withName(selection: Selection | Rejection, name: string): Selection | Rejection {
  if (isRejection(selection) || name === '') return selection;
  return { ...selection, fields: [...selection.fields, { field: 'metadata.name', operator: '=', value: name }] };
}
