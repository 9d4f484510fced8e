import { assert } from '@taffrail/platform/assert';
import { revisionOf, sequenceOf, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { askedNames } from './asked-names.ts';
import { boundPage } from './bound-page.ts';
import type { Database } from './database.ts';
import { objectOfRow, type ObjectRow } from './live-objects.ts';
import { packedStateAt } from './packed-events.ts';
import type { ObjectsPage, ObjectsQuery } from './read-model.ts';

interface PickedRow extends Omit<ObjectRow, 'body'> {
  /** From the commit, or, packed with others of the same object, from a chapter. */
  readonly body: Buffer | null;
  readonly packed: Buffer | null;
  /** How many were found, one more than asked for at most. */
  readonly found: number;
}

/** A page of the past: from the chapters when the moment lies in one, from `history` and the commits otherwise. */
export async function objectsAt(database: Database, asked: ObjectsQuery): Promise<ObjectsPage> {
  const at = await transactionEnd(database, asked.definition, asked.at);
  const bound = asked.definition.storage === 'window' ? undefined : await boundPage(database, { ...asked, at });
  return bound ?? (await pageOfHistory(database, { ...asked, at }));
}

/**
 * Walks along the names that were alive, in key order, and takes of each the last event up to the revision: as many steps
 * as the page has objects, however long the history is. Bodies are read last, and only as many as fit into
 * `limits.pastPageBytes`; the page is short then, and says that there is more. What is bound already is read from the chapters.
 */
async function pageOfHistory(database: Database, asked: ObjectsQuery): Promise<ObjectsPage> {
  const { at, limit } = asked;
  const sortable = await fewHaveGone(database, asked);
  const rows = await database<PickedRow[]>`
    SELECT p.api_group, p.resource, p.namespace, p.name, p.version, p.uid, p.revision, p.created_revision, p.found,
      (
        SELECT substring(c.payload FROM p.body_offset + 1 FOR p.body_bytes) FROM commits c
        WHERE c.log = p.log AND c.sequence = CASE WHEN p.log <> 'LOG' OR p.revision >= bound.until THEN p.revision / 1024 END
      ) AS body, o.packed
    FROM (SELECT COALESCE(max(until_revision), 0) AS until FROM chapters) bound CROSS JOIN (
      SELECT q.*, count(*) OVER () AS found, row_number() OVER along AS place, sum(q.body_bytes) OVER along AS bytes
      FROM (
        SELECT k.api_group, k.resource, k.namespace, k.name, h.log, h.version, h.uid, h.revision, h.created_revision,
          h.body_offset, h.body_bytes
        FROM (${namesSince(database, at, sortable)}) k
        CROSS JOIN LATERAL (
          SELECT h.log, h.version, h.uid, h.revision, h.created_revision, h.verb, h.body_offset, h.body_bytes
          FROM history h
          WHERE (h.api_group, h.resource, h.namespace, h.name) = (k.api_group, k.resource, k.namespace, k.name)
            AND h.revision <= ${at}
          ORDER BY h.revision DESC LIMIT 1
        ) h
        WHERE ${askedNames(database, asked)}
          AND h.verb <> 'deleted'
        ORDER BY k.namespace, k.name LIMIT ${limit + 1}
      ) q
      WINDOW along AS (ORDER BY q.namespace, q.name ROWS UNBOUNDED PRECEDING)
    ) p
    LEFT JOIN LATERAL (
      SELECT packed FROM chapter_objects o
      WHERE (o.api_group, o.resource, o.namespace, o.name) = (p.api_group, p.resource, p.namespace, p.name)
        AND o.first_revision <= CASE WHEN p.log = 'LOG' AND p.revision < bound.until THEN p.revision END
      ORDER BY o.first_revision DESC LIMIT 1
    ) o ON true
    WHERE p.place <= ${limit} AND p.bytes - p.body_bytes < ${limits.pastPageBytes}
    ORDER BY p.namespace, p.name`;
  return {
    objects: rows.map((row) => objectOfRow({ ...row, body: present(row) })),
    more: rows.length < (rows[0]?.found ?? 0),
  };
}

/**
 * Names that were alive are found among those that are alive today and those that have gone since, which are sorted; where too
 * many have gone, among all there ever were, which stand in order.
 */
function namesSince(database: Database, at: Revision, sortable: boolean): ReturnType<Database> {
  if (!sortable) return database`SELECT * FROM keys`;
  return database`
    SELECT * FROM keys WHERE gone_revision IS NULL
    UNION ALL
    SELECT * FROM keys WHERE gone_revision > ${at}`;
}

async function fewHaveGone(database: Database, { definition, at }: ObjectsQuery): Promise<boolean> {
  const [gone] = await database<{ count: number }[]>`
    SELECT count(*) FROM (
      SELECT FROM keys WHERE api_group = ${definition.group} AND resource = ${definition.resource} AND gone_revision > ${at}
      LIMIT ${limits.sortedNamesCount + 1}
    ) since`;
  return (gone?.count ?? 0) <= limits.sortedNamesCount;
}

function present({ body, packed, revision }: PickedRow): Buffer {
  const found = body ?? (packed === null ? undefined : packedStateAt(packed, revision)?.body);
  assert(found !== undefined, `the commit of event ${revision} is in the second copy`);
  return found;
}

/** A revision inside a transaction stands for its end: nobody is shown half of one. */
async function transactionEnd(database: Database, { storage }: ResourceDefinition, at: Revision): Promise<Revision> {
  const log = storage === 'window' ? 'EVENTS' : 'LOG';
  const [event] = await database<{ transaction_end: number }[]>`
    SELECT transaction_end FROM history WHERE log = ${log} AND revision = ${at}`;
  return event === undefined ? at : revisionOf(sequenceOf(at), event.transaction_end);
}
