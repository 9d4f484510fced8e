import type { Commit } from '@taffrail/log/commit';
import type { LogEvent } from '@taffrail/log/event';
import type { Revision } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { makeBareTable, makeIndexes, makeKeys } from './bare-table.ts';
import { copyText as text, openCopy } from './copy.ts';
import type { Database, Transaction } from './database.ts';

/*
 * Fills empty tables with whole logs, many times faster than the projector would. History goes in by one COPY while the
 * second copy is compared on another connection; indexes are made when all rows are there; and what is alive, which is
 * known by then, is written once for each object. Nobody reads the tables meanwhile, so nothing has to be true before the
 * end. Each table is made in the transaction that fills it: where Postgres keeps no more WAL than a crash needs
 * (`wal_level = minimal`, as our own does), such rows go to the disk once instead of twice.
 */

const COLUMNS = [
  'log, revision, previous_revision, created_revision, time_ms, verb, api_group, version, resource, namespace, name, uid',
  'body_offset, body_bytes, user_name, user_groups, user_agent, source_address, field_manager, cause_revision',
  'correlation, traceparent, request_verb, subresource, transaction_start, transaction_end, impersonator',
].join(', ');

/** Takes the commits of one log after the other. */
export interface BulkReplay {
  /** Takes the next commits of a log. Throws OperatingError `log-corrupt` where the second copy differs. */
  add(log: string, commits: readonly Commit[]): Promise<void>;
}

/**
 * Makes and fills `history`, `keys`, `objects` and the positions in a schema that has none of the first three. `replay`
 * puts in all that there is; `database` needs two connections.
 */
export async function replayInBulk(
  database: Database,
  schema: string,
  replay: (bulk: BulkReplay) => Promise<void>,
): Promise<void> {
  const replays = new Map<string, LogReplay>();
  await database.begin(async (transaction) => {
    await makeBareTable(transaction, schema, 'history');
    const copy = await openCopy(transaction, `COPY ${schema}.history (${COLUMNS}) FROM STDIN WITH (FREEZE)`);
    try {
      await replay({
        async add(log, commits) {
          const state = replays.get(log) ?? { live: new Map(), last: undefined };
          replays.set(log, { live: state.live, last: commits.at(-1) ?? state.last });
          const rows = commits.flatMap(({ events, payload }) =>
            events.map((event) => historyRow(log, event, payload, createdRevision(state.live, event))),
          );
          await Promise.all([compareCopy(database, log, commits), copy.write(rows.join(''))]);
        },
      });
      await copy.end();
    } catch (error) {
      copy.breakOff();
      throw error;
    }
    await makeKeys(transaction, schema, 'history');
  });
  await Promise.all([
    database.begin(async (transaction) => {
      await transaction`SET LOCAL synchronous_commit = on`; // `vacuum` below needs it
      await makeIndexes(transaction, schema, 'history');
      await fillKeys(transaction, schema);
    }),
    database.begin(async (transaction) => {
      await transaction`SET LOCAL synchronous_commit = on`; // `vacuum` below needs it
      await fillObjects(transaction, schema, replays);
    }),
  ]);
  await vacuum(database, schema);
  for (const [log, { last }] of replays) {
    if (last === undefined) continue;
    const { sequence, hash, timeMs } = last;
    await database`
      INSERT INTO ${database(schema)}.projection (log, sequence, hash, time_ms)
      VALUES (${log}, ${sequence}, ${hash}, ${timeMs})`;
  }
}

/** How far one log is. */
interface LogReplay {
  /** What is alive, by key. */
  readonly live: Map<string, LiveObject>;
  readonly last: Commit | undefined;
}

interface LiveObject {
  readonly created: Revision;
  readonly revision: Revision;
}

/**
 * Without statistics the first questions are planned as if the tables were empty; without a map of what everybody sees, an
 * index that holds all that is asked for has each of its rows looked up all the same. A row counts as seen by everybody
 * once its transaction is on the disk, so here each one waits for that.
 */
async function vacuum(database: Database, schema: string): Promise<void> {
  const connection = await database.reserve();
  try {
    await connection`SET synchronous_commit = on`;
    for (const table of ['history', 'keys', 'objects']) await connection.unsafe(`VACUUM (ANALYZE) ${schema}.${table}`);
    await connection`RESET synchronous_commit`;
  } finally {
    connection.release();
  }
}

async function fillKeys(transaction: Transaction, schema: string): Promise<void> {
  await makeBareTable(transaction, schema, 'keys');
  await transaction`SET LOCAL work_mem = '64MB'`;
  await transaction`
    INSERT INTO ${transaction(schema)}.keys (api_group, resource, namespace, name, first_revision, gone_revision)
    SELECT api_group, resource, namespace, name, min(revision),
      CASE WHEN max(revision) FILTER (WHERE verb = 'deleted') = max(revision) THEN max(revision) END
    FROM ${transaction(schema)}.history GROUP BY api_group, resource, namespace, name
    ORDER BY api_group, resource, namespace, name`;
  await makeKeys(transaction, schema, 'keys');
  await makeIndexes(transaction, schema, 'keys');
}

/** In the order of revisions, so that bodies are read in the order they are stored in. */
async function fillObjects(
  transaction: Transaction,
  schema: string,
  replays: ReadonlyMap<string, LogReplay>,
): Promise<void> {
  await makeBareTable(transaction, schema, 'objects');
  for (const [log, { live }] of replays) {
    const revisions = Float64Array.from(live.values(), ({ revision }) => revision).sort();
    for (let at = 0; at < revisions.length; at += limits.rebuildObjectsCount) {
      const piece = `{${revisions.subarray(at, at + limits.rebuildObjectsCount).join(',')}}`;
      await transaction`
        INSERT INTO ${transaction(schema)}.objects
          (log, api_group, resource, namespace, name, version, uid, revision, created_revision, body)
        SELECT h.log, h.api_group, h.resource, h.namespace, h.name, h.version, h.uid, h.revision, h.created_revision,
          substring(c.payload FROM h.body_offset + 1 FOR h.body_bytes)
        FROM unnest(${piece}::bigint[]) AS alive (revision)
        JOIN ${transaction(schema)}.history h ON h.log = ${log} AND h.revision = alive.revision
        JOIN public.commits c ON c.log = ${log} AND c.sequence = alive.revision / 1024`;
    }
  }
  await makeKeys(transaction, schema, 'objects');
  await makeIndexes(transaction, schema, 'objects');
}

function createdRevision(live: Map<string, LiveObject>, event: LogEvent): Revision {
  const key = `${event.group}/${event.resource}/${event.namespace}/${event.name}`;
  const created = event.verb === 'created' ? event.revision : (live.get(key)?.created ?? event.revision);
  if (event.verb === 'deleted') live.delete(key);
  else live.set(key, { created, revision: event.revision });
  return created;
}

/** Adds what the second copy lacks; it must hold the same commits otherwise. */
async function compareCopy(database: Database, log: string, commits: readonly Commit[]): Promise<void> {
  const [first, last] = [commits[0], commits.at(-1)];
  if (first === undefined || last === undefined) return;
  const rows = await database<{ sequence: number; hash: string }[]>`
    SELECT sequence, hash FROM commits WHERE log = ${log} AND sequence BETWEEN ${first.sequence} AND ${last.sequence}`;
  const copied = new Map(rows.map((row) => [row.sequence, row.hash]));
  const missing: Promise<unknown>[] = [];
  for (const { sequence, hash, timeMs, payload } of commits) {
    const known = copied.get(sequence);
    if (known === hash) continue;
    if (known !== undefined) {
      throw new OperatingError(
        'log-corrupt',
        `log ${log}: commit ${sequence} differs from its second copy in Postgres`,
      );
    }
    missing.push(database`
      INSERT INTO commits (log, sequence, hash, time_ms, payload)
      VALUES (${log}, ${sequence}, ${hash}, ${timeMs}, ${Buffer.from(payload)}) ON CONFLICT DO NOTHING`);
  }
  await Promise.all(missing);
}

/** A line of COPY's text format, in the order of `COLUMNS`. */
function historyRow(log: string, event: LogEvent, payload: Uint8Array, created: Revision): string {
  const { actor, cause, request, object } = event;
  const fields = [
    log,
    event.revision,
    event.previousRevision,
    created,
    event.timeMs,
    event.verb,
    text(event.group),
    text(event.version),
    text(event.resource),
    text(event.namespace),
    text(event.name),
    text(event.uid),
    object.byteOffset - payload.byteOffset,
    object.byteLength,
    text(actor.user),
    text(`{${actor.groups.map((group) => `"${group.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`),
    text(actor.userAgent),
    text(actor.address),
    text(actor.fieldManager),
    cause.revision ?? String.raw`\N`,
    text(cause.correlation),
    text(cause.traceparent),
    request.verb,
    text(request.subresource),
    event.transactionStart,
    event.transactionEnd,
    text(actor.impersonator ?? ''),
  ];
  return `${fields.join('\t')}\n`;
}
