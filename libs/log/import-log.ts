import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { ensureCheckpoints, storeCheckpoint } from './checkpoint-stream.ts';
import { checkpointCheck, requireMet, type Checkpoint } from './checkpoint.ts';
import { CLUSTER_LOGS, isTrimmable, requireUncut } from './cluster-logs.ts';
import type { InspectedCommit } from './commit-codec.ts';
import type { NatsLink } from './connect.ts';
import type { Attachment } from './export-log.ts';
import { openSegment } from './genesis.ts';
import { mayHoldEnvelope } from './sealed-object.ts';
import { fillSegment, logStreams, type FillingSegment } from './segments.ts';
import { storedAt } from './stored-commit.ts';
import type { WalkedLog } from './verified-reader.ts';
import { walkExport } from './walk-export.ts';

export interface ImportOptions {
  readonly file: string;
  /**
   * Opens a further segment behind what the file holds: what was written after the file was made is lost, and its
   * revisions must never be given out again. Absent: the log goes on where the file ends.
   */
  readonly reopen?: { readonly incarnation: string; readonly nowMs: number };
  readonly signal: AbortSignal;
  onProgress?(progress: { readonly log: string; readonly sequence: Sequence; readonly commits: number }): void;
}

export interface ImportResult {
  readonly logs: readonly (WalkedLog & { readonly opened?: Sequence })[];
  readonly checkpoints: readonly Checkpoint[];
  readonly attachments: readonly Attachment[];
  /** Some objects are sealed: without their keys they stay unreadable. */
  readonly sealed: boolean;
}

/**
 * Puts the logs of a file into an empty NATS, every sequence where it was. Nothing counts before all of it is there: a run
 * that was broken off is taken up by the next one. Throws OperatingError `address-in-use` when a log is there already, and
 * whatever walking the file finds.
 */
export async function importLogs(link: NatsLink, options: ImportOptions): Promise<ImportResult> {
  const { file, reopen, signal, onProgress } = options;
  // First the whole file, so that a damaged one leaves nothing behind.
  const checkpoints: Checkpoint[] = [];
  const walked = await walkExport(file, {
    checkpoint: (one) => void checkpoints.push(one),
    range() {
      throw new OperatingError('protocol', `${file} is an excerpt of a log: only a whole export can be imported`);
    },
  });
  for (const { log, first, head } of walked) {
    requireUncut(log, first);
    const beyond = checkpoints.filter((one) => one.log === log && one.sequence > head);
    requireMet(log, first, beyond);
  }
  await requireEmpty(link, walked);
  const attachments: Attachment[] = [];
  const filling = new Map<string, Filling>();
  const checks = new Map(walked.map(({ log }) => [log, checkpointCheck(log, checkpoints)]));
  let commits = 0;
  let sealed = false;
  await walkExport(file, {
    async commit(log, commit, payload) {
      signal.throwIfAborted();
      checks.get(log)?.pass(commit);
      const state = await fillingOf(link, filling, log, commit);
      if (commit.sequence === state.left)
        await requireSame(link, state.current.stream, commit.sequence, payload, signal);
      if (commit.sequence > state.left) {
        const result = await state.current.log.append(payload, sequence(commit.sequence - 1), signal);
        if (result.outcome !== 'appended') throw inUse(log);
      }
      state.head = commit.sequence;
      commits += 1;
      sealed ||= mayHoldEnvelope(payload);
      onProgress?.({ log, sequence: commit.sequence, commits });
    },
    attachment: (one) => void attachments.push({ name: one.name, bytes: Uint8Array.from(one.bytes) }),
  });
  for (const { current, left, head } of filling.values()) if (left > head) throw otherFile(current.stream);
  const opened = new Map<string, Sequence>();
  for (const log of walked) {
    const state = filling.get(log.log);
    if (state === undefined || reopen === undefined) continue;
    const first = sequence(Math.max(reopen.nowMs, log.head + 1));
    const segment = { log: log.log, trimmable: isTrimmable(log.log), segment: state.number + 1, first };
    const fresh = await fillSegment(link, segment);
    const previous = { sequence: log.head, hash: log.hash, timeMs: log.timeMs };
    await openSegment(fresh.log, { first, ...reopen, previous }, signal);
    state.all.push(fresh);
    opened.set(log.log, first);
  }
  await ensureCheckpoints(link);
  for (const checkpoint of checkpoints) await storeCheckpoint(link, checkpoint);
  // The last segment first: as long as an earlier one is missing the log is refused, never taken for a shorter one.
  for (const { all } of filling.values()) {
    for (const segment of all.toReversed()) await segment.complete();
  }
  const logs = walked.map((log) => {
    const first = opened.get(log.log);
    return first === undefined ? log : { ...log, opened: first };
  });
  return { logs, checkpoints, attachments, sealed };
}

interface Filling {
  readonly all: FillingSegment[];
  current: FillingSegment;
  number: number;
  /** What of the current segment an earlier run left behind. */
  left: Sequence;
  /** The last commit of the file so far. */
  head: Sequence;
}

/** The segment a commit goes into: a genesis begins one, and so does the first commit of a log that was cut off. */
async function fillingOf(
  link: NatsLink,
  filling: Map<string, Filling>,
  log: string,
  commit: InspectedCommit,
): Promise<Filling> {
  const known = filling.get(log);
  if (known !== undefined && commit.genesis === undefined) return known;
  const number = (known?.number ?? 0) + 1;
  const trimmable = isTrimmable(log);
  const current = await fillSegment(link, { log, trimmable, segment: number, first: commit.sequence });
  if (known !== undefined && known.left > known.head) throw otherFile(known.current.stream);
  const { sequence: left } = await current.log.head();
  const state: Filling = { all: [...(known?.all ?? []), current], current, number, left, head: commit.sequence };
  filling.set(log, state);
  return state;
}

/** What an earlier run left behind ends with this very commit, and so, by its chain, is what the file holds. */
async function requireSame(
  link: NatsLink,
  stream: string,
  at: Sequence,
  payload: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const stored = await storedAt(link, stream, at, signal);
  if (stored === undefined || Buffer.compare(stored, payload) !== 0) throw otherFile(stream);
}

function otherFile(stream: string): OperatingError {
  return new OperatingError(
    'address-in-use',
    `stream ${stream} is what an import of another file left behind: import that file, or use an empty data directory`,
  );
}

async function requireEmpty(link: NatsLink, walked: readonly WalkedLog[]): Promise<void> {
  for (const { log } of walked) {
    if (!CLUSTER_LOGS.some(({ name }) => name === log))
      throw new OperatingError('format-too-new', `the file holds a log ${log}: use a newer build`);
    if ((await logStreams(link, log)).some((stream) => stream.complete)) throw inUse(log);
  }
}

function inUse(log: string): OperatingError {
  return new OperatingError('address-in-use', `there is a log ${log} already: import into an empty data directory`);
}
