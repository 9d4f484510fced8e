import { assert } from '@taffrail/platform/assert';
import { revisionOf, sequenceOf, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { LogEvent } from '@taffrail/log/event';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { boundPage } from './bound-page.ts';
import type { Database, Fragment } from './database.ts';
import type { ObjectRow } from './live-objects.ts';
import { packedStateAt } from './packed-events.ts';
import { askedNames, firstNames, pageOfNames, type StateOfName, type StatesRead } from './page-of-names.ts';
import type { ObjectsPage, ObjectsQuery } from './read-model.ts';

interface PickedRow extends Omit<ObjectRow, 'body'> {
  readonly verb: LogEvent['verb'];
  /** From the commit, or, packed with others of the same object, from a chapter. */
  readonly body: Buffer | null;
  readonly packed: Buffer | null;
  /** How many were found, of which only as many are read as fit. */
  readonly found: number;
}

/** A page of the past: from the chapters when the moment lies in one, from `history` and the commits otherwise. */
export async function objectsAt(database: Database, asked: ObjectsQuery): Promise<ObjectsPage> {
  const at = await transactionEnd(database, asked.definition, asked.at);
  const bound = asked.definition.storage === 'window' ? undefined : await boundPage(database, { ...asked, at });
  return bound ?? (await pageOfHistory(database, { ...asked, at }));
}

/** Along the names that were alive, of each the last event up to the moment: as many steps as the page has objects. */
async function pageOfHistory(database: Database, asked: ObjectsQuery): Promise<ObjectsPage> {
  const sortable = await fewHaveGone(database, asked);
  return await pageOfNames(asked, async (rest, count) => {
    const names = sortable ? namesSince(database, rest, count) : namesEver(database, rest, count);
    return await statesOf(database, names, rest.at);
  });
}

/**
 * Bodies are read last, and only as many as fit into `limits.pastPageBytes`. What is bound already is read from the chapters: the
 * last event of many an object is older than the moment.
 */
async function statesOf(database: Database, names: Fragment, at: Revision): Promise<StatesRead> {
  const rows = await database<PickedRow[]>`
    SELECT p.api_group, p.resource, p.namespace, p.name, p.version, p.uid, p.revision, p.created_revision, p.verb, p.found,
      (
        SELECT substring(c.payload FROM p.body_offset + 1 FOR p.body_bytes) FROM commits c
        WHERE c.log = p.log AND c.sequence = CASE WHEN p.log <> 'LOG' OR p.revision >= bound.until THEN p.revision / 1024 END
      ) AS body, o.packed
    FROM (SELECT COALESCE(max(until_revision), 0) AS until FROM chapters) bound CROSS JOIN (
      SELECT q.*, count(*) OVER () AS found, sum(q.body_bytes) OVER along AS bytes
      FROM (
        SELECT k.*, h.log, h.version, h.uid, h.revision, h.created_revision, h.verb, h.body_offset, h.body_bytes
        FROM (${names}) k
        CROSS JOIN LATERAL (
          SELECT h.log, h.version, h.uid, h.revision, h.created_revision, h.verb, h.body_offset, h.body_bytes
          FROM history h
          WHERE (h.api_group, h.resource, h.namespace, h.name) = (k.api_group, k.resource, k.namespace, k.name)
            AND h.revision <= ${at}
          ORDER BY h.revision DESC LIMIT 1
        ) h
      ) q
      WINDOW along AS (ORDER BY q.namespace, q.name ROWS UNBOUNDED PRECEDING)
    ) p
    LEFT JOIN LATERAL (
      SELECT packed FROM chapter_objects o
      WHERE (o.api_group, o.resource, o.namespace, o.name) = (p.api_group, p.resource, p.namespace, p.name)
        AND o.first_revision <= CASE WHEN p.log = 'LOG' AND p.revision < bound.until THEN p.revision END
      ORDER BY o.first_revision DESC LIMIT 1
    ) o ON true
    WHERE p.bytes - p.body_bytes < ${limits.pastPageBytes}
    ORDER BY p.namespace, p.name`;
  return { states: rows.map(stateOf), found: rows[0]?.found ?? 0 };
}

function stateOf({ body, packed, verb, ...row }: PickedRow): StateOfName {
  if (verb === 'deleted') return { ...row, body: undefined };
  const present = body ?? (packed === null ? undefined : packedStateAt(packed, row.revision)?.body);
  assert(present !== undefined, `the commit of event ${row.revision} is in the second copy`);
  return { ...row, body: present };
}

/**
 * The names that are alive today, which stand in order, and those that have gone since the moment, which are found by when they
 * went (`OFFSET 0`: looked for in order, they would be found among all there ever were) and sorted. Each of the two is cut
 * before anything is looked up for it.
 */
function namesSince(database: Database, asked: ObjectsQuery, count: number): Fragment {
  const alive = askedNames(database, 'keys', database`k.gone_revision IS NULL`, asked);
  const gone = database`${askedNames(database, 'keys', database`k.gone_revision > ${asked.at}`, asked)} OFFSET 0`;
  const both = database`(${firstNames(database, alive, count)}) UNION ALL (${firstNames(database, gone, count)})`;
  return firstNames(database, both, count);
}

/** Out of all names there ever were, which stand in order. */
function namesEver(database: Database, asked: ObjectsQuery, count: number): Fragment {
  return firstNames(database, askedNames(database, 'keys', database`true`, asked), count);
}

/** Whether those that have gone since the moment are few enough to sort them for every page. */
async function fewHaveGone(database: Database, { definition, at }: ObjectsQuery): Promise<boolean> {
  const [gone] = await database<{ count: number }[]>`
    SELECT count(*) FROM (
      SELECT FROM keys WHERE api_group = ${definition.group} AND resource = ${definition.resource} AND gone_revision > ${at}
      LIMIT ${limits.sortedNamesCount + 1}
    ) since`;
  return (gone?.count ?? 0) <= limits.sortedNamesCount;
}

/** A revision inside a transaction stands for its end: nobody is shown half of one. */
async function transactionEnd(database: Database, { storage }: ResourceDefinition, at: Revision): Promise<Revision> {
  const log = storage === 'window' ? 'EVENTS' : 'LOG';
  const [event] = await database<{ transaction_end: number }[]>`
    SELECT transaction_end FROM history WHERE log = ${log} AND revision = ${at}`;
  return event === undefined ? at : revisionOf(sequenceOf(at), event.transaction_end);
}
