import { revision, type Revision, type Sequence } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { changeOfRow, changes } from './changes.ts';
import type { Database, Transaction } from './database.ts';
import type { HistoryRow } from './history-row.ts';
import { unpackEvents, type RowKey } from './packed-events.ts';
import type { ChangesPage, ChangesQuery } from './read-model.ts';

/** Any number of its own: whoever holds this advisory lock binds a chapter, or keeps others from it. */
export const BIND_LOCK = 7_461_673;

/** Up to which revision, itself excluded, LOG is bound in chapters; 0 when nothing of it is. */
export async function boundUntil(database: Database | Transaction): Promise<Revision> {
  const [row] = await database<{ until: number }[]>`
    SELECT until_revision AS until FROM chapters ORDER BY first_revision DESC LIMIT 1`;
  return revision(row?.until ?? 0);
}

/**
 * The newest changes that a query selects. Those of one object are read from the chapters as far as there are any, where they lie
 * together; what is newer, and every other question, is answered from `history`.
 */
export async function changesByObject(database: Database, asked: ChangesQuery): Promise<ChangesPage> {
  const key = soleObject(asked);
  if (key === undefined) return await changes(database, asked);
  const until = await boundUntil(database);
  const { before = Number.MAX_SAFE_INTEGER, after = 0, limit } = asked;
  if (until === 0 || after >= until - 1) return await changes(database, asked);
  const recent = before <= until ? NOTHING : await changes(database, { ...asked, after: revision(until - 1) });
  if (recent.more) return recent;
  const left = limit - recent.changes.length;
  const older = await boundChanges(database, key, { after, before: Math.min(before, until), limit: left });
  // A rebuild has put other tables in their place, without chapters.
  if ((await boundUntil(database)) < until) return await changes(database, asked);
  return { changes: [...recent.changes, ...older.changes], more: older.more };
}

const NOTHING: ChangesPage = { changes: [], more: false };

/** The object that a query is about, when it selects all of its changes. */
function soleObject(asked: ChangesQuery): RowKey | undefined {
  const { log, group, resource, namespace, name, uid, user, resources } = asked;
  if (log !== 'LOG' || uid !== undefined || user !== undefined || resources !== undefined) return undefined;
  if (group === undefined || resource === undefined || namespace === undefined || name === undefined) return undefined;
  return { api_group: group, resource, namespace, name };
}

interface Bounds {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
}

/** An event's predecessor in the chapters is what its object was before. */
async function boundChanges(database: Database, key: RowKey, { after, before, limit }: Bounds): Promise<ChangesPage> {
  const found: HistoryRow[] = [];
  let bytes = 0;
  for await (const row of boundEvents(database, key, before, limit + 1)) {
    if (row.revision <= after || found.length === limit || bytes >= limits.pastPageBytes) {
      return { changes: paired([...found, row], found.length), more: row.revision > after };
    }
    found.push(row);
    bytes += 2 * (row.object?.byteLength ?? 0);
  }
  return { changes: paired(found, found.length), more: false };
}

/** The first `count` of an object's events, newest first, each with its predecessor's body. */
function paired(rows: readonly HistoryRow[], count: number): ChangesPage['changes'] {
  return rows.slice(0, count).map((row, index) => {
    const previous = rows[index + 1];
    const isBefore = previous !== undefined && previous.revision === row.previous_revision;
    return changeOfRow({ ...row, before: isBefore ? previous.object : null });
  });
}

/** The events of an object before a revision, newest first; `count` of them are wanted. */
async function* boundEvents(
  database: Database,
  key: RowKey,
  before: number,
  count: number,
): AsyncGenerator<HistoryRow> {
  const rowsCount = Math.min(count, limits.chapterRowsCount);
  for (let upTo = before; ;) {
    const rows = await database<{ first_revision: number; packed: Buffer }[]>`
      SELECT first_revision, packed FROM chapter_objects
      WHERE api_group = ${key.api_group} AND resource = ${key.resource} AND namespace = ${key.namespace}
        AND name = ${key.name} AND first_revision < ${upTo}
      ORDER BY first_revision DESC LIMIT ${rowsCount}`;
    for (const { first_revision: first, packed } of rows) {
      upTo = first;
      for (const event of unpackEvents(key, packed).toReversed()) if (event.revision < before) yield event;
    }
    if (rows.length < rowsCount) return;
  }
}

/**
 * Takes the chapter that holds a commit out, and those behind it: its bodies came from a payload that was not whole. Nothing
 * is bound meanwhile; what is taken out is bound again from what stands there then.
 */
export async function unbindFrom(transaction: Transaction, at: Sequence): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${BIND_LOCK})`;
  const [gone] = await transaction<{ first: number | null }[]>`
    WITH gone AS (DELETE FROM chapters WHERE until_revision > ${at * 1024} RETURNING first_revision)
    SELECT min(first_revision) AS first FROM gone`;
  if (gone?.first == null) return;
  await transaction`DELETE FROM chapter_objects WHERE first_revision >= ${gone.first}`;
  await transaction`DELETE FROM chapter_names WHERE chapter >= ${gone.first}`;
}
