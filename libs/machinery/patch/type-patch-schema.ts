import { assert } from '@taffrail/platform/assert';
import { type FieldSchema, schemaOf, type ValueSchema } from '@taffrail/resources/schema';
import type { PatchField, PatchSchema } from './patch-schema.ts';

/** The rules of strategic merge patch for a type of the schema table, by its full name. */
export function patchSchemaOf(name: string): PatchSchema {
  const type = schemaOf(name);
  assert(type !== undefined, `the schema table has the type ${name}`);
  return {
    name: name.slice(name.lastIndexOf('.') + 1),
    field: (field) => {
      const schema = type.fields.get(field);
      return schema === undefined ? undefined : patchField(schema);
    },
  };
}

function patchField(field: FieldSchema): PatchField {
  const type = nested(field.value.type === 'list' ? field.value.items : field.value);
  return {
    ...(field.patchStrategies?.includes('merge') === true ? { strategy: 'merge' } : {}),
    ...(field.mergeKey === undefined ? {} : { mergeKey: field.mergeKey }),
    ...(type === undefined ? {} : { type }),
  };
}

function nested(value: ValueSchema): PatchSchema | undefined {
  if (value.type === 'object') return patchSchemaOf(value.ref);
  if (value.type !== 'map') return undefined;
  const values = nested(value.values);
  const field: PatchField = values === undefined ? {} : { type: values };
  return { name: 'map', field: () => field };
}
