import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { answerBytes } from '../http/answer.ts';
import { OBJECT_OFFER } from '../http/negotiation.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { presentationOf } from './representation.ts';

/** Answers one object. */
export async function getObject(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, OBJECT_OFFER, context.view.clock(context));
  if (isRejection(presentation)) return presentation;
  const found = await context.view.object(context, call);
  if (isRejection(found)) return found;
  answerBytes(exchange, 200, presentation.representation, presentation.encoding.single(found));
  return undefined;
}
