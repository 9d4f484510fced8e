import type { Revision } from '@taffrail/platform/brand';
import type { LogEvent } from '@taffrail/log/event';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { answerBound } from './answer-bound.ts';
import { objectsAt } from './as-of.ts';
import { beginning, momentAtRevision, momentAtTime } from './moments.ts';
import { openDatabase, query, type Database, type ReservedConnection } from './database.ts';
import { changedObjects, consequences, causes } from './changes.ts';
import { changesByObject } from './chapters.ts';
import { eventOfRow, HISTORY_COLUMNS, type HistoryRow } from './history-row.ts';
import { liveObjectBatches } from './live-objects.ts';
import { readPosition } from './position.ts';
import type {
  CausesQuery,
  ChangedObjectsQuery,
  ChangesQuery,
  ConsequencesQuery,
  HistoryQuery,
  ObjectsQuery,
  ProjectedObject,
  ProjectionPosition,
  ReadModel,
} from './read-model.ts';

/**
 * The read model on Postgres. Two pools: reads by key keep their prepared plans; lists are planned anew each time, because
 * a generic plan chosen after five runs is up to twenty times slower for the next, differently sized, one.
 */
export function openReadModel(url: string): ReadModel {
  const connectionsCount = limits.databaseConnectionsCount;
  const byKey = openDatabase({ url, name: 'taffrail-read', connectionsCount });
  const lists = openDatabase({
    url,
    name: 'taffrail-list',
    connectionsCount,
    settings: {
      plan_cache_mode: 'force_custom_plan',
      // A snapshot nobody reads on would hold up a rebuild for ever.
      idle_in_transaction_session_timeout: String(limits.databaseIdleSnapshotMs),
    },
  });
  const bound = answerBound();
  return Object.freeze({
    position: (log: string) => bound(() => query(async () => await readPosition(byKey, log))),
    liveObjects: (log: string) => liveObjects(lists, log),
    history: (asked: HistoryQuery) => bound(() => query(async () => await history(byKey, asked))),
    eventsAfter: (
      definition: ResourceDefinition,
      namespace: string | undefined,
      after: Revision,
      limit: number,
    ): Promise<readonly LogEvent[]> =>
      bound(() => query(async () => await eventsAfter(lists, definition, namespace, after, limit))),
    objectsAt: (asked: ObjectsQuery) => bound(() => query(async () => await objectsAt(lists, asked))),
    beginning: (log: string) => bound(() => query(async () => await beginning(byKey, log))),
    momentAtTime: (log: string, timeMs: number) =>
      bound(() => query(async () => await momentAtTime(byKey, log, timeMs))),
    momentAtRevision: (log: string, at: Revision) =>
      bound(() => query(async () => await momentAtRevision(byKey, log, at))),
    changes: (asked: ChangesQuery) => bound(() => query(async () => await changesByObject(lists, asked))),
    causes: (asked: CausesQuery) => bound(() => query(async () => await causes(byKey, asked))),
    consequences: (asked: ConsequencesQuery) => bound(() => query(async () => await consequences(byKey, asked))),
    changedObjects: (asked: ChangedObjectsQuery) => bound(() => query(async () => await changedObjects(lists, asked))),
    async close(): Promise<void> {
      await Promise.all([byKey.end({ timeout: 1 }), lists.end({ timeout: 1 })]);
    },
  });
}

/** Position and objects of one snapshot. Its connection is held until `batches` has been iterated, to its end or not. */
async function liveObjects(
  database: Database,
  log: string,
): Promise<{ position: ProjectionPosition | undefined; batches: AsyncIterable<readonly ProjectedObject[]> }> {
  const connection = await query(async () => await database.reserve());
  try {
    const position = await query(async () => {
      await connection`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`;
      return await readPosition(connection, log);
    });
    if (position === undefined) {
      // Nothing was ever projected, and a caller that knows this will not ask for the batches.
      await release(connection);
      return { position, batches: noBatches() };
    }
    return { position, batches: untilReleased(connection, liveObjectBatches(connection, log)) };
  } catch (error) {
    await release(connection);
    throw error;
  }
}

async function* noBatches(): AsyncGenerator<never> {}

async function* untilReleased<Item>(connection: ReservedConnection, items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } finally {
    await release(connection);
  }
}

/** Gives a connection back without its transaction: the next one to use it must not find itself in an old snapshot. */
async function release(connection: ReservedConnection): Promise<void> {
  await connection`ROLLBACK`.catch(() => undefined); // a connection that is lost has no transaction left
  connection.release();
}

async function history(database: Database, { key, limit, before }: HistoryQuery): Promise<readonly LogEvent[]> {
  const rows = await database<HistoryRow[]>`
    SELECT ${database(HISTORY_COLUMNS)}, substring(c.payload FROM h.body_offset + 1 FOR h.body_bytes) AS object
    FROM history h LEFT JOIN commits c ON c.log = h.log AND c.sequence = h.revision / 1024
    WHERE h.api_group = ${key.group} AND h.resource = ${key.resource} AND h.namespace = ${key.namespace}
      AND h.name = ${key.name} AND h.revision < ${before ?? Number.MAX_SAFE_INTEGER}
    ORDER BY h.revision DESC LIMIT ${limit}`;
  return rows.map(eventOfRow);
}

async function eventsAfter(
  database: Database,
  { group, resource }: ResourceDefinition,
  namespace: string | undefined,
  after: Revision,
  limit: number,
): Promise<readonly LogEvent[]> {
  const rows = await database<HistoryRow[]>`
    SELECT ${database(HISTORY_COLUMNS)}, substring(c.payload FROM h.body_offset + 1 FOR h.body_bytes) AS object
    FROM history h LEFT JOIN commits c ON c.log = h.log AND c.sequence = h.revision / 1024
    WHERE h.api_group = ${group} AND h.resource = ${resource} AND h.revision > ${after}
      ${namespace === undefined ? database`` : database`AND h.namespace = ${namespace}`}
    ORDER BY h.revision LIMIT ${limit}`;
  return rows.map(eventOfRow);
}
