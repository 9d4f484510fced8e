import type { Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { decodeCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import type { Commit } from './commit.ts';
import { throwIfAborted } from './connect.ts';
import { expectedCommits } from './expected-commits.ts';
import {
  chainProblem,
  expectation,
  readChain,
  readVerified,
  type Expectation,
  type ReadStart,
} from './verified-reader.ts';
import { wakeup, type Wakeup } from './wakeup.ts';

/*
 * A process has several followers of one log: its ledger, its projector, what feeds others. Each of them must see every
 * commit, verified; none of them needs a copy of its own. So the log is read once, from where the state stands, and its
 * commits are handed to all. What this process wrote itself is compared with what it wrote, byte for byte, and is not
 * decoded and hashed again.
 *
 * Nobody waits for anybody. A follower that starts further back, or falls back further than `limits.tailLagBytes`, reads
 * the log by itself until it has caught up; only what the others have not passed yet is held for it.
 */

/** A log read once for all who follow it in this process. */
export interface CommitTail {
  /**
   * Every commit behind `start`, or those to come from the first call of `next` on; verified, in order, for as long as the
   * tail is open. Throws what `readVerified` throws, and `aborted` when the signal is or the tail was closed.
   */
  follow(start: ReadStart | 'now', signal: AbortSignal): AsyncGenerator<Commit>;
  /** A commit of this process is on its way: when the log gives back the same bytes, it is this. */
  expect(commit: Commit): void;
  /** It was not stored after all. */
  forget(at: Sequence): void;
}

export interface CommitTailOptions {
  readonly log: CommitLog;
  /** Where the shared reading starts. */
  readonly start: ReadStart;
  /** Ends the reading, and with it every follower. */
  readonly signal: AbortSignal;
  /** Runs after each commit that the shared reading found to be in order. */
  readonly checked?: () => void;
}

/** A commit and what came after it: whoever holds a link holds everything behind it, and nothing before. */
interface Link {
  readonly commit: Commit | undefined;
  /** Bytes of all commits read so far, this one's included. */
  readonly readBytes: number;
  next: Link | undefined;
}

interface Follower {
  /** The last link it has passed; undefined while it reads by itself. */
  at: Link | undefined;
  readonly arrived: Wakeup;
}

export function commitTail(options: CommitTailOptions): CommitTail {
  const { log, signal } = options;
  const expected = expectedCommits(limits.tailLagBytes);
  const followers = new Set<Follower>();
  let newest: Link = { commit: undefined, readBytes: 0, next: undefined };
  let reached = options.start;
  let failure: { readonly error: unknown } | undefined;

  function push(commit: Commit): void {
    const link: Link = { commit, readBytes: newest.readBytes + commit.payload.byteLength, next: undefined };
    newest.next = link;
    newest = link;
    reached = behind(commit);
    for (const follower of followers) {
      if (follower.at !== undefined && link.readBytes - follower.at.readBytes > limits.tailLagBytes) {
        follower.at = undefined;
      }
      follower.arrived.wake();
    }
  }

  async function read(): Promise<void> {
    const { start, checked } = options;
    const decode = (payload: Uint8Array, at: Sequence): Commit =>
      expected.take(at, payload) ?? decodeCommit(payload, at);
    try {
      const checking = checked === undefined ? {} : { checked };
      for await (const commit of readChain(log, { start, signal, ...checking }, decode)) push(commit);
    } catch (error) {
      failure = { error };
    }
    for (const { arrived } of followers) arrived.wake();
  }

  async function* follow(start: ReadStart | 'now', abort: AbortSignal): AsyncGenerator<Commit> {
    const follower: Follower = { at: undefined, arrived: wakeup() };
    followers.add(follower);
    let passed = start === 'now' ? reached : start;
    const pass = (commit: Commit): Commit => {
      passed = behind(commit);
      return commit;
    };
    try {
      for (;;) {
        throwIfAborted(abort);
        if (follower.at === undefined) {
          follower.at = newest;
          const until = expectation(reached).sequence;
          const ownReading = { start: passed, until, signal: AbortSignal.any([abort, signal]) };
          for await (const commit of readVerified(log, ownReading)) yield pass(commit);
          continue;
        }
        const { next } = follower.at;
        if (next?.commit !== undefined) {
          follower.at = next;
          if (continues(log.name, next.commit, expectation(passed))) yield pass(next.commit);
        } else if (failure !== undefined) {
          throw failure.error;
        } else {
          await follower.arrived.wait(abort);
        }
      }
    } finally {
      followers.delete(follower);
    }
  }

  // Followers get what ended it; without any, nobody asks.
  void read();
  return Object.freeze({ follow, expect: expected.add, forget: expected.remove });
}

function behind({ sequence, hash, timeMs }: Commit): ReadStart {
  return { at: 'after', sequence, hash, timeMs };
}

/**
 * Whether a commit is news to a follower that has passed `previous`. Throws OperatingError `log-gap` or `log-corrupt` when
 * it does not belong behind it.
 */
function continues(log: string, commit: Commit, previous: Expectation): boolean {
  if (commit.sequence > previous.sequence) {
    const problem = chainProblem(commit, previous);
    if (problem !== undefined) throw new OperatingError(problem.code, `log ${log}: ${problem.message}`);
    return true;
  }
  if (commit.sequence === previous.sequence && previous.hash !== undefined && commit.hash !== previous.hash) {
    const known = `with hash ${commit.hash}, where its follower knows it with ${previous.hash}`;
    throw new OperatingError('log-corrupt', `log ${log}: commit ${commit.sequence} is read ${known}`);
  }
  return false;
}
