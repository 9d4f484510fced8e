import { assertNever } from '@taffrail/platform/assert';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Commit } from './commit.ts';
import { decodeCommit, inspectCommit, type InspectedCommit } from './commit-codec.ts';
import type { CommitLog, StoredCommit } from './commit-log.ts';
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
  /** Runs after each commit that was found to be in order. */
  readonly checked?: () => void;
}

/**
 * Reads decoded commits and believes nothing: sequences are contiguous but from one segment to the next, each commit
 * carries the hash of the one before, its header names its own place, and time never goes back. Throws OperatingError
 * `log-gap`, `log-corrupt` or `format-too-new` at the first commit that fails, and `aborted` when the signal is.
 */
export function readVerified(log: CommitLog, options: VerifiedReadOptions): AsyncGenerator<Commit> {
  return readChain(log, options, decodeCommit);
}

/** The same without making events: for whoever only wants to know that all is well. */
export function inspectLog(log: CommitLog, options: VerifiedReadOptions): AsyncGenerator<InspectedCommit> {
  return readChain(log, options, inspectCommit);
}

/** Just what of a log a verified reading needs, so that a file can be read like one. */
export type ReadableLog = Pick<CommitLog, 'name' | 'read'>;

export async function* readChain<Link extends ChainLink>(
  log: ReadableLog,
  options: VerifiedReadOptions,
  decode: (payload: Uint8Array, place: Sequence) => Link,
): AsyncGenerator<Link> {
  const { start, until, signal } = options;
  let previous = expectation(start);
  const from = sequence(previous.sequence + 1);
  if (until !== undefined && until < from) return;
  for await (const stored of log.read({ from, signal, ...(until === undefined ? {} : { until }) })) {
    const commit = decodeInLog(log, stored, decode);
    const problem = chainProblem(commit, previous);
    if (problem !== undefined) throw new OperatingError(problem.code, `log ${log.name}: ${problem.message}`);
    previous = { sequence: commit.sequence, hash: commit.hash, timeMs: commit.timeMs };
    options.checked?.();
    yield commit;
  }
}

/** What the chain consists of. */
export type ChainLink = Pick<Commit, 'sequence' | 'previousHash' | 'timeMs' | 'genesis' | 'hash'>;

/** What the next commit must fit to. */
export interface Expectation {
  readonly sequence: Sequence;
  /** Undefined only before the first commit of a trimmed log. */
  readonly hash: string | undefined;
  readonly timeMs: number;
}

export function expectation(start: ReadStart): Expectation {
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

function decodeInLog<Link>(
  log: ReadableLog,
  { payload, sequence: place }: StoredCommit,
  decode: (payload: Uint8Array, place: Sequence) => Link,
): Link {
  try {
    return decode(payload, place);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    throw new OperatingError(error.code, `log ${log.name}: ${error.message}`, { cause: error });
  }
}

interface ChainProblem {
  readonly code: 'log-gap' | 'log-corrupt';
  readonly message: string;
}

/** What is wrong with a commit as the next of a chain, or undefined. */
export function chainProblem(commit: ChainLink, previous: Expectation): ChainProblem | undefined {
  const { genesis, sequence: at } = commit;
  const corrupt = (what: string): ChainProblem => ({ code: 'log-corrupt', message: `commit ${at} ${what}` });
  if (at !== previous.sequence + 1 && genesis?.previousSegmentSequence !== previous.sequence) {
    return { code: 'log-gap', message: `commit ${previous.sequence + 1} is missing` };
  }
  if (previous.hash === undefined) return undefined;
  if (commit.previousHash !== previous.hash) {
    return corrupt(
      `does not continue commit ${previous.sequence}: it carries ${commit.previousHash}, the chain stands at ${previous.hash}`,
    );
  }
  if (commit.timeMs < previous.timeMs) return corrupt('is older than the commit before it');
  if (genesis === undefined) return previous.sequence === 0 ? corrupt('should be a genesis') : undefined;
  const continues =
    genesis.previousSegmentSequence === previous.sequence && genesis.previousSegmentHash === previous.hash;
  return continues ? undefined : corrupt('is a genesis in the middle of the log');
}

/** Walks commits that come from anywhere and checks them as a reader of a log would. */
export interface ChainWalker<Link> {
  /** Takes the next commit. Throws OperatingError `log-gap` or `log-corrupt` when it is not the next one. */
  pass(commit: Link): void;
  walked(): WalkedLog;
}

/** One log that was walked. */
export interface WalkedLog {
  readonly log: string;
  readonly first: Sequence;
  readonly head: Sequence;
  /** Of the last commit. */
  readonly hash: string;
  readonly timeMs: number;
  readonly commits: number;
  readonly events: number;
}

/** Begins at whatever commit comes first: at 1 it must be a genesis, later ones belong to a trimmed log. */
export function chainWalker(log: string): ChainWalker<InspectedCommit> {
  let previous: Expectation | undefined;
  let first = sequence(0);
  let commits = 0;
  let events = 0;
  return {
    pass(commit) {
      if (previous === undefined) {
        first = commit.sequence;
        previous = expectation({ at: 'first', sequence: first });
      }
      const problem = chainProblem(commit, previous);
      if (problem !== undefined) throw new OperatingError(problem.code, `log ${log}: ${problem.message}`);
      previous = { sequence: commit.sequence, hash: commit.hash, timeMs: commit.timeMs };
      commits += 1;
      events += commit.eventsCount;
    },
    walked: () => ({
      log,
      first,
      head: previous?.sequence ?? sequence(0),
      hash: previous?.hash ?? ZERO_HASH,
      timeMs: previous?.timeMs ?? 0,
      commits,
      events,
    }),
  };
}
