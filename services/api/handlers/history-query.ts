import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { parseFieldPath, type FieldPath } from '@taffrail/history/field-path';
import { parseLabelSelector } from '@taffrail/machinery/label-selector';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { LabelSelector } from '@taffrail/machinery/selector';
import { isTrue } from '../http/parsed-request.ts';
import { integerOf } from './list-options.ts';
import { parseMoment, type AskedMoment } from './moment.ts';

/** How much of each change is told. */
export type HistoryView =
  /** What changed, in fields and in words. */
  | 'changes'
  /** The same, and the object before and after, as diffs show it. */
  | 'diff'
  /** The whole object after the change. */
  | 'objects';

/** What a history request selects by, beside its path. */
export interface HistoryOptions {
  readonly rejected?: never;
  readonly view: HistoryView;
  readonly limit: number;
  readonly before: Revision | undefined;
  readonly since: AskedMoment | undefined;
  readonly until: AskedMoment | undefined;
  readonly user: string | undefined;
  readonly uid: string | undefined;
  readonly field: FieldPath | undefined;
  readonly labels: LabelSelector | undefined;
  /** All pages, as one entry per line. */
  readonly stream: boolean;
}

/** Reads and checks the query of a history request. */
export function historyOptions(query: URLSearchParams, plainView: HistoryView): HistoryOptions | Rejection {
  const asked = integerOf(query, 'limit');
  if (isRejection(asked)) return asked;
  const limit = asked === undefined || asked === 0 ? limits.historyEntriesCount : asked;
  const view = VIEWS.find((one) => one === (query.get('view') ?? plainView));
  if (view === undefined) return badRequest(`view is to be one of ${VIEWS.join(', ')}`);
  const before = given(query, 'before', parseRevision, 'a revision');
  if (isRejection(before)) return before;
  const since = momentIn(query, 'since');
  if (isRejection(since)) return since;
  const until = momentIn(query, 'until');
  if (isRejection(until)) return until;
  const field = given(query, 'field', parseFieldPath, 'the path of a field, such as spec.replicas');
  if (isRejection(field)) return field;
  const labelText = query.get('labelSelector') ?? '';
  const labels = labelText === '' ? undefined : parseLabelSelector(labelText);
  if (isRejection(labels)) return labels;
  return {
    view,
    limit: Math.min(limit, limits.historyEntriesCount),
    before,
    since,
    until,
    user: query.get('user') ?? undefined,
    uid: query.get('uid') ?? undefined,
    field,
    labels,
    stream: isTrue(query.get('stream')),
  };
}

const VIEWS: readonly HistoryView[] = ['changes', 'diff', 'objects'];

/** A moment in a query; undefined when it names none. */
export function momentIn(query: URLSearchParams, name: string): AskedMoment | undefined | Rejection {
  const text = query.get(name) ?? '';
  return text === '' ? undefined : parseMoment(text);
}

/** Another parameter that may be left out; 400 when it is there and is not what it has to be. */
function given<Value>(
  query: URLSearchParams,
  name: string,
  parse: (text: string) => Value | undefined,
  what: string,
): Value | undefined | Rejection {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  return parse(text) ?? badRequest(`${name} is not ${what}: ${JSON.stringify(text)}`);
}
