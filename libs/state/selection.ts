import { matchesFields, matchesLabels, type FieldSelector, type LabelSelector } from '@taffrail/machinery/selector';
import type { StoredObject } from './stored-object.ts';

/** Which objects of a collection are meant. */
export interface Selection {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

/** Whether an object is meant. Reads the index only; nothing is parsed. */
export function selects(selection: Selection, object: StoredObject): boolean {
  if (!matchesLabels(selection.labels, object.labels)) return false;
  if (selection.fields.length === 0) return true;
  const { namespace, name } = object.key;
  return matchesFields(selection.fields, {
    ...object.fields,
    'metadata.name': name,
    'metadata.namespace': namespace,
  });
}
