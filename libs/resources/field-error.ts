import type { JsonValue } from './json.ts';

/** The types of apimachinery's `field.Error`, with the `reason` of the Status cause each becomes. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

/** One thing wrong with one field: becomes a cause of a 422 Status. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Dotted path, e.g. `spec.containers[0].name`. */
  readonly field: string;
  /** The whole cause message as Kubernetes words it, e.g. `Invalid value: "x": must be …`. */
  readonly message: string;
  readonly value?: JsonValue | undefined;
}
