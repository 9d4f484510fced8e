import { openEvents, openStored, type ObjectOpener } from '@taffrail/log/open-events';
import type { ChangedObject, ProjectedObject, ReadModel, RecordedChange } from './read-model.ts';

/**
 * A read model whose bodies are in clear. Postgres holds encrypted objects as they stand in the log; here is the one place
 * where they are opened on their way to whoever may read them. Every method stands here by name, so that a new one
 * does not compile until it says what it opens.
 */
export function openedReadModel(sealed: ReadModel, opener: ObjectOpener): ReadModel {
  return Object.freeze<ReadModel>({
    position: (log) => sealed.position(log),
    async liveObjects(log) {
      const { position, batches } = await sealed.liveObjects(log);
      return { position, batches: openedBatches(batches, opener) };
    },
    history: async (query) => await openEvents(opener, await sealed.history(query)),
    eventsAfter: async (definition, namespace, after, limit) =>
      await openEvents(opener, await sealed.eventsAfter(definition, namespace, after, limit)),
    async objectsAt(query) {
      const { objects, more } = await sealed.objectsAt(query);
      return { objects: await openStored(opener, objects), more };
    },
    beginning: (log) => sealed.beginning(log),
    momentAtTime: (log, timeMs) => sealed.momentAtTime(log, timeMs),
    momentAtRevision: (log, at) => sealed.momentAtRevision(log, at),
    async changes(query) {
      const { changes, more } = await sealed.changes(query);
      return { changes: await openChanges(opener, changes), more };
    },
    causes: async (query) => await openChanges(opener, await sealed.causes(query)),
    consequences: async (query) => await openChanges(opener, await sealed.consequences(query)),
    async changedObjects(query) {
      const { objects, more } = await sealed.changedObjects(query);
      return { objects: await openPairs(opener, objects), more };
    },
    close: () => sealed.close(),
  });
}

async function* openedBatches(
  batches: AsyncIterable<readonly ProjectedObject[]>,
  opener: ObjectOpener,
): AsyncGenerator<readonly ProjectedObject[]> {
  for await (const batch of batches) yield await openStored(opener, batch);
}

/** Both bodies of each change. The state before is of the same object, and so under the same key. */
async function openChanges(
  opener: ObjectOpener,
  changes: readonly RecordedChange[],
): Promise<readonly RecordedChange[]> {
  const events = await openEvents(
    opener,
    changes.map(({ event }) => event),
  );
  const states = await openStored(
    opener,
    changes.flatMap(({ event, before }) => (before === undefined ? [] : [{ uid: event.uid, stored: before }])),
  );
  const opened = states[Symbol.iterator]();
  return changes.map(({ event, before }, index) => ({
    event: events[index] ?? event,
    ...(before === undefined ? {} : { before: opened.next().value?.stored ?? before }),
  }));
}

async function openPairs(opener: ObjectOpener, pairs: readonly ChangedObject[]): Promise<readonly ChangedObject[]> {
  return await Promise.all(
    pairs.map(async ({ key, from, to }) => {
      const [before] = from === undefined ? [] : await openStored(opener, [from]);
      const [now] = to === undefined ? [] : await openStored(opener, [to]);
      return { key, ...(before === undefined ? {} : { from: before }), ...(now === undefined ? {} : { to: now }) };
    }),
  );
}
