import { valueAt } from '@taffrail/history/field-path';
import { parsed } from '@taffrail/history/change-entry';
import { limits } from '@taffrail/platform/limits';
import type { Revision } from '@taffrail/platform/brand';
import { jsonEqual } from '@taffrail/machinery/json-walk';
import { matchesLabels } from '@taffrail/machinery/selector';
import type { ChangesQuery, ReadModel, RecordedChange } from '@taffrail/projection/read-model';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import type { HistoryOptions } from './history-query.ts';

/** One step through the history: a change that was looked at, and whether it is selected. */
export interface LookedAt {
  readonly revision: Revision;
  readonly change: RecordedChange | undefined;
}

type Selecting = Pick<HistoryOptions, 'field' | 'labels'>;

/**
 * Walks back through the changes of a query, telling each that is looked at and whether labels and field select it. Labels
 * count as they were before or after the change, so that a change of the label itself is found as well. `wanted`: how many
 * will be looked at when everything is selected.
 */
export async function* selectedChanges(
  readModel: ReadModel,
  query: Omit<ChangesQuery, 'limit'>,
  selecting: Selecting,
  wanted: number = limits.historyReadCount,
): AsyncGenerator<LookedAt> {
  let { before } = query;
  const everything = selecting.field === undefined && selecting.labels === undefined;
  const limit = everything ? Math.min(wanted, limits.historyReadCount) : limits.historyReadCount;
  for (;;) {
    const { changes, more } = await readModel.changes({ ...query, ...(before === undefined ? {} : { before }), limit });
    for (const change of changes) {
      before = change.event.revision;
      yield { revision: before, change: isSelected(change, selecting) ? change : undefined };
    }
    if (!more) return;
  }
}

function isSelected({ event, before }: RecordedChange, { field, labels }: Selecting): boolean {
  if (field === undefined && labels === undefined) return true;
  const [earlier, later] = [before === undefined ? undefined : parsed(before), parsed(event.object)];
  if (labels !== undefined) {
    const matches = [earlier, later].some((object) => object !== undefined && matchesLabels(labels, labelsOf(object)));
    if (!matches) return false;
  }
  if (field === undefined) return true;
  // What is deleted has no fields any more.
  const to = event.verb === 'deleted' ? undefined : valueAt(later, field);
  return !jsonEqual(event.verb === 'created' ? undefined : valueAt(earlier, field), to);
}

function labelsOf({ metadata }: JsonObject): Readonly<Record<string, string>> {
  const labels = isJsonObject(metadata) ? metadata['labels'] : undefined;
  return isJsonObject(labels) ? (labels as Readonly<Record<string, string>>) : {};
}
