import { assertNever } from '@taffrail/platform/assert';
import { revision as revisionFrom, type Revision } from '@taffrail/platform/brand';
import { isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import { storageOf } from '@taffrail/resources/conversion';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Selection } from '@taffrail/state/selection';
import { PastObject, type Readable } from '../encoding/readable.ts';
import { expired, revisionTooLarge } from '../http/rejections.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { revisionOption, type ListOptions } from './list-options.ts';
import { windowRevision, type Moment } from './moment.ts';
import type { PastClock } from './past-clock.ts';
import { pastPage } from './past-page.ts';
import { watchPast, type AskedReplay } from './past-watch.ts';
import type { Page, ReadView } from './read-view.ts';

/** Where a resource stood at a moment; undefined where nothing of it is kept, so that there is nothing to show. */
type Place = Revision | undefined;

/** The cluster as it was at a moment. Who asks sees what the present would have shown then, and nothing later. */
export function pastView(moment: Moment, clock: PastClock, asked: AskedReplay): ReadView {
  const placeOf = async (context: ApiContext, call: ResourceCall): Promise<Place | Rejection> =>
    await placeAt(context, call.definition, moment, call.exchange.signal);
  return Object.freeze<ReadView>({
    clock: () => clock,
    async object(context: ApiContext, call: ResourceCall): Promise<Readable | Rejection> {
      const place = await placeOf(context, call);
      if (isRejection(place)) return place;
      const { definition, namespace, request } = call;
      const { group, resource } = storageOf(definition);
      const late = refusedRevision(
        revisionOption(request.query.get('resourceVersion') ?? ''),
        place ?? moment.revision,
      );
      if (late !== undefined) return late;
      const missing = notFound({ group: definition.group, resource: definition.resource, name: request.name });
      if (place === undefined) return missing;
      const key = { group, resource, namespace, name: request.name };
      const [last] = await context.readModel.history({ key, limit: 1, before: revisionFrom(place + 1) });
      if (last === undefined || last.verb === 'deleted') return missing;
      return new PastObject(definition, key, last.revision, last.object);
    },
    async page(
      context: ApiContext,
      call: ResourceCall,
      { demand, limit, from }: ListOptions,
      selection: Selection,
    ): Promise<Page | Rejection> {
      const place = await placeOf(context, call);
      if (isRejection(place)) return place;
      const named = demand.type === 'exact' || demand.type === 'not-older-than' ? demand.revision : undefined;
      const late = refusedRevision(named, place ?? moment.revision);
      if (late !== undefined) return late;
      if (place === undefined) return { revision: moment.revision, items: [], next: undefined, remaining: undefined };
      const revision = demand.type === 'exact' ? demand.revision : place;
      return await pastPage(context, call, { revision, limit, from, selection });
    },
    async watch(context, call, watch) {
      const place = await placeOf(context, call);
      if (isRejection(place)) return place;
      return await watchPast(context, call, watch, { moment, place, clock, asked });
    },
  });
}

/** A revision a client names that the moment has not come to. */
function refusedRevision(named: Revision | undefined | Rejection, place: Revision): Rejection | undefined {
  if (named === undefined || isRejection(named)) return named;
  return named > place ? revisionTooLarge(named, place) : undefined;
}

async function placeAt(
  context: ApiContext,
  definition: ResourceDefinition,
  moment: Moment,
  signal: AbortSignal,
): Promise<Place | Rejection> {
  switch (definition.storage) {
    case 'forever':
      return moment.revision;
    case 'window': {
      const place = await windowRevision(context, moment, signal);
      const oldest = context.state.oldest(definition) ?? 0;
      if ((place ?? 0) >= oldest) return place;
      return expired(`${definition.resource} are kept for a while only: those of this moment are gone`);
    }
    case 'latest':
      return undefined;
    default:
      return assertNever(definition.storage);
  }
}
