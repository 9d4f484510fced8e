import { sequence, type Sequence } from '@taffrail/platform/brand';
import { query, type Database } from './database.ts';

/**
 * The first commit of a window log that is young enough to be kept; undefined when nothing of it is projected. Never
 * beyond what is projected, so that nothing is cut off before it was read.
 */
export async function windowStart(database: Database, log: string, beforeMs: number): Promise<Sequence | undefined> {
  const [row] = await query(
    async () =>
      await database<{ first: number | null }[]>`
      SELECT COALESCE(
        (SELECT min(sequence) FROM commits WHERE log = ${log} AND time_ms >= ${beforeMs}),
        (SELECT sequence FROM projection WHERE log = ${log})
      ) AS first`,
  );
  return row?.first == null ? undefined : sequence(row.first);
}

/**
 * Forgets what stood before a sequence of a window log: its history, its second copy, and the keys nothing is left of. What
 * is alive stays whatever its age. Resolves with the number of events that went.
 */
export async function trimProjection(database: Database, log: string, before: Sequence): Promise<number> {
  return await query(async () => {
    const [row] = await database<{ events: number }[]>`
      WITH gone AS (
        DELETE FROM history h WHERE log = ${log} AND revision < ${before * 1024}
          AND NOT EXISTS (SELECT FROM objects o WHERE o.log = h.log AND o.revision = h.revision)
        RETURNING api_group, resource, namespace, name, revision
      ),
      forgotten AS (
        DELETE FROM keys k USING (SELECT DISTINCT api_group, resource, namespace, name FROM gone) g
        WHERE (k.api_group, k.resource, k.namespace, k.name) = (g.api_group, g.resource, g.namespace, g.name)
          AND NOT EXISTS (
            SELECT FROM history h
            WHERE (h.api_group, h.resource, h.namespace, h.name) = (g.api_group, g.resource, g.namespace, g.name)
              AND NOT (h.log = ${log} AND h.revision IN (SELECT revision FROM gone))
          )
      ),
      copies AS (
        DELETE FROM commits c WHERE log = ${log} AND sequence < ${before}
          AND NOT EXISTS (SELECT FROM objects o WHERE o.log = c.log AND o.revision / 1024 = c.sequence)
      )
      SELECT count(*) AS events FROM gone`;
    return row?.events ?? 0;
  });
}
