import { assert } from '@taffrail/platform/assert';
import { type FieldSchema, schemaOf, type TypeSchema } from '../schema.ts';

/** What to do with each field number of a message: a field of the type, or a message whose fields are the type's own. */
export type WirePlan = ReadonlyMap<number, FieldSchema | WirePlan>;

const plans = new Map<string, WirePlan>();

/** The plan of a type of the schema table; asserts that the table has it. */
export function wirePlan(typeName: string): WirePlan {
  const known = plans.get(typeName);
  if (known !== undefined) return known;
  const type = schemaOf(typeName);
  assert(type !== undefined, `the schema table has no ${typeName}`);
  const plan = planOf(type);
  plans.set(typeName, plan);
  return plan;
}

/** Whether a plan's entry is an inlined message. */
export function isInlined(entry: FieldSchema | WirePlan): entry is WirePlan {
  return entry instanceof Map;
}

type MutablePlan = Map<number, FieldSchema | MutablePlan>;

function planOf(type: TypeSchema): WirePlan {
  const plan: MutablePlan = new Map();
  for (const field of type.fields.values()) {
    let level = plan;
    for (const number of field.wire.slice(0, -1)) {
      const existing = level.get(number);
      const inner = existing instanceof Map ? existing : new Map();
      level.set(number, inner);
      level = inner;
    }
    const last = field.wire.at(-1);
    if (last !== undefined) level.set(last, field);
  }
  return plan;
}
