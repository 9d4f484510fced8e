import { revision, uid } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { query, type Database } from './database.ts';
import type { ProjectedObject } from './read-model.ts';

/** A row of an object, alive now or at a past revision. */
export interface ObjectRow {
  readonly api_group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly uid: string;
  readonly revision: number;
  readonly created_revision: number;
  readonly body: Buffer;
}

export function objectOfRow(row: ObjectRow): ProjectedObject {
  return {
    key: { group: row.api_group, resource: row.resource, namespace: row.namespace, name: row.name },
    version: row.version,
    uid: uid(row.uid),
    revision: revision(row.revision),
    createdRevision: revision(row.created_revision),
    stored: row.body,
  };
}

/** Live objects of one log, or of all, in key order, a batch at a time. */
export async function* liveObjectBatches(
  database: Database,
  log: string | undefined,
): AsyncGenerator<readonly ProjectedObject[]> {
  const rows = database<ObjectRow[]>`
    SELECT api_group, resource, namespace, name, version, uid, revision, created_revision, body
    FROM objects ${log === undefined ? database`` : database`WHERE log = ${log}`}
    ORDER BY api_group, resource, namespace, name`.cursor(limits.databaseCursorCount);
  const batches = rows[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await query(async () => await batches.next());
      if (next.done === true) return;
      yield next.value.map(objectOfRow);
    }
  } finally {
    await batches.return?.();
  }
}
