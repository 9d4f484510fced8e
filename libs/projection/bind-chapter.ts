import { revision, revisionOf, sequence, sequenceOf, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { BIND_LOCK, boundUntil } from './chapters.ts';
import { copyText, openCopy, type RunningCopy } from './copy.ts';
import type { Database, ReservedConnection, Transaction } from './database.ts';
import { HISTORY_COLUMNS } from './history-row.ts';
import { packEvents, type PackedRow } from './packed-events.ts';

export interface BoundChapter {
  readonly first: Revision;
  /** Where the next one begins. */
  readonly until: Revision;
  readonly events: number;
}

/**
 * Binds the next chapter of LOG in one transaction: packs its events in the order of keys, those of one object together.
 * Undefined when no stretch of at least `eventsCount` events is left over, or another process is at it. `database` needs two
 * connections; what is projected meanwhile lies behind the chapter and is not held up.
 */
export async function bindChapter(
  database: Database,
  signal: AbortSignal,
  eventsCount: number = limits.chapterEventsCount,
): Promise<BoundChapter | undefined> {
  return await database.begin(async (transaction) => {
    const [lock] = await transaction<{ held: boolean }[]>`SELECT pg_try_advisory_xact_lock(${BIND_LOCK}) AS held`;
    if (lock?.held !== true) return undefined;
    const first = await boundUntil(transaction);
    const until = await endOfChapter(transaction, first, eventsCount);
    if (until === undefined) return undefined;
    const copy = await openCopy(
      transaction,
      'COPY chapter_objects (api_group, resource, namespace, name, first_revision, packed) FROM STDIN',
    );
    let events = 0;
    try {
      const packing = packer(copy);
      for await (const rows of eventsByKey(database, first, until)) {
        signal.throwIfAborted();
        for (const row of rows) packing.add(row);
        await packing.flush();
        events += rows.length;
      }
      await packing.end();
      await copy.end();
    } catch (error) {
      copy.breakOff();
      throw error;
    }
    await listNames(transaction, first, until);
    await transaction`
      INSERT INTO chapters (first_revision, until_revision, events) VALUES (${first}, ${until}, ${events})`;
    return { first, until, events };
  });
}

/** Keeps chapters from being bound until the connection ends; waits for one that is being bound. */
export async function holdBinding(connection: ReservedConnection): Promise<void> {
  await connection.unsafe(`SET lock_timeout = ${limits.chapterLockMs}`);
  await connection`SELECT pg_advisory_lock(${BIND_LOCK})`;
  await connection`RESET lock_timeout`;
}

/** A chapter ends between two commits; undefined while there are not enough events. */
async function endOfChapter(
  transaction: Transaction,
  first: Revision,
  eventsCount: number,
): Promise<Revision | undefined> {
  const [last] = await transaction<{ revision: number }[]>`
    SELECT revision FROM history WHERE log = 'LOG' AND revision >= ${first}
    ORDER BY revision OFFSET ${eventsCount - 1} LIMIT 1`;
  return last === undefined ? undefined : revisionOf(sequence(sequenceOf(revision(last.revision)) + 1), 0);
}

/** Who was alive in the chapter: those that the one before it ended with, and those that something happened to. */
async function listNames(transaction: Transaction, first: Revision, until: Revision): Promise<void> {
  await transaction`
    INSERT INTO chapter_names (chapter, api_group, resource, namespace, name, first_revision, gone_revision)
    SELECT ${first}::bigint, api_group, resource, namespace, name, COALESCE(carried.first_revision, told.first),
      CASE WHEN told.gone = told.last THEN told.gone END
    FROM (
      SELECT api_group, resource, namespace, name, first_revision FROM chapter_names
      WHERE chapter = (SELECT max(first_revision) FROM chapters) AND gone_revision IS NULL
    ) carried
    FULL JOIN (
      SELECT api_group, resource, namespace, name, min(revision) AS first, max(revision) AS last,
        max(revision) FILTER (WHERE verb = 'deleted') AS gone
      FROM history WHERE log = 'LOG' AND revision >= ${first} AND revision < ${until}
      GROUP BY api_group, resource, namespace, name
    ) told USING (api_group, resource, namespace, name)
    ORDER BY api_group, resource, namespace, name`;
}

function eventsByKey(database: Database, first: Revision, until: Revision): AsyncIterable<readonly PackedRow[]> {
  return database<PackedRow[]>`
    SELECT ${database(HISTORY_COLUMNS)}, h.created_revision, (
      SELECT substring(c.payload FROM h.body_offset + 1 FOR h.body_bytes) FROM commits c
      WHERE c.log = 'LOG' AND c.sequence = h.revision / 1024
    ) AS object
    FROM (
      SELECT * FROM history WHERE log = 'LOG' AND revision >= ${first} AND revision < ${until}
      ORDER BY api_group, resource, namespace, name, revision
    ) h`.cursor(limits.databaseCursorCount);
}

/** Gathers the events of one object and writes them, packed, when there are enough or another object's come. */
function packer(copy: RunningCopy): { add(row: PackedRow): void; flush(): Promise<void>; end(): Promise<void> } {
  let rows: PackedRow[] = [];
  let bytes = 0;
  let lines: string[] = [];
  const pack = (): void => {
    const [oldest] = rows;
    if (oldest === undefined) return;
    const key = [oldest.api_group, oldest.resource, oldest.namespace, oldest.name].map(copyText);
    lines.push(`${[...key, oldest.revision, `\\\\x${packEvents(rows).toString('hex')}`].join('\t')}\n`);
    [rows, bytes] = [[], 0];
  };
  /** Many lines in one go: each is small, and a write of its own costs more than to make it. */
  const flush = async (): Promise<void> => {
    await copy.write(lines.join(''));
    lines = [];
  };
  return {
    add(row) {
      const [oldest] = rows;
      const full = rows.length === limits.chapterRowEventsCount || bytes >= limits.chapterRowBytes;
      if (oldest !== undefined && (full || !isSameKey(oldest, row))) pack();
      rows.push(row);
      bytes += row.object?.byteLength ?? 0;
    },
    flush,
    async end() {
      pack();
      await flush();
    },
  };
}

function isSameKey(one: PackedRow, other: PackedRow): boolean {
  return (
    one.name === other.name &&
    one.namespace === other.namespace &&
    one.resource === other.resource &&
    one.api_group === other.api_group
  );
}
