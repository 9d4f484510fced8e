import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { scaleOf } from '@taffrail/state/decide/scale';
import { answerValue } from '../http/answer.ts';
import { PLAIN_OFFER } from '../http/negotiation.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { representationOf } from './representation.ts';

/** Answers a workload's `scale` subresource: the workload as an `autoscaling/v1` Scale. */
export async function getScale(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const representation = representationOf(call.exchange, call.request.query, PLAIN_OFFER);
  if (isRejection(representation)) return representation;
  const found = await context.view.object(context, call);
  if (isRejection(found)) return found;
  answerValue(call.exchange, 200, representation, scaleOf(found.object()));
  return undefined;
}
