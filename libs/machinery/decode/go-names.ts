import { assertNever } from '@taffrail/platform/assert';
import type { JsonValue } from '@taffrail/resources/json';
import type { ValueSchema } from '@taffrail/resources/schema';

/** What Go's decoder calls a JSON value. */
export function goJsonName(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'number' : `number ${value}`;
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** What Go calls a type. */
export function goTypeName(schema: ValueSchema): string {
  switch (schema.type) {
    case 'object':
      return schema.ref.split('.').slice(-2).join('.');
    case 'list':
      return `[]${goTypeName(schema.items)}`;
    case 'map':
      return `map[string]${goTypeName(schema.values)}`;
    case 'integer':
      return `int${schema.bits}`;
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    case 'time':
      return 'v1.Time';
    case 'micro-time':
      return 'v1.MicroTime';
    case 'quantity':
      return 'resource.Quantity';
    case 'int-or-string':
      return 'intstr.IntOrString';
    case 'any':
      return 'interface {}';
    case 'string':
      return 'string';
    default:
      return assertNever(schema);
  }
}

/** The zero value of a Go type, which null stands for inside lists and maps. */
export function goZeroValue(schema: ValueSchema): JsonValue {
  switch (schema.type) {
    case 'string':
    case 'bytes':
      return '';
    case 'integer':
    case 'number':
    case 'int-or-string':
      return 0;
    case 'boolean':
      return false;
    case 'quantity':
      return '0';
    case 'object':
      return {};
    case 'list':
    case 'map':
    case 'any':
    case 'time':
    case 'micro-time':
      return null;
    default:
      return assertNever(schema);
  }
}
