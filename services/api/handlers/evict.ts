import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { isJsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { DeleteOptions } from '@taffrail/state/command';
import { answerValue } from '../http/answer.ts';
import { PLAIN_OFFER } from '../http/negotiation.ts';
import { CREATED_STATUS } from '../http/status.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { checkedOptions } from './delete-options.ts';
import { representationOf } from './representation.ts';
import { warningHeaders } from './warnings.ts';
import { decodedObject, requestContext, targetOf } from './write.ts';
import { writeOptions } from './write-options.ts';

/** Evicts a pod: a deletion with the options inside the Eviction, unless a disruption budget forbids it. */
export async function evictPod(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request } = call;
  const representation = representationOf(exchange, request.query, PLAIN_OFFER);
  if (isRejection(representation)) return representation;
  const options = writeOptions(request.query, 'CreateOptions', exchange.header('user-agent') ?? '');
  if (isRejection(options)) return options;
  const decoded = await decodedObject(call, options.fieldValidation);
  if (isRejection(decoded)) return decoded;
  const inside = decoded.object['deleteOptions'];
  const asked = checkedOptions(isJsonObject(inside) ? inside : {});
  if (isRejection(asked)) return asked;
  const outcome = await context.state.submit(
    { type: 'create', target: targetOf(call), object: withOptions(decoded.object, asked.options) },
    requestContext(context, call, { dryRun: options.dryRun || asked.dryRun, fieldManager: options.fieldManager }),
    exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  answerValue(
    exchange,
    201,
    representation,
    CREATED_STATUS,
    warningHeaders([...decoded.warnings, ...outcome.warnings]),
  );
  return undefined;
}

/** The Eviction with the options as they were checked. */
function withOptions(eviction: KubeObject, options: DeleteOptions): KubeObject {
  return { ...eviction, deleteOptions: { ...options } };
}
