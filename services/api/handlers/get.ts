import { isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { StoredObject } from '@taffrail/state/stored-object';
import { answerBytes } from '../http/answer.ts';
import { OBJECT_OFFER } from '../http/negotiation.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { revisionOption } from './list-options.ts';
import { presentationOf } from './representation.ts';
import { waitForRevision } from './wait-for-revision.ts';

/** Answers one object, from memory. */
export async function getObject(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, OBJECT_OFFER, context.clock);
  if (isRejection(presentation)) return presentation;
  const found = await currentObject(context, call);
  if (isRejection(found)) return found;
  answerBytes(exchange, 200, presentation.representation, presentation.encoding.single(found));
  return undefined;
}

/** The object a request names, no older than the revision it asks for. */
export async function currentObject(context: ApiContext, call: ResourceCall): Promise<StoredObject | Rejection> {
  const { request, definition } = call;
  const revision = revisionOption(request.query.get('resourceVersion') ?? '');
  if (isRejection(revision)) return revision;
  if (revision === undefined) {
    await context.state.confirm(definition, call.exchange.signal);
  } else if (revision > 0) {
    const late = await waitForRevision(context, definition, revision, call.exchange.signal);
    if (late !== undefined) return late;
  }
  const found = context.state.get(definition, call.namespace, request.name);
  return found ?? notFound({ group: definition.group, resource: definition.resource, name: request.name });
}
