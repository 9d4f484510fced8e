import { isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { Selection } from '@taffrail/state/selection';
import type { StoredObject } from '@taffrail/state/stored-object';
import { expired } from '../http/rejections.ts';
import { candidates } from './candidates.ts';
import { collectionNamespace, type ApiContext, type ResourceCall } from './context.ts';
import { expiredPage } from './continue-token.ts';
import { cut } from './list-page.ts';
import { revisionOption, type ListOptions } from './list-options.ts';
import { pastPage } from './past-page.ts';
import { watchPresent } from './present-watch.ts';
import { waitForProjection } from './projected.ts';
import type { Page, ReadView } from './read-view.ts';
import { logOf } from './watch-backlog.ts';
import { waitForRevision } from './wait-for-revision.ts';

/** The newest committed state, from memory; exact revisions of the past from a snapshot or the projection. */
export const presentView: ReadView = Object.freeze({
  clock: (context: ApiContext) => context.clock,
  object: currentObject,
  page: currentPage,
  watch: watchPresent,
});

async function currentObject(context: ApiContext, call: ResourceCall): Promise<StoredObject | Rejection> {
  const { request, definition } = call;
  const revision = revisionOption(request.query.get('resourceVersion') ?? '');
  if (isRejection(revision)) return revision;
  if (revision === undefined) {
    // Asked first, because the signal of a request costs more than a get when it is made.
    if (!context.state.isNewest(definition)) await context.state.confirm(definition, call.exchange.signal);
  } else if (revision > 0) {
    const late = await waitForRevision(context, definition, revision, call.exchange.signal);
    if (late !== undefined) return late;
  }
  const found = context.state.get(definition, call.namespace, request.name);
  return found ?? notFound({ group: definition.group, resource: definition.resource, name: request.name });
}

async function currentPage(
  context: ApiContext,
  call: ResourceCall,
  { demand, limit, from }: ListOptions,
  selection: Selection,
): Promise<Page | Rejection> {
  const { definition, exchange } = call;
  const namespace = collectionNamespace(call);
  if (demand.type === 'latest' && !context.state.isNewest(definition)) {
    await context.state.confirm(definition, exchange.signal);
  }
  if (demand.type === 'not-older-than' || demand.type === 'exact') {
    const late = await waitForRevision(context, definition, demand.revision, exchange.signal);
    if (late !== undefined) return late;
  }
  const head = context.state.revision(definition);
  if (demand.type !== 'exact' || demand.revision === head) {
    const all = candidates(context, call, selection);
    const page = cut(all, { revision: head, limit, from, selection });
    if (page.next !== undefined) context.snapshots.keep(definition, namespace, head, all);
    return page;
  }
  const { revision } = demand;
  const snapshot = context.snapshots.get(definition, namespace, revision);
  if (snapshot !== undefined) return cut(snapshot, { revision, limit, from, selection });
  const oldest = context.state.oldest(definition);
  if (from !== undefined && (oldest === undefined || revision < oldest)) return expiredPage(from);
  if (oldest === undefined) {
    return expired(`The resourceVersion for the provided list is too old: ${definition.resource} keep no history.`);
  }
  if (revision < oldest) return expired('The resourceVersion for the provided list is too old.');
  await waitForProjection(context, logOf(definition), revision, exchange.signal);
  return pastPage(context, call, { revision, limit, from, selection });
}
