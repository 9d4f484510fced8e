import { parseFieldSelector, unselectableField } from '@taffrail/machinery/field-selector';
import { parseLabelSelector } from '@taffrail/machinery/label-selector';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { EVERYTHING, matchesLabels } from '@taffrail/machinery/selector';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { ObjectKey } from '@taffrail/resources/object';
import type { Selection } from '@taffrail/state/selection';

const ALL: Selection = Object.freeze({ labels: EVERYTHING, fields: EVERYTHING });

/** Reads the selectors of a query; 400 for what cannot be selected by. */
export function selectionOf(definition: ResourceDefinition, query: URLSearchParams): Selection | Rejection {
  if (query.size === 0) return ALL;
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  if (labelText === '' && fieldText === '') return ALL;
  const labels = parseLabelSelector(labelText);
  if (isRejection(labels)) return labels;
  const fields = parseFieldSelector(fieldText);
  if (isRejection(fields)) return fields;
  return unselectableField(fields, definition.rules.selectableFieldNames) ?? { labels, fields };
}

/** Whether a selection takes everything. */
export function selectsAll(selection: Selection): boolean {
  return selection.labels.length === 0 && selection.fields.length === 0;
}

/** What a selection is held against. */
export interface Selectable {
  readonly key: ObjectKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/** Whether an object is selected. */
export function isSelected(selection: Selection, object: Selectable): boolean {
  if (selection.labels.length > 0 && !matchesLabels(selection.labels, object.labels)) return false;
  return selection.fields.every(({ field, operator, value }) => {
    const have =
      field === 'metadata.name'
        ? object.key.name
        : field === 'metadata.namespace'
          ? object.key.namespace
          : (object.fields[field] ?? '');
    return operator === '=' ? have === value : have !== value;
  });
}

/** The one name a selection can match; undefined when it may match several. */
export function selectedName(selection: Selection): string | undefined {
  return selection.fields.find(({ field, operator }) => field === 'metadata.name' && operator === '=')?.value;
}

/** The one namespace a selection can match; undefined when it may match several. */
export function selectedNamespace(selection: Selection): string | undefined {
  return selection.fields.find(({ field, operator }) => field === 'metadata.namespace' && operator === '=')?.value;
}
