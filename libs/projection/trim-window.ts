import type { Sequence } from '@taffrail/platform/brand';
import { query, type Database } from './database.ts';

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
