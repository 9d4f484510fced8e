import type { FieldError, FieldErrorType } from '../field-error.ts';
import { quoted } from './go-syntax.ts';

/** A path in an object, as it stands in a cause: `spec.containers[0].ports`, `data[key]`. */
export type Path = string;

/** The path of a field below `parent`; '' is the object itself. */
export function child(parent: Path, ...names: readonly string[]): Path {
  let path = parent;
  for (const name of names) path = path === '' ? name : `${path}.${name}`;
  return path;
}

/** The path of a list's item. */
export function index(parent: Path, at: number): Path {
  return `${parent}[${at}]`;
}

/** The path of a map's value. */
export function key(parent: Path, name: string): Path {
  return `${parent}[${name}]`;
}

/** A value as Kubernetes prints it in a message: Go syntax for anything that is no scalar, made by the caller (`go-syntax.ts`). */
export type ShownValue = string | number | boolean | null | undefined | { readonly goSyntax: string };

function shown(value: ShownValue): string {
  if (value === null || value === undefined) return '"null"';
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' ? value.goSyntax : String(value);
}

function fieldError(type: FieldErrorType, field: Path, head: string, detail: string): FieldError {
  return { type, field, message: detail === '' ? head : `${head}: ${detail}` };
}

/** A value that is malformed or out of bounds. */
export function invalid(field: Path, value: ShownValue, detail: string): FieldError {
  return fieldError('FieldValueInvalid', field, `Invalid value: ${shown(value)}`, detail);
}

/** A value of the wrong JSON type. */
export function typeInvalid(field: Path, value: ShownValue, detail: string): FieldError {
  return fieldError('FieldValueTypeInvalid', field, `Invalid value: ${shown(value)}`, detail);
}

/** A value that must be there and is not. */
export function required(field: Path, detail = ''): FieldError {
  return fieldError('FieldValueRequired', field, 'Required value', detail);
}

/** A value outside a closed set; `supported` is listed in the order given. */
export function notSupported(field: Path, value: ShownValue, supported: readonly string[]): FieldError {
  const list = supported.map((item) => quoted(item)).join(', ');
  const detail = supported.length === 0 ? '' : `supported values: ${list}`;
  return fieldError('FieldValueNotSupported', field, `Unsupported value: ${shown(value)}`, detail);
}

/** A value that is well formed but not allowed here. */
export function forbidden(field: Path, detail: string): FieldError {
  return fieldError('FieldValueForbidden', field, 'Forbidden', detail);
}

/** A value that occurs twice where it may occur once. */
export function duplicate(field: Path, value: ShownValue): FieldError {
  return fieldError('FieldValueDuplicate', field, `Duplicate value: ${shown(value)}`, '');
}

/** A reference to something that is not there. */
export function notFound(field: Path, value: ShownValue): FieldError {
  return fieldError('FieldValueNotFound', field, `Not found: ${shown(value)}`, '');
}

/** A text longer than `maximumBytes`. */
export function tooLong(field: Path, maximumBytes: number): FieldError {
  return fieldError('FieldValueTooLong', field, 'Too long', `may not be more than ${maximumBytes} bytes`);
}

/** A list longer than `maximum`. */
export function tooMany(field: Path, actual: number, maximum: number): FieldError {
  const items = maximum === 1 ? 'item' : 'items';
  return fieldError('FieldValueTooMany', field, `Too many: ${actual}`, `must have at most ${maximum} ${items}`);
}

/** A fault found on the way that the value itself does not explain. */
export function internalError(field: Path, detail: string): FieldError {
  return fieldError('InternalError', field, 'Internal error', detail);
}

/** One `invalid` for each fault a syntax check found. */
export function invalids(field: Path, value: ShownValue, faults: readonly string[]): readonly FieldError[] {
  return faults.map((fault) => invalid(field, value, fault));
}
