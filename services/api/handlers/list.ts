import type { Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { storageOf } from '@taffrail/resources/conversion';
import type { Selection } from '@taffrail/state/selection';
import type { ListMeta } from '../encoding/encoding.ts';
import { PastObject, type Listed } from '../encoding/readable.ts';
import { answerBytes } from '../http/answer.ts';
import { LIST_OFFER } from '../http/negotiation.ts';
import { expired } from '../http/rejections.ts';
import { collectionNamespace, type ApiContext, type ResourceCall } from './context.ts';
import { encodeContinue, type ContinueToken } from './continue-token.ts';
import { listOptions, type ListOptions } from './list-options.ts';
import { presentationOf } from './representation.ts';
import { isSelected, selectedName, selectionOf, selectsAll } from './selection.ts';
import { waitForRevision } from './wait-for-revision.ts';

/** Answers a collection: the present from memory, an exact revision of the past from a snapshot or the projection. */
export async function listObjects(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, LIST_OFFER, context.clock);
  if (isRejection(presentation)) return presentation;
  const options = listOptions(request.query);
  if (isRejection(options)) return options;
  const selection = selectionOf(definition, request.query);
  if (isRejection(selection)) return selection;

  const page = await readPage(context, call, options, selection);
  if (isRejection(page)) return page;
  const meta: ListMeta = {
    resourceVersion: String(page.revision),
    ...(page.next === undefined ? {} : { continue: encodeContinue(page.next) }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  answerBytes(exchange, 200, presentation.representation, presentation.encoding.list(page.items, meta));
  return undefined;
}

interface Page {
  readonly revision: Revision;
  readonly items: readonly Listed[];
  readonly next: ContinueToken | undefined;
  /** How many follow; unknown with a selector, as in Kubernetes. */
  readonly remaining: number | undefined;
}

async function readPage(
  context: ApiContext,
  call: ResourceCall,
  options: ListOptions,
  selection: Selection,
): Promise<Page | Rejection> {
  const { definition } = call;
  const { demand, limit, from } = options;
  const namespace = collectionNamespace(call);
  if (demand.type === 'latest') await context.state.confirm(definition, call.exchange.signal);
  if (demand.type === 'not-older-than' || demand.type === 'exact') {
    const late = await waitForRevision(context, definition, demand.revision, call.exchange.signal);
    if (late !== undefined) return late;
  }
  const head = context.state.revision(definition);
  if (demand.type !== 'exact' || demand.revision === head) {
    const all = candidates(context, call, selection);
    const page = cut(all, { revision: head, limit, from, selection });
    if (page.next !== undefined) context.snapshots.keep(definition, namespace, head, all);
    return page;
  }
  const snapshot = context.snapshots.get(definition, namespace, demand.revision);
  if (snapshot !== undefined) return cut(snapshot, { revision: demand.revision, limit, from, selection });
  return pastPage(context, call, { revision: demand.revision, limit, from, selection });
}

/** The live objects a selection may take: all of the collection, or the one it names. */
export function candidates(context: ApiContext, call: ResourceCall, selection: Selection): readonly Listed[] {
  const namespace = collectionNamespace(call);
  const name = namespace === undefined ? undefined : selectedName(selection);
  if (namespace === undefined || name === undefined) return context.state.list(call.definition, namespace);
  const found = context.state.get(call.definition, namespace, name);
  return found === undefined ? [] : [found];
}

interface Cut {
  readonly revision: Revision;
  readonly limit: number;
  readonly from: ContinueToken | undefined;
  readonly selection: Selection;
}

/** One page of objects that are all at hand, in key order. */
function cut(all: readonly Listed[], { revision, limit, from, selection }: Cut): Page {
  const start = from === undefined ? 0 : firstAfter(all, from);
  const everything = selectsAll(selection);
  if (everything && start === 0 && (limit === 0 || all.length <= limit)) {
    return { revision, items: all, next: undefined, remaining: undefined };
  }
  const items: Listed[] = [];
  for (let index = start; index < all.length; index++) {
    const object = all[index];
    if (object === undefined || !(everything || isSelected(selection, object))) continue;
    if (limit > 0 && items.length === limit) {
      return {
        revision,
        items,
        next: tokenAfter(revision, items),
        remaining: everything ? all.length - index : undefined,
      };
    }
    items.push(object);
  }
  return { revision, items, next: undefined, remaining: undefined };
}

/** Index of the first object behind a key. */
function firstAfter(all: readonly Listed[], token: ContinueToken): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = all[middle]?.key;
    if (key !== undefined && comesAfter(key, token)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function comesAfter(key: { readonly namespace: string; readonly name: string }, token: ContinueToken): boolean {
  return key.namespace === token.namespace ? key.name > token.name : key.namespace > token.namespace;
}

function tokenAfter(revision: Revision, items: readonly Listed[]): ContinueToken | undefined {
  const last = items.at(-1);
  return last === undefined ? undefined : { revision, namespace: last.key.namespace, name: last.key.name };
}

/** A page of the past from the projection, read on until it is full or the collection ends. */
async function pastPage(context: ApiContext, call: ResourceCall, wanted: Cut): Promise<Page | Rejection> {
  const { definition } = call;
  const { revision, limit, selection } = wanted;
  const oldest = context.state.oldest(definition);
  if (oldest === undefined) {
    return expired(`The resourceVersion for the provided list is too old: ${definition.resource} keep no history.`);
  }
  if (revision < oldest) return expired('The resourceVersion for the provided list is too old.');
  const items: Listed[] = [];
  let after = wanted.from;
  const batch = limit === 0 ? limits.listPageCount : Math.min(limit + 1, limits.listPageCount);
  for (;;) {
    const found = await context.readModel.objectsAt({
      definition: storageOf(definition),
      namespace: collectionNamespace(call),
      at: revision,
      ...(after === undefined ? {} : { after: { namespace: after.namespace, name: after.name } }),
      limit: batch,
    });
    for (const { key, revision: objectRevision, stored } of found) {
      const object = new PastObject(definition, key, objectRevision, stored);
      if (!isSelected(selection, object)) continue;
      if (limit > 0 && items.length === limit) {
        return { revision, items, next: tokenAfter(revision, items), remaining: undefined };
      }
      items.push(object);
    }
    const last = found.at(-1);
    if (found.length < batch || last === undefined) return { revision, items, next: undefined, remaining: undefined };
    after = { revision, namespace: last.key.namespace, name: last.key.name };
  }
}
