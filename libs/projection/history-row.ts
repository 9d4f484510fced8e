import { assert } from '@taffrail/platform/assert';
import { revision, uid } from '@taffrail/platform/brand';
import type { EventVerb, LogEvent, RequestKind } from '@taffrail/log/event';

/** A row of `history` with its object cut out of the commit's payload. */
export interface HistoryRow {
  readonly revision: number;
  readonly previous_revision: number;
  readonly time_ms: number;
  readonly verb: EventVerb;
  readonly api_group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly user_name: string;
  readonly user_groups: readonly string[];
  readonly user_agent: string;
  readonly source_address: string;
  readonly field_manager: string;
  readonly cause_revision: number | null;
  readonly correlation: string;
  readonly traceparent: string;
  readonly request_verb: RequestKind['verb'];
  readonly subresource: string;
  readonly transaction_start: number;
  readonly transaction_end: number;
  /** '' where users act for themselves. */
  readonly impersonator: string;
  readonly object: Buffer | null;
}

/** What is read of `history h` for a row, beside its object. */
export const HISTORY_COLUMNS = [
  'revision',
  'previous_revision',
  'time_ms',
  'verb',
  'api_group',
  'version',
  'resource',
  'namespace',
  'name',
  'uid',
  'user_name',
  'user_groups',
  'user_agent',
  'source_address',
  'field_manager',
  'cause_revision',
  'correlation',
  'traceparent',
  'request_verb',
  'subresource',
  'transaction_start',
  'transaction_end',
  'impersonator',
].map((column) => `h.${column}`);

/** The event a row was made from. */
export function eventOfRow(row: HistoryRow): LogEvent {
  assert(row.object !== null, `the commit of event ${row.revision} is in the second copy`);
  return {
    revision: revision(row.revision),
    previousRevision: revision(row.previous_revision),
    timeMs: row.time_ms,
    verb: row.verb,
    group: row.api_group,
    version: row.version,
    resource: row.resource,
    namespace: row.namespace,
    name: row.name,
    uid: uid(row.uid),
    object: row.object,
    actor: {
      user: row.user_name,
      groups: row.user_groups,
      userAgent: row.user_agent,
      address: row.source_address,
      fieldManager: row.field_manager,
      ...(row.impersonator === '' ? {} : { impersonator: row.impersonator }),
    },
    cause: {
      ...(row.cause_revision === null ? {} : { revision: revision(row.cause_revision) }),
      correlation: row.correlation,
      traceparent: row.traceparent,
    },
    request: { verb: row.request_verb, subresource: row.subresource },
    transactionStart: row.transaction_start,
    transactionEnd: row.transaction_end,
  };
}
