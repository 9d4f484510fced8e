import { assert } from '@taffrail/platform/assert';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { findResource } from '@taffrail/resources/registry';
import { answerValue } from '../http/answer.ts';
import { PLAIN_OFFER } from '../http/negotiation.ts';
import { CREATED_STATUS } from '../http/status.ts';
import type { ApiContext, ServedCall } from './context.ts';
import { representationOf } from './representation.ts';
import { warningHeaders } from './warnings.ts';
import { decodedObject, requestContext } from './write.ts';
import { writeOptions } from './write-options.ts';

/** Binds the pod a Binding names to a node: the old spelling of the pod's own `binding` subresource. */
export async function createBinding(context: ApiContext, call: ServedCall): Promise<Rejection | undefined> {
  const { exchange, request, namespace } = call;
  const representation = representationOf(exchange, request.query, PLAIN_OFFER);
  if (isRejection(representation)) return representation;
  const options = writeOptions(request.query, 'CreateOptions', exchange.header('user-agent') ?? '');
  if (isRejection(options)) return options;
  const decoded = await decodedObject(call, options.fieldValidation);
  if (isRejection(decoded)) return decoded;
  const pods = findResource('', 'v1', 'pods');
  assert(pods !== undefined, 'pods are a built-in resource');
  const { name = '' } = decoded.object.metadata;
  const outcome = await context.state.submit(
    {
      type: 'create',
      target: { definition: pods, namespace, name, subresource: 'binding' },
      object: decoded.object,
    },
    requestContext(context, call, options),
    exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const warnings = warningHeaders([...decoded.warnings, ...outcome.warnings]);
  answerValue(exchange, 201, representation, CREATED_STATUS, warnings);
  return undefined;
}
