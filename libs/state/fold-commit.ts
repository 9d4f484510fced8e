import { revisionOf } from '@taffrail/platform/brand';
import type { Commit } from '@taffrail/log/commit';
import { keptCopy } from '@taffrail/log/object-bytes';
import { applyChange, evolve, type FoldContext, type LiveChange } from './evolve.ts';
import type { LiveSet } from './live-set.ts';
import type { Position } from './position.ts';

/** Makes a decoded commit part of the live set, event by event, and returns its changes. */
export function foldCommit(live: LiveSet, commit: Commit, fold: FoldContext): readonly LiveChange[] {
  return commit.events.map((event) => {
    // The commit's payload is one buffer; an object that is kept must not keep all of it.
    const change = evolve(live, { ...event, object: keptCopy(event.object) }, fold);
    applyChange(live, change);
    return change;
  });
}

/** Where a space stands after a commit; a genesis has no event and ends where it begins. */
export function positionOf(commit: Commit): Position {
  const end = revisionOf(commit.sequence, Math.max(0, commit.events.length - 1));
  return { sequence: commit.sequence, hash: commit.hash, timeMs: commit.timeMs, end };
}
