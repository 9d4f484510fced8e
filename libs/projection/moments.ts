import { revisionOf, sequence, sequenceOf, type Revision } from '@taffrail/platform/brand';
import type { Database } from './database.ts';
import type { ProjectedMoment } from './read-model.ts';

interface CommitRow {
  readonly sequence: number;
  readonly time_ms: number;
  /** Its last event's revision; null for a genesis, which has none. */
  readonly last: number | null;
}

function momentOf(row: CommitRow | undefined): ProjectedMoment | undefined {
  if (row === undefined) return undefined;
  const at = sequence(row.sequence);
  return { revision: revisionOf(at, row.last === null ? 0 : row.last % 1024), timeMs: row.time_ms };
}

/** The first commit that is there. */
export async function beginning(database: Database, log: string): Promise<ProjectedMoment | undefined> {
  const [row] = await database<CommitRow[]>`
    SELECT c.sequence, c.time_ms, NULL AS last FROM commits c WHERE c.log = ${log} ORDER BY c.sequence LIMIT 1`;
  return momentOf(row);
}

/**
 * The last commit not later than a time. Times never decrease along a log, so it is found by bisection over the primary
 * key, in about twenty steps for a million commits, and needs no index of its own.
 */
export async function momentAtTime(
  database: Database,
  log: string,
  timeMs: number,
): Promise<ProjectedMoment | undefined> {
  const [row] = await database<CommitRow[]>`
    WITH RECURSIVE search AS (
      SELECT f.sequence AS low, l.sequence AS high
      FROM (SELECT sequence, time_ms FROM commits WHERE log = ${log} ORDER BY sequence LIMIT 1) f,
        (SELECT sequence FROM commits WHERE log = ${log} ORDER BY sequence DESC LIMIT 1) l
      WHERE f.time_ms <= ${timeMs}
      UNION ALL
      SELECT CASE WHEN above.time_ms <= ${timeMs} THEN above.sequence ELSE low END,
        CASE WHEN above.time_ms <= ${timeMs} THEN high ELSE below.sequence END
      FROM search, LATERAL (
        SELECT sequence, time_ms FROM commits WHERE log = ${log} AND sequence >= (low + high + 1) / 2
        ORDER BY sequence LIMIT 1
      ) above, LATERAL (
        SELECT sequence FROM commits WHERE log = ${log} AND sequence < (low + high + 1) / 2
        ORDER BY sequence DESC LIMIT 1
      ) below
      WHERE low < high
    )
    SELECT c.sequence, c.time_ms, (
      SELECT max(revision) FROM history WHERE log = ${log} AND revision BETWEEN c.sequence * 1024 AND c.sequence * 1024 + 1023
    ) AS last
    FROM search JOIN commits c ON c.log = ${log} AND c.sequence = low WHERE low = high`;
  return momentOf(row);
}

/** The moment a revision stands for: itself, or the end of the transaction it lies in, with its commit's time. */
export async function momentAtRevision(
  database: Database,
  log: string,
  at: Revision,
): Promise<ProjectedMoment | undefined> {
  const [row] = await database<{ sequence: number; time_ms: number; transaction_end: number | null }[]>`
    SELECT c.sequence, c.time_ms, (
      SELECT transaction_end FROM history WHERE log = ${log} AND revision = ${at}
    ) AS transaction_end
    FROM commits c WHERE c.log = ${log} AND c.sequence <= ${sequenceOf(at)} ORDER BY c.sequence DESC LIMIT 1`;
  if (row === undefined) return undefined;
  const { transaction_end: end, time_ms: timeMs } = row;
  return { revision: end === null ? at : revisionOf(sequenceOf(at), end), timeMs };
}
