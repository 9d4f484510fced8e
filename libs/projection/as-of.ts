import { assert } from '@taffrail/platform/assert';
import { revisionOf, sequenceOf, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Database } from './database.ts';
import { objectOfRow, type ObjectRow } from './live-objects.ts';
import type { ObjectsPage, ObjectsQuery } from './read-model.ts';

interface PickedRow extends Omit<ObjectRow, 'body'> {
  readonly body: Buffer | null;
  /** How many were found, one more than asked for at most. */
  readonly found: number;
}

/**
 * Walks along the names there ever were, in key order, and takes of each the last event up to the revision: as many steps
 * as the page has objects, however long the history is. Bodies are read last, and only as many as fit into
 * `limits.pastPageBytes`; the page is short then, and says that there is more.
 */
export async function objectsAt(database: Database, asked: ObjectsQuery): Promise<ObjectsPage> {
  const { definition, namespace, name, after, limit } = asked;
  const at = await transactionEnd(database, definition, asked.at);
  const rows = await database<PickedRow[]>`
    SELECT p.api_group, p.resource, p.namespace, p.name, p.version, p.uid, p.revision, p.created_revision, p.found,
      substring(c.payload FROM p.body_offset + 1 FOR p.body_bytes) AS body
    FROM (
      SELECT q.*, count(*) OVER () AS found, row_number() OVER along AS place, sum(q.body_bytes) OVER along AS bytes
      FROM (
        SELECT k.api_group, k.resource, k.namespace, k.name, h.log, h.version, h.uid, h.revision, h.created_revision,
          h.body_offset, h.body_bytes
        FROM keys k
        CROSS JOIN LATERAL (
          SELECT h.log, h.version, h.uid, h.revision, h.created_revision, h.verb, h.body_offset, h.body_bytes
          FROM history h
          WHERE (h.api_group, h.resource, h.namespace, h.name) = (k.api_group, k.resource, k.namespace, k.name)
            AND h.revision <= ${at}
          ORDER BY h.revision DESC LIMIT 1
        ) h
        WHERE k.api_group = ${definition.group} AND k.resource = ${definition.resource}
          AND k.first_revision <= ${at} AND (k.gone_revision IS NULL OR k.gone_revision > ${at})
          ${namespace === undefined ? database`` : database`AND k.namespace = ${namespace}`}
          ${name === undefined ? database`` : database`AND k.name = ${name}`}
          ${after === undefined ? database`` : database`AND (k.namespace, k.name) > (${after.namespace}, ${after.name})`}
          AND h.verb <> 'deleted'
        ORDER BY k.namespace, k.name LIMIT ${limit + 1}
      ) q
      WINDOW along AS (ORDER BY q.namespace, q.name ROWS UNBOUNDED PRECEDING)
    ) p
    LEFT JOIN commits c ON c.log = p.log AND c.sequence = p.revision / 1024
    WHERE p.place <= ${limit} AND p.bytes - p.body_bytes < ${limits.pastPageBytes}
    ORDER BY p.namespace, p.name`;
  return {
    objects: rows.map((row) => objectOfRow({ ...row, body: present(row) })),
    more: rows.length < (rows[0]?.found ?? 0),
  };
}

function present({ body, revision }: PickedRow): Buffer {
  assert(body !== null, `the commit of event ${revision} is in the second copy`);
  return body;
}

/** A revision inside a transaction stands for its end: nobody is shown half of one. */
async function transactionEnd(database: Database, { storage }: ResourceDefinition, at: Revision): Promise<Revision> {
  const log = storage === 'window' ? 'EVENTS' : 'LOG';
  const [event] = await database<{ transaction_end: number }[]>`
    SELECT transaction_end FROM history WHERE log = ${log} AND revision = ${at}`;
  return event === undefined ? at : revisionOf(sequenceOf(at), event.transaction_end);
}
