import { limits } from '@taffrail/platform/limits';
import type { Rejection } from '@taffrail/machinery/rejection';
import { storageOf } from '@taffrail/resources/conversion';
import { PastObject, type Listed } from '../encoding/readable.ts';
import { collectionNamespace, type ApiContext, type ResourceCall } from './context.ts';
import { tokenAfter, type Cut } from './list-page.ts';
import type { Page } from './read-view.ts';
import { isSelected, selectedName, selectedNamespace, selectsAll } from './selection.ts';

/**
 * A page of the collection as it stood at a revision, from the projection, which must have come that far. What can be said
 * as a key is selected there; everything else by looking at the objects, a bounded number of them at a time, until the page
 * is full or the collection ends. A page of very large objects ends early, with a token; 413 for a list without a limit
 * that no answer could hold.
 */
export async function pastPage(context: ApiContext, call: ResourceCall, wanted: Cut): Promise<Page | Rejection> {
  const { definition } = call;
  const { revision, limit } = wanted;
  const items: Listed[] = [];
  let bytes = 0;
  for await (const { object, last } of pastObjects(context, call, wanted)) {
    if (limit > 0 && items.length === limit) {
      return { revision, items, next: tokenAfter(revision, items), remaining: undefined };
    }
    items.push(object);
    bytes += object.stored.byteLength;
    if (bytes < limits.pastListBytes || last) continue;
    if (limit === 0) return tooLarge(definition.resource);
    return { revision, items, next: tokenAfter(revision, items), remaining: undefined };
  }
  return { revision, items, next: undefined, remaining: undefined };

  function tooLarge(resource: string): Rejection {
    return {
      rejected: true,
      reason: 'RequestEntityTooLarge',
      code: 413,
      message: `the list of ${resource} at revision ${revision} is larger than ${limits.pastListBytes} bytes: ask for it page by page (limit=500)`,
    };
  }
}

/** The objects a selection takes of a collection as it stood at a revision, in key order; `last` when none follows. */
export async function* pastObjects(
  context: ApiContext,
  call: ResourceCall,
  { revision, limit, from, selection }: Cut,
): AsyncGenerator<{ readonly object: Listed; readonly last: boolean }> {
  const { definition } = call;
  const namespace = collectionNamespace(call) ?? selectedNamespace(selection);
  const name = selectedName(selection);
  // One more than a page tells whether there is another; with a selector nobody knows how many must be looked at.
  const batch =
    limit === 0 || !selectsAll(selection) ? limits.pastPageCount : Math.min(limit + 1, limits.pastPageCount);
  let after = from === undefined ? undefined : { namespace: from.namespace, name: from.name };
  for (;;) {
    const { objects, more } = await context.readModel.objectsAt({
      definition: storageOf(definition),
      namespace,
      ...(name === undefined ? {} : { name }),
      at: revision,
      ...(after === undefined ? {} : { after }),
      limit: batch,
    });
    for (const [index, { key, revision: at, stored }] of objects.entries()) {
      const object = new PastObject(definition, key, at, stored);
      if (isSelected(selection, object)) yield { object, last: !more && index === objects.length - 1 };
    }
    const last = objects.at(-1);
    if (!more || last === undefined) return;
    after = { namespace: last.key.namespace, name: last.key.name };
  }
}
