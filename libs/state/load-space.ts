import { revision, sequence, type Revision, type Sequence, type Uid } from '@taffrail/platform/brand';
import { parseRfc3339 } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { keptCopy } from '@taffrail/log/object-bytes';
import { decodeCommit } from '@taffrail/log/commit-codec';
import type { CommitLog } from '@taffrail/log/commit-log';
import { openCommit, type ObjectOpener } from '@taffrail/log/open-events';
import { readVerified, type ReadStart } from '@taffrail/log/verified-reader';
import type { KubeObject, ObjectKey } from '@taffrail/resources/object';
import { indexed, type FoldContext } from './evolve.ts';
import { foldCommit, positionOf } from './fold-commit.ts';
import { LiveObject } from './live-object.ts';
import { LiveSet } from './live-set.ts';
import type { Position } from './position.ts';
import { Ring } from './ring.ts';

/** The objects of a space at a known position, as the read model hands them over. */
export interface InitialState {
  /** Undefined when nothing has been projected yet. */
  readonly position: { readonly sequence: Sequence; readonly hash: string; readonly timeMs: number } | undefined;
  readonly batches: AsyncIterable<readonly InitialObject[]>;
}

export interface InitialObject {
  readonly key: ObjectKey;
  readonly uid: Uid;
  readonly revision: Revision;
  readonly createdRevision: Revision;
  /** In clear, as read models hand bodies over. */
  readonly stored: Uint8Array;
}

/** A revision space as it was found. */
export interface LoadedSpace {
  readonly live: LiveSet;
  readonly position: Position;
  readonly ring: Ring;
}

/**
 * Brings a space up to the log's head: from the read model's objects where they are given, then from the log itself.
 * Throws OperatingError `log-behind` when the log ends before what was projected, `log-corrupt` when it is another history.
 */
export async function loadSpace(options: {
  readonly log: CommitLog;
  /** First sequence the log still has. */
  readonly first: Sequence;
  readonly initial: InitialState | undefined;
  /** Opens what the log holds sealed. */
  readonly opener: ObjectOpener;
  readonly fold: FoldContext;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<LoadedSpace> {
  const { log, initial, opener, fold, logger, signal } = options;
  const head = (await log.head(signal)).sequence;
  const live = new LiveSet();
  // A projection that stands before what a window still has tells of objects that have expired since.
  const known =
    initial?.position?.sequence !== undefined && initial.position.sequence >= options.first
      ? initial.position
      : undefined;
  let position: Position | undefined;
  if (initial !== undefined && known !== undefined) {
    position = await checkedPosition(log, known, head, signal);
    for await (const batch of initial.batches) {
      for (const object of batch) live.put(initialObject(object, fold));
    }
  }
  const start: ReadStart =
    position === undefined
      ? { at: 'first', sequence: options.first }
      : { at: 'after', sequence: position.sequence, hash: position.hash, timeMs: position.timeMs };
  const bounds = { count: limits.watchRingCount, bytes: limits.watchRingBytes };
  // What stands before a trimmed log's first commit cannot be told any more.
  const floor = position?.end ?? revision(Math.max(0, options.first * 1024 - 1024));
  const ring = new Ring(floor, bounds, logger);
  for await (const commit of readVerified(log, { start, until: head, signal })) {
    const changes = foldCommit(live, await openCommit(opener, commit), fold);
    position = positionOf(commit);
    ring.push(position.end, changes);
  }
  if (position === undefined) throw new OperatingError('log-gap', `log ${log.name} ends at ${head} and holds nothing`);
  return { live, position, ring };
}

/** Finds the projected position in the log: the same commit must stand there. */
async function checkedPosition(
  log: CommitLog,
  known: NonNullable<InitialState['position']>,
  head: Sequence,
  signal: AbortSignal,
): Promise<Position> {
  if (known.sequence > head) {
    throw new OperatingError(
      'log-behind',
      `log ${log.name} ends at commit ${head}, but commit ${known.sequence} was already projected: the log has lost commits; "taffrail log repair" restores them from Postgres`,
    );
  }
  for await (const stored of log.read({ from: known.sequence, until: known.sequence, signal })) {
    const commit = decodeCommit(stored.payload, stored.sequence);
    if (commit.hash !== known.hash) break;
    return positionOf(commit);
  }
  throw new OperatingError(
    'log-corrupt',
    `log ${log.name}: commit ${known.sequence} is not the one that was projected (${known.hash}): one of the two is of another history or damaged; "taffrail log repair" compares them`,
  );
}

function initialObject(object: InitialObject, fold: FoldContext): LiveObject {
  const contents = JSON.parse(Buffer.from(object.stored).toString()) as KubeObject;
  const { key, uid, revision: at, createdRevision } = object;
  return new LiveObject(
    {
      key,
      uid,
      revision: at,
      createdRevision,
      // The row may be a view of a larger buffer.
      stored: keptCopy(object.stored),
      // The read model does not keep the time of the last event; the creation is the best that is known.
      timeMs: parseRfc3339(contents.metadata.creationTimestamp ?? '') ?? 0,
      ...indexed(key, contents, fold.resources),
    },
    fold.cache,
  );
}

/** The sequence every log begins with. */
export const FIRST_SEQUENCE = sequence(1);
