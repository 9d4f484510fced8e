import { invalid, isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { FieldError } from '@taffrail/resources/field-error';
import type { TokenRequestSpec } from '@taffrail/resources/generated/types';
import { invalid as invalidField } from '@taffrail/resources/validation/field';
import { notImplemented } from '../http/rejections.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { decodedObject } from './write.ts';
import { writeOptions } from './write-options.ts';

const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;

/** Checks a request for a service account's token. No tokens are issued yet, and the answer to a good request says so. */
export async function requestToken(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition, namespace } = call;
  const options = writeOptions(request.query, 'CreateOptions', exchange.header('user-agent') ?? '');
  if (isRejection(options)) return options;
  const decoded = await decodedObject(call, options.fieldValidation);
  if (isRejection(decoded)) return decoded;
  if (context.state.get(definition, namespace, request.name) === undefined) {
    return notFound({ group: definition.group, resource: definition.resource, name: request.name });
  }
  const errors = durationErrors(decoded.object['spec'] as Partial<TokenRequestSpec> | undefined);
  if (errors.length > 0) return invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest', name: '' }, errors);
  return notImplemented('service account tokens are not issued yet');
}

function durationErrors(spec: Partial<TokenRequestSpec> | undefined): readonly FieldError[] {
  const seconds = spec?.expirationSeconds;
  const path = 'spec.expirationSeconds';
  if (seconds === undefined) return [];
  if (seconds < SHORTEST_SECONDS) {
    return [invalidField(path, seconds, 'may not specify a duration less than 10 minutes')];
  }
  return seconds > LONGEST_SECONDS
    ? [invalidField(path, seconds, 'may not specify a duration larger than 2^32 seconds')]
    : [];
}
