import { decodePatch, type PatchType } from '@taffrail/machinery/decode/decode-patch';
import { invalid, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { limits } from '@taffrail/platform/limits';
import type { JsonValue } from '@taffrail/resources/json';
import type { FieldValidation } from '@taffrail/state/command';
import type { Exchange } from '../http/exchange.ts';

export interface PatchDocument {
  readonly rejected?: never;
  readonly patchType: PatchType;
  readonly patch: JsonValue;
  readonly warnings: readonly string[];
}

/** Whether a request's body is a server-side apply. */
export function isApply(exchange: Exchange): boolean {
  return (exchange.header('content-type') ?? '').startsWith('application/apply-patch');
}

/** Reads the patch a request carries. */
export async function patchDocument(
  exchange: Exchange,
  fieldValidation: FieldValidation,
): Promise<PatchDocument | Rejection> {
  const bytes = await exchange.body(limits.requestBodyBytes);
  const decoded = decodePatch({ bytes, mediaType: exchange.header('content-type'), fieldValidation });
  if (isRejection(decoded)) return decoded;
  const { patchType, patch, duplicates } = decoded;
  if (fieldValidation === 'Strict' && duplicates.length > 0) {
    const message = `Invalid value: "": strict decoding error: ${duplicates.join(', ')}`;
    return invalid({ group: '', kind: '', name: '' }, [{ type: 'FieldValueInvalid', field: 'patch', message }]);
  }
  return { patchType, patch, warnings: duplicates };
}
