import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { scaleTable } from '@taffrail/resources/kinds/scale/table';
import { scaleOf } from '@taffrail/state/decide/scale';
import { tableEncoding } from '../encoding/table-encoding.ts';
import { answerBytes, answerValue } from '../http/answer.ts';
import { SCALE_OFFER } from '../http/negotiation.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { includeObject, representationOf } from './representation.ts';

/** Answers a workload's `scale` subresource: the workload as an `autoscaling/v1` Scale. */
export async function getScale(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request } = call;
  const representation = representationOf(exchange, request.query, SCALE_OFFER);
  if (isRejection(representation)) return representation;
  const include = representation.shape === 'table' ? includeObject(request.query) : 'Metadata';
  if (isRejection(include)) return include;
  const found = await context.view.object(context, call);
  if (isRejection(found)) return found;
  const scale = scaleOf(found.object());
  if (representation.shape !== 'table') answerValue(exchange, 200, representation, scale);
  else {
    const encoding = tableEncoding(scaleTable, include, context.view.clock(context), representation.metaVersion);
    answerBytes(
      exchange,
      200,
      representation,
      encoding.single({ revision: found.revision, body: () => found.body(), object: () => scale }),
    );
  }
  return undefined;
}
