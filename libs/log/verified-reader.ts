import { assertNever } from '@taffrail/platform/assert';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Commit } from './commit.ts';
import { decodeCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { ZERO_HASH } from './hash-chain.ts';

/** Where a verified reader starts. */
export type ReadStart =
  /** At the genesis commit. */
  | { readonly at: 'genesis' }
  /** Behind a commit that is known and trusted: the next one must carry its hash. */
  | { readonly at: 'after'; readonly sequence: Sequence; readonly hash: string; readonly timeMs: number }
  /** At the first commit a trimmed log still has: its own previous hash is taken as given, the chain is checked from there. */
  | { readonly at: 'first'; readonly sequence: Sequence };

export interface VerifiedReadOptions {
  readonly start: ReadStart;
  /** Last sequence to deliver; absent: follow for ever. */
  readonly until?: Sequence;
  readonly signal: AbortSignal;
}

/**
 * Reads decoded commits and believes nothing: sequences are contiguous, each commit carries the hash of the one before,
 * its header names its own place, and time never goes back. Throws OperatingError `log-gap`, `log-corrupt` or
 * `format-too-new` at the first commit that fails, and `aborted` when the signal is.
 */
export async function* readVerified(log: CommitLog, options: VerifiedReadOptions): AsyncGenerator<Commit> {
  const { start, until, signal } = options;
  let previous = expectation(start);
  const from = sequence(previous.sequence + 1);
  if (until !== undefined && until < from) return;
  for await (const stored of log.read({ from, signal, ...(until === undefined ? {} : { until }) })) {
    if (stored.sequence !== previous.sequence + 1) {
      throw new OperatingError('log-gap', `log ${log.name}: commit ${previous.sequence + 1} is missing`);
    }
    const commit = decodeInLog(log, stored.payload, stored.sequence);
    const problem = chainProblem(commit, previous, start.at === 'first');
    if (problem !== undefined) {
      throw new OperatingError('log-corrupt', `log ${log.name}: commit ${commit.sequence} ${problem}`);
    }
    previous = { sequence: commit.sequence, hash: commit.hash, timeMs: commit.timeMs };
    yield commit;
  }
}

/** What the next commit must fit to. */
interface Expectation {
  readonly sequence: Sequence;
  /** Undefined only before the first commit of a trimmed log. */
  readonly hash: string | undefined;
  readonly timeMs: number;
}

function expectation(start: ReadStart): Expectation {
  switch (start.at) {
    case 'genesis':
      return { sequence: sequence(0), hash: ZERO_HASH, timeMs: 0 };
    case 'after':
      return { sequence: start.sequence, hash: start.hash, timeMs: start.timeMs };
    case 'first':
      return start.sequence === 1
        ? expectation({ at: 'genesis' })
        : { sequence: sequence(start.sequence - 1), hash: undefined, timeMs: 0 };
    default:
      return assertNever(start);
  }
}

function decodeInLog(log: CommitLog, payload: Uint8Array, place: Sequence): Commit {
  try {
    return decodeCommit(payload, place);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    throw new OperatingError(error.code, `log ${log.name}: ${error.message}`, { cause: error });
  }
}

function chainProblem(commit: Commit, previous: Expectation, trimmed: boolean): string | undefined {
  if (previous.hash !== undefined && commit.previousHash !== previous.hash) {
    return `does not continue commit ${previous.sequence}: it carries ${commit.previousHash}, the chain stands at ${previous.hash}`;
  }
  if (commit.timeMs < previous.timeMs) return `is older than the commit before it`;
  const opening = commit.sequence === 1 || (trimmed && previous.hash === undefined && commit.genesis !== undefined);
  if (opening !== (commit.genesis !== undefined)) {
    return opening ? 'should be a genesis' : 'is a genesis in the middle of the log';
  }
  return undefined;
}
