import type { Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Subscription } from '@taffrail/state/state-machine';
import type { HeaderValues } from '../http/exchange.ts';
import { collectionNamespace, type ApiContext, type ResourceCall } from './context.ts';
import type { WatchOptions } from './list-options.ts';
import type { AskedWatch } from './read-view.ts';
import { tellingOf } from './watch-events.ts';
import { Watcher } from './watcher.ts';

const HEADERS: HeaderValues = Object.freeze({
  'content-type': 'application/json',
  'cache-control': 'no-cache, private',
});

/**
 * Begins the answer of a watch that has told everything up to `from`. `replayed` says how far it has come before it is
 * live; absent where that is told by no bookmark.
 */
export function openWatcher(
  context: ApiContext,
  call: ResourceCall,
  asked: AskedWatch,
  from: Revision,
  replayed: () => Revision | undefined = () => undefined,
): Watcher {
  const { presentation, options, selection } = asked;
  const { encoding } = presentation;
  const { groups } = context;
  const namespace = collectionNamespace(call);
  const watcher = new Watcher(
    {
      stream: call.exchange.stream(200, HEADERS),
      encoding,
      tellingOf: (changes) => tellingOf(groups.shared, encoding, changes, selection, namespace),
      join: (member) => groups.join({ definition: call.definition, namespace, selection, encoding }, member),
      clock: context.clock,
      bookmarks: options.allowBookmarks,
      // Changes are handed over while their commit is folded, and a watch settles before it asks: what is committed was told.
      progress: (live) => (live ? context.state.revision(call.definition) : replayed()),
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

function timeoutMs(context: ApiContext, { timeoutSeconds }: WatchOptions): number {
  const asked = timeoutSeconds ?? 0;
  if (asked > 0) return Math.min(asked * 1000, limits.watchMaximumMs);
  // Spread, so that the watches of one moment do not all come back at one moment.
  return Math.round(limits.watchMinimumMs * (1 + context.random.next()));
}

/** The changes of a resource after a revision as they come; undefined where memory does not reach back so far. */
export function subscribe(
  context: ApiContext,
  definition: ResourceDefinition,
  after: Revision,
  watcher: Watcher,
): Subscription | undefined {
  return context.state.subscribe(definition, after, { onChanges: (changes) => watcher.onChanges(changes) });
}
