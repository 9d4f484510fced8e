import { decodeObject, type DecodedObject } from '@taffrail/machinery/decode/decode-object';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { FieldValidation } from '@taffrail/state/command';
import type { ServedCall } from './context.ts';
import { expectedKind } from './expected-kind.ts';

/** Decodes the object a request carries: the resource's kind, or the kind of its subresource. */
export function decodeBody(
  bytes: Uint8Array,
  mediaType: string | undefined,
  { definition, request }: Pick<ServedCall, 'definition' | 'request'>,
  fieldValidation: FieldValidation,
): DecodedObject | Rejection {
  return decodeObject({ bytes, mediaType, definition: expectedKind(definition, request.subresource), fieldValidation });
}
