import { assert } from '@taffrail/platform/assert';
import { limits } from '@taffrail/platform/limits';
import { boundUntil } from './chapters.ts';
import type { Database } from './database.ts';
import { packedStateAt, type RowKey } from './packed-events.ts';
import { askedNames, firstNames, pageOfNames, type StateOfName, type StatesRead } from './page-of-names.ts';
import type { ObjectsPage, ObjectsQuery } from './read-model.ts';

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
  const until = await boundUntil(database);
  if (asked.at >= until) return undefined;
  const page = await pageOfNames(asked, async (rest, count) => await statesAt(database, rest, count));
  // A rebuild has put other tables in their place, without chapters.
  return (await boundUntil(database)) < until ? undefined : page;
}

async function statesAt(database: Database, asked: ObjectsQuery, count: number): Promise<StatesRead> {
  const { at } = asked;
  const chapter = database`k.chapter = (SELECT max(first_revision) FROM chapters WHERE first_revision <= ${at})`;
  const names = firstNames(database, askedNames(database, 'chapter_names', chapter, asked), count);
  const rows = await database<FoundRow[]>`
    SELECT p.api_group, p.resource, p.namespace, p.name, p.packed, p.found
    FROM (
      SELECT q.*, count(*) OVER () AS found, sum(octet_length(q.packed)) OVER along AS bytes
      FROM (
        SELECT k.*, o.packed FROM (${names}) k
        CROSS JOIN LATERAL (
          SELECT packed FROM chapter_objects o
          WHERE (o.api_group, o.resource, o.namespace, o.name) = (k.api_group, k.resource, k.namespace, k.name)
            AND o.first_revision <= ${at}
          ORDER BY o.first_revision DESC LIMIT 1
        ) o
      ) q
      WINDOW along AS (ORDER BY q.namespace, q.name ROWS UNBOUNDED PRECEDING)
    ) p
    WHERE p.bytes - octet_length(p.packed) < ${limits.pastPageBytes}
    ORDER BY p.namespace, p.name`;
  return { states: rows.map((row) => stateOf(row, at)), found: rows[0]?.found ?? 0 };
}

function stateOf({ packed, ...key }: FoundRow, at: number): StateOfName {
  const state = packedStateAt(packed, at);
  assert(state !== undefined, 'a row is found by the first of its events');
  return { ...key, ...state, body: state.verb === 'deleted' ? undefined : state.body };
}
