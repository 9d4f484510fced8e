import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeCommit, encodeCommit } from './commit-codec.ts';
import { COMMIT_FORMAT } from './commit.ts';
import type { LogEvent } from './event.ts';
import { walkExport } from './walk-export.ts';

/** Histories as released builds wrote them, and what they come to. A new format adds a line; none is ever changed. */
const RECORDED = [
  {
    file: 'format-1.taffrail',
    head: '385dded9adb88b66619c092d2b004529abedb591c1f131ce47f9b2824f30a9fc',
    commits: 8,
    events: 9,
    live: ['a', 'b', 'c', 'web'],
    digest: '6e9bd89f3e57e079394d03efe6f48e9d12e4a4a1fe4d09aaf781c01e138a64a8',
  },
] as const;

test.each(RECORDED)('the history $file replays to the very same objects', async (recorded) => {
  const live = new Map<string, LogEvent>();
  const [log] = await walkExport(join(import.meta.dirname, 'fixtures', recorded.file), {
    commit(_log, { sequence }, payload) {
      const commit = decodeCommit(Uint8Array.from(payload), sequence);
      for (const event of commit.events) {
        const key = `${event.group}/${event.resource}/${event.namespace}/${event.name}`;
        const known = live.get(key);
        expect(event.previousRevision, key).toBe(event.verb === 'created' ? 0 : known?.revision);
        if (event.verb === 'deleted') live.delete(key);
        else live.set(key, event);
      }
      // The bytes of the format this build writes are part of it, too: the chain hashes them.
      if (commit.format === COMMIT_FORMAT) expect(encodeCommit(commit).equals(payload)).toBe(true);
    },
  });
  expect(log).toMatchObject({ commits: recorded.commits, events: recorded.events, hash: recorded.head });
  const objects = [...live.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  expect(objects.map(([, { name }]) => name).toSorted()).toEqual(recorded.live);
  const digest = createHash('sha256');
  for (const [key, { revision, uid, object }] of objects) {
    digest.update(`${JSON.stringify([key, uid, revision, object.byteLength])}\n`);
    digest.update(object);
  }
  expect(digest.digest('hex')).toBe(recorded.digest);
});
