import { createHash } from 'node:crypto';
import type { Database } from './database.ts';
import { liveObjectBatches } from './live-objects.ts';
import type { ProjectedObject } from './read-model.ts';

/** Every live object in key order: what two projections of the same log have in common, byte for byte. */
export async function* dumpObjects(database: Database): AsyncGenerator<ProjectedObject> {
  for await (const batch of liveObjectBatches(database, undefined)) yield* batch;
}

/** Number of live objects and one SHA-256 (hex) over all of them: keys, revisions, uids and bodies. */
export async function digestObjects(database: Database): Promise<{ readonly objects: number; readonly hash: string }> {
  const digest = createHash('sha256');
  let objects = 0;
  for await (const { key, version, uid, revision, createdRevision, stored } of dumpObjects(database)) {
    objects += 1;
    digest.update(`${JSON.stringify([key, version, uid, revision, createdRevision, stored.byteLength])}\n`);
    digest.update(stored);
  }
  return { objects, hash: digest.digest('hex') };
}
