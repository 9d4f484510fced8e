import { openEvents, openStored, type ObjectOpener } from '@taffrail/log/open-events';
import type { ProjectedObject, ReadModel } from './read-model.ts';

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
    objectsAt: async (query) => await openStored(opener, await sealed.objectsAt(query)),
    close: () => sealed.close(),
  });
}

async function* openedBatches(
  batches: AsyncIterable<readonly ProjectedObject[]>,
  opener: ObjectOpener,
): AsyncGenerator<readonly ProjectedObject[]> {
  for await (const batch of batches) yield await openStored(opener, batch);
}
