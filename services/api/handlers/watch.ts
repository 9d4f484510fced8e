import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { Selection } from '@taffrail/state/selection';
import { WATCH_OFFER } from '../http/negotiation.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { watchOptions } from './list-options.ts';
import { presentationOf } from './representation.ts';
import { selectionOf } from './selection.ts';

/** Streams the changes of a collection (or of one object, by its name) from a revision on. */
export async function watchObjects(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, WATCH_OFFER, context.view.clock(context));
  if (isRejection(presentation)) return presentation;
  const options = watchOptions(request.query);
  if (isRejection(options)) return options;
  const selection = withName(selectionOf(definition, request.query), request.name);
  if (isRejection(selection)) return selection;
  return context.watches.refusal() ?? context.view.watch(context, call, { presentation, options, selection });
}

/** A watch of one object's path is a watch of its collection with its name selected. */
function withName(selection: Selection | Rejection, name: string): Selection | Rejection {
  if (isRejection(selection) || name === '') return selection;
  return { ...selection, fields: [...selection.fields, { field: 'metadata.name', operator: '=', value: name }] };
}
