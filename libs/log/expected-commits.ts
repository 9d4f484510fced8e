import type { Sequence } from '@taffrail/platform/brand';
import type { Commit } from './commit.ts';

/** Commits of this process that the log will give back, bounded by bytes: one that is not here any more is decoded like any other. */
export interface ExpectedCommits {
  add(commit: Commit): void;
  remove(at: Sequence): void;
  /** The commit that was expected at this place, if these are its bytes. It is expected only once. */
  take(at: Sequence, payload: Uint8Array): Commit | undefined;
}

export function expectedCommits(maximumBytes: number): ExpectedCommits {
  const expected = new Map<Sequence, Commit>();
  let bytes = 0;

  function remove(at: Sequence): Commit | undefined {
    const commit = expected.get(at);
    if (commit === undefined) return undefined;
    expected.delete(at);
    bytes -= commit.payload.byteLength;
    return commit;
  }

  return {
    add(commit) {
      remove(commit.sequence);
      expected.set(commit.sequence, commit);
      bytes += commit.payload.byteLength;
      for (const oldest of expected.keys()) {
        if (bytes <= maximumBytes) return;
        remove(oldest);
      }
    },
    remove,
    take(at, payload) {
      const commit = remove(at);
      return commit !== undefined && Buffer.compare(commit.payload, payload) === 0 ? commit : undefined;
    },
  };
}
