import { assertNever } from '@taffrail/platform/assert';
import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../json.ts';
import { schemaOf, type ValueSchema } from '../../schema.ts';
import { unionOf } from '../union.ts';

const SECONDS = fc.integer({ min: -62_135_596_799, max: 253_402_300_799 });

function arbitraryValue(schema: ValueSchema, depth: number): fc.Arbitrary<JsonValue> {
  switch (schema.type) {
    case 'string':
      return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    case 'bytes':
      return fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'integer':
      return schema.bits === 32 ? fc.integer().filter(Boolean) : fc.maxSafeInteger().filter(Boolean);
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0);
    case 'boolean':
      return fc.constant(true);
    case 'time':
      return SECONDS.map((seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);
    case 'micro-time':
      return fc
        .tuple(SECONDS, fc.integer({ min: 0, max: 999_999 }))
        .map(
          ([seconds, micros]) =>
            `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`,
        );
    case 'quantity':
      return fc.integer({ min: 1, max: 9999 }).map((value) => `${value}m`);
    case 'int-or-string':
      return fc.oneof(fc.integer().filter(Boolean), fc.string({ minLength: 1, maxLength: 4 }));
    case 'any':
      return fc.dictionary(fc.string({ maxLength: 4 }), fc.integer());
    case 'object':
      return arbitraryObject(schema.ref, depth + 1);
    case 'list':
      return fc.array(arbitraryValue(schema.items, depth + 1), { minLength: 1, maxLength: 2 });
    case 'map':
      return fc.dictionary(fc.string({ maxLength: 6 }), arbitraryValue(schema.values, depth + 1), {
        minKeys: 1,
        maxKeys: 2,
      });
    default:
      return assertNever(schema);
  }
}

/** An object of a type of the schema table that says nothing by a zero value. */
export function arbitraryObject(typeName: string, depth = 0): fc.Arbitrary<JsonObject> {
  const type = schemaOf(typeName);
  if (type === undefined) throw new Error(`no ${typeName}`);
  // A field that has several shapes in JSON has a message of its own on the wire, which `encode.ts` does not write.
  const fields = [...type.fields.values()].filter(
    (field) => field.wire.length > 0 && unionOf(typeName, field.name) === undefined,
  );
  const chance = depth === 0 ? 0.9 : 0.25;
  return fc
    .subarray(fields, {
      minLength: Math.min(1, fields.length),
      maxLength: Math.max(1, Math.ceil(fields.length * chance)),
    })
    .chain((chosen) =>
      depth > 6
        ? fc.constant({})
        : fc
            .tuple(...chosen.map((field) => arbitraryValue(field.value, depth)))
            .map((values) => Object.fromEntries(chosen.map((field, at) => [field.name, values[at] ?? null]))),
    );
}
