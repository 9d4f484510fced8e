import { isUtf8 } from 'node:buffer';
import { assert } from '@taffrail/platform/assert';
import type { Revision, Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Commit } from '@taffrail/log/commit';
import type { LogEvent } from '@taffrail/log/event';
import type { Database, Fragment } from './database.ts';
import type { ProjectionPosition } from './read-model.ts';

/*
 * Nothing is joined in this statement that may have many rows: what is needed of a key is looked up by that key, and only
 * for events that do not say it themselves. Postgres keeps the statement's plan from when the tables were small, and a join
 * planned then reads all that is alive for every batch. `PROJECTOR_SETTINGS` keep it from planning that.
 */

/** For connections that project: every access to a table is by index, and the statement is planned once. */
export const PROJECTOR_SETTINGS = Object.freeze({
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
});

/**
 * Writes commits and moves the log's position from `from` to the last of them, in one statement and so in one
 * transaction. Returns the new position, or undefined when the log did not stand at `from` any more (another
 * projector was quicker, a rebuild swapped the tables): then nothing was written.
 * Throws OperatingError `log-corrupt` when the second copy holds other bytes for one of these commits.
 */
export async function projectBatch(
  database: Database,
  log: string,
  from: ProjectionPosition | undefined,
  commits: readonly Commit[],
): Promise<ProjectionPosition | undefined> {
  const last = commits.at(-1);
  assert(last !== undefined, 'a batch has commits');
  requireContiguous(from, commits);
  const { sequence, hash, timeMs } = last;
  const moved =
    from === undefined
      ? database`INSERT INTO projection (log, sequence, hash, time_ms)
          VALUES (${log}, ${sequence}, ${hash}, ${timeMs}) ON CONFLICT DO NOTHING RETURNING 1`
      : database`UPDATE projection SET sequence = ${sequence}, hash = ${hash}, time_ms = ${timeMs}
          WHERE log = ${log} AND sequence = ${from.sequence} AND hash = ${from.hash} RETURNING 1`;
  const sequences = commits.map((commit) => commit.sequence);
  const hashes = commits.map((commit) => commit.hash);
  const [result] = await database<{ moved: number; differing: number }[]>`
    WITH moved AS (${moved}),
    sent AS MATERIALIZED (SELECT ${sentBytes(database, commits)} AS bytes FROM moved),
    events AS (
      SELECT e.*, COALESCE(e.created, (
        SELECT o.created_revision FROM objects o
        WHERE (o.api_group, o.resource, o.namespace, o.name) = (e.api_group, e.resource, e.namespace, e.name)
      ), e.revision) AS created_revision
      FROM moved, json_to_recordset(${eventRows(commits)}::text::json) AS e (
        revision bigint, previous_revision bigint, created bigint, time_ms bigint, verb text, api_group text, version text,
        resource text, namespace text, name text, uid text, body_start integer, body_offset integer, body_bytes integer,
        user_name text, user_groups text[], user_agent text, source_address text, field_manager text,
        cause_revision bigint, correlation text, traceparent text, request_verb text, subresource text,
        transaction_start integer, transaction_end integer, impersonator text, first boolean, final boolean, gone bigint
      )
    ),
    copied AS (
      INSERT INTO commits (log, sequence, hash, time_ms, payload)
      SELECT ${log}, b.sequence, b.hash, b.time_ms, substring(sent.bytes FROM b.start FOR b.length)
      FROM sent, unnest(
        ${sequences}::bigint[],
        ${hashes}::text[],
        ${commits.map((commit) => commit.timeMs)}::bigint[],
        ${startsOf(commits)}::integer[],
        ${commits.map((commit) => commit.payload.byteLength)}::integer[]
      ) AS b (sequence, hash, time_ms, start, length)
      ON CONFLICT DO NOTHING RETURNING sequence
    ),
    known AS (
      INSERT INTO keys (api_group, resource, namespace, name, first_revision, gone_revision)
      SELECT e.api_group, e.resource, e.namespace, e.name, e.revision, e.gone FROM events e
      WHERE e.first AND (e.verb = 'created' OR e.gone IS NOT NULL OR (
        SELECT k.first_revision FROM keys k
        WHERE (k.api_group, k.resource, k.namespace, k.name) = (e.api_group, e.resource, e.namespace, e.name)
          AND k.gone_revision IS NULL
      ) IS NULL)
      ON CONFLICT (api_group, resource, namespace, name) DO UPDATE SET gone_revision = excluded.gone_revision
    ),
    told AS (
      INSERT INTO history (log, revision, previous_revision, created_revision, time_ms, verb, api_group, version, resource,
        namespace, name, uid, body_offset, body_bytes, user_name, user_groups, user_agent, source_address, field_manager,
        cause_revision, correlation, traceparent, request_verb, subresource, transaction_start, transaction_end,
        impersonator)
      SELECT ${log}, revision, previous_revision, created_revision, time_ms, verb, api_group, version, resource,
        namespace, name, uid, body_offset, body_bytes, user_name, user_groups, user_agent, source_address, field_manager,
        cause_revision, correlation, traceparent, request_verb, subresource, transaction_start, transaction_end,
        impersonator
      FROM events
    ),
    alive AS (
      INSERT INTO objects AS o (log, api_group, resource, namespace, name, version, uid, revision, created_revision, body)
      SELECT ${log}, e.api_group, e.resource, e.namespace, e.name, e.version, e.uid, e.revision, e.created_revision,
        substring(sent.bytes FROM e.body_start FOR e.body_bytes)
      FROM sent, events e
      WHERE e.final AND e.verb <> 'deleted'
      ON CONFLICT (api_group, resource, namespace, name) DO UPDATE SET log = excluded.log, version = excluded.version,
        uid = excluded.uid, revision = excluded.revision, created_revision = excluded.created_revision, body = excluded.body
    ),
    gone AS (
      DELETE FROM objects o USING events e
      WHERE e.final AND e.verb = 'deleted'
        AND (o.api_group, o.resource, o.namespace, o.name) = (e.api_group, e.resource, e.namespace, e.name)
    )
    SELECT (SELECT count(*) FROM moved) AS moved,
      CASE WHEN (SELECT count(*) FROM copied) = ${commits.length} THEN 0 ELSE (
        SELECT count(*) FROM unnest(${sequences}::bigint[], ${hashes}::text[]) AS b (sequence, hash)
        JOIN commits c ON c.log = ${log} AND c.sequence = b.sequence WHERE c.hash <> b.hash
      ) END AS differing`;
  assert(result !== undefined, 'the statement answers with one row');
  if (result.moved === 0) return undefined;
  if (result.differing > 0) {
    throw new OperatingError(
      'log-corrupt',
      `log ${log}: ${result.differing} commits up to ${sequence} differ from their second copy in Postgres`,
    );
  }
  return { log, sequence, hash, timeMs };
}

function requireContiguous(from: ProjectionPosition | undefined, commits: readonly Commit[]): void {
  let previous: Pick<ProjectionPosition, 'sequence' | 'hash'> | undefined = from;
  for (const commit of commits) {
    assert(
      previous === undefined || (follows(commit, previous.sequence) && commit.previousHash === previous.hash),
      `commit ${commit.sequence} does not continue what is projected`,
    );
    previous = commit;
  }
}

/** Only a new segment may leave out sequences; its genesis says behind which one. */
function follows({ sequence: at, genesis }: Commit, previous: Sequence): boolean {
  return at === previous + 1 || genesis?.previousSegmentSequence === previous;
}

/**
 * All payloads one behind the other, as a bytea. Payloads are JSON as a rule, and a text travels as it is, where the driver
 * writes two characters for each byte of a bytea.
 */
function sentBytes(database: Database, commits: readonly Commit[]): Fragment {
  const bytes = Buffer.concat(commits.map(({ payload }) => payload));
  return isUtf8(bytes) && !bytes.includes(0)
    ? database`convert_to(${bytes.toString('utf8')}, 'UTF8')`
    : database`${bytes}::bytea`;
}

/** Where each payload begins, counted from 1. */
function startsOf(commits: readonly Commit[]): readonly number[] {
  let next = 1;
  return commits.map(({ payload }) => {
    const start = next;
    next += payload.byteLength;
    return start;
  });
}

/** The events of a batch as the JSON rows of the statement above. */
function eventRows(commits: readonly Commit[]): string {
  /** For each key of the batch: its creating revision where the batch has it, and which row is its last. */
  const created = new Map<string, Revision | undefined>();
  const final = new Map<string, number>();
  const starts = startsOf(commits);
  const events = commits.flatMap(({ events: own, payload }, index) =>
    own.map((event) => ({ event, payload, start: starts[index] ?? 0 })),
  );
  for (const [index, { event }] of events.entries()) final.set(keyOf(event), index);
  const rows = events.map(({ event, payload, start }, index) => {
    const key = keyOf(event);
    const first = !created.has(key);
    if (first || event.verb === 'created') created.set(key, event.verb === 'created' ? event.revision : undefined);
    const last = final.get(key);
    const ending = first && last !== undefined ? events[last]?.event : undefined;
    const row = eventRow(event, payload);
    return {
      ...row,
      body_start: start + row.body_offset,
      created: created.get(key),
      first,
      final: last === index,
      gone: ending?.verb === 'deleted' ? ending.revision : undefined,
    };
  });
  const text = JSON.stringify(rows);
  return UNSTORABLE.test(text) ? JSON.stringify(rows, (_key, value: unknown) => storable(value)) : text;
}

function keyOf(event: LogEvent): string {
  return `${event.group}/${event.resource}/${event.namespace}/${event.name}`;
}

function eventRow(event: LogEvent, payload: Uint8Array) {
  const { actor, cause, request, object } = event;
  assert(object.buffer === payload.buffer, 'a decoded event is a view of its payload');
  return {
    revision: event.revision,
    previous_revision: event.previousRevision,
    time_ms: event.timeMs,
    verb: event.verb,
    api_group: event.group,
    version: event.version,
    resource: event.resource,
    namespace: event.namespace,
    name: event.name,
    uid: event.uid,
    body_offset: object.byteOffset - payload.byteOffset,
    body_bytes: object.byteLength,
    user_name: actor.user,
    user_groups: actor.groups,
    user_agent: actor.userAgent,
    source_address: actor.address,
    field_manager: actor.fieldManager,
    cause_revision: cause.revision,
    correlation: cause.correlation,
    traceparent: cause.traceparent,
    request_verb: request.verb,
    subresource: request.subresource,
    transaction_start: event.transactionStart,
    transaction_end: event.transactionEnd,
    impersonator: actor.impersonator ?? '',
  };
}

/** Escapes that JSON has and a text column has not: NUL and half surrogate pairs. Whoever sent them must not stop the projector. */
const UNSTORABLE = /\\u(0000|d[89a-f])/i;

function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value;
}
