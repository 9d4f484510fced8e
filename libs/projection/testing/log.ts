import { revision, revisionOf, sequence, type Revision } from '@taffrail/platform/brand';
import type { Commit } from '@taffrail/log/commit';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import type { EventDraft } from '@taffrail/log/event';
import { memoryLog } from '@taffrail/log/memory-log';
import { encodeObject } from '@taffrail/log/object-bytes';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import type { WindowLog } from '@taffrail/log/window-log';

/** A log in memory with a writer that keeps track of every object's revision. */
export interface WrittenLog {
  readonly log: WindowLog;
  /** Appends one commit of changes to ConfigMaps: `+a` creates, `a` updates, `-a` deletes; `ns/a` outside the default namespace. */
  write(...changes: readonly string[]): Promise<Commit>;
}

/** A log with its genesis. `body` makes the data of an object from its name and the number of the change. */
export async function writtenLog(
  name = 'LOG',
  body: (name: string, change: number) => string = (object, change) => `${object}-${change}`,
  log: WindowLog = memoryLog(name),
): Promise<WrittenLog> {
  const revisions = new Map<string, Revision>();
  let last = decodeCommit(encodeCommit(draftCommit()));
  let changes = 0;
  await log.append(last.payload, sequence(0));

  const event = (change: string, index: number): EventDraft => {
    const place = change.replace(/^[+-]/, '');
    const [namespace, object] = place.includes('/') ? place.split('/') : ['default', place];
    const verb = change.startsWith('+') ? 'created' : change.startsWith('-') ? 'deleted' : 'updated';
    const previousRevision = verb === 'created' ? revision(0) : (revisions.get(place) ?? revision(1));
    revisions.set(place, revisionOf(sequence(last.sequence + 1), index));
    changes += 1;
    return draftEvent({
      verb,
      namespace: namespace ?? '',
      name: object ?? '',
      previousRevision,
      object: encodeObject({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: object, namespace },
        data: { value: body(place, changes) },
      }),
    });
  };
  return {
    log,
    async write(...list) {
      const commit = decodeCommit(encodeCommit(draftCommit(last, list.map(event))));
      const result = await log.append(commit.payload, last.sequence);
      if (result.outcome !== 'appended') throw new Error('someone else writes to this log');
      last = commit;
      return commit;
    },
  };
}
