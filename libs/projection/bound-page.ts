import { assert } from '@taffrail/platform/assert';
import { limits } from '@taffrail/platform/limits';
import { askedNames } from './asked-names.ts';
import { boundUntil } from './chapters.ts';
import type { Database } from './database.ts';
import { objectOfRow } from './live-objects.ts';
import { packedStateAt, type RowKey } from './packed-events.ts';
import type { ObjectsPage, ObjectsQuery, ProjectedObject } from './read-model.ts';

interface FoundRow extends RowKey {
  readonly packed: Buffer;
  /** How many were found, of which only as many are read as fit. */
  readonly found: number;
}

/**
 * A page of objects as they stood at a moment, along the names that its chapter knows and of each the row that holds its state:
 * two steps for each object, and rows that stand next to each other. Undefined when the moment is not bound. `at` is the end of
 * a transaction.
 */
export async function boundPage(database: Database, asked: ObjectsQuery): Promise<ObjectsPage | undefined> {
  const { at, limit } = asked;
  const until = await boundUntil(database);
  if (at >= until) return undefined;
  const objects: ProjectedObject[] = [];
  let { after } = asked;
  let bytes = 0;
  for (;;) {
    const wanted = limit + 1 - objects.length;
    const rows = await rowsAt(database, { ...asked, ...(after === undefined ? {} : { after }) }, wanted);
    // A rebuild has put other tables in their place, without chapters.
    if ((await boundUntil(database)) < until) return undefined;
    for (const row of rows) {
      const { api_group, resource, namespace, name, packed } = row;
      const state = packedStateAt(packed, at);
      assert(state !== undefined, 'a row is found by the first of its events');
      after = { namespace, name };
      // Given up for a while, and taken again later.
      if (state.verb === 'deleted') continue;
      if (objects.length === limit || bytes >= limits.pastPageBytes) return { objects, more: true };
      objects.push(objectOfRow({ api_group, resource, namespace, name, ...state }));
      bytes += state.body.byteLength;
    }
    if ((rows[0]?.found ?? 0) < wanted && rows.length === (rows[0]?.found ?? 0)) return { objects, more: false };
  }
}

async function rowsAt(database: Database, asked: ObjectsQuery, count: number): Promise<readonly FoundRow[]> {
  const { at } = asked;
  return await database<FoundRow[]>`
    SELECT p.api_group, p.resource, p.namespace, p.name, p.packed, p.found
    FROM (
      SELECT q.*, count(*) OVER () AS found, sum(octet_length(q.packed)) OVER along AS bytes
      FROM (
        SELECT k.api_group, k.resource, k.namespace, k.name, o.packed
        FROM chapter_names k
        CROSS JOIN LATERAL (
          SELECT packed FROM chapter_objects o
          WHERE (o.api_group, o.resource, o.namespace, o.name) = (k.api_group, k.resource, k.namespace, k.name)
            AND o.first_revision <= ${at}
          ORDER BY o.first_revision DESC LIMIT 1
        ) o
        WHERE k.chapter = (SELECT max(first_revision) FROM chapters WHERE first_revision <= ${at})
          AND ${askedNames(database, asked)}
        ORDER BY k.namespace, k.name LIMIT ${count}
      ) q
      WINDOW along AS (ORDER BY q.namespace, q.name ROWS UNBOUNDED PRECEDING)
    ) p
    WHERE p.bytes - octet_length(p.packed) < ${limits.pastPageBytes}
    ORDER BY p.namespace, p.name`;
}
