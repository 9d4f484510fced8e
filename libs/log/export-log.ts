import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { inspectCommit, type InspectedCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import {
  continueExportFile,
  createExportFile,
  readExportFile,
  type ExportWriter,
  type FileRecord,
  type PlacedRecord,
} from './export-file.ts';
import type { TimeRange } from './excerpt.ts';
import { chainWalker, readChain, type ReadStart, type WalkedLog } from './verified-reader.ts';

/** A log as it is to be exported. */
export interface ExportedLog {
  readonly log: CommitLog;
  /** Its first commit there is. */
  readonly first: Sequence;
  /** The last one to export. */
  readonly until: Sequence;
}

export interface ExportProgress {
  readonly log: string;
  readonly sequence: Sequence;
  readonly until: Sequence;
  readonly commits: number;
  readonly bytes: number;
}

/** Something that goes into a backup beside the logs, as one piece: wrapped keys, for one. */
export interface Attachment {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ExportOptions {
  readonly file: string;
  readonly logs: readonly ExportedLog[];
  readonly checkpoints: readonly Checkpoint[];
  readonly attachments?: readonly Attachment[];
  /** Set for an excerpt: the logs' commits are those that prove this range. */
  readonly range?: TimeRange;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  onProgress?(progress: ExportProgress): void;
}

/** What stands in a whole file. */
export interface ExportSummary {
  readonly commits: number;
  readonly events: number;
  readonly resumed: boolean;
  readonly bytes: number;
}

/**
 * Writes logs, verified on the way, with their checkpoints into a file. One that was broken off is verified and written
 * on; a whole one is refused (`address-in-use`). Throws OperatingError as reading and writing do.
 */
export async function exportLogs(options: ExportOptions): Promise<ExportSummary> {
  const { file, logs, checkpoints, attachments = [], range, nowMs, signal } = options;
  const begun = await begunExport(file);
  if (begun?.ended === true) throw new OperatingError('address-in-use', `${file} is a whole export already`);
  // Of a file without a whole block nothing is known, and all of it is written anew.
  const fresh = begun === undefined || begun.end === FIRST_BLOCK;
  if (!fresh && !sameRange(begun.range, range)) {
    throw new OperatingError('address-in-use', `${file} was begun with another time range: choose another file`);
  }
  const writer = begun === undefined ? await createExportFile(file) : await continueExportFile(file, begun.end);
  const done = { commits: begun?.commits ?? 0, events: begun?.events ?? 0 };
  try {
    if (fresh) {
      await writer.add({ type: 'export', createdMs: nowMs, logs: logs.map(({ log }) => log.name) });
      if (range !== undefined) await writer.add({ type: 'range', ...range });
    }
    for (const one of logs) await exportLog(one, begun?.positions.get(one.log.name), writer, done, options);
    for (const { name, bytes } of attachments) await writer.add({ type: 'attachment', name }, bytes);
    // One that was signed since says something of commits that the file does not hold.
    const covered = checkpoints.filter(({ log, sequence: at }) =>
      logs.some((one) => one.log.name === log && at <= one.until),
    );
    for (const checkpoint of covered) await writer.add({ type: 'checkpoint', checkpoint });
    signal.throwIfAborted();
    await writer.add({ type: 'end', ...done });
  } finally {
    await writer.close();
  }
  return { ...done, resumed: begun !== undefined, bytes: writer.written };
}

async function exportLog(
  { log, first, until }: ExportedLog,
  reached: ReachedCommit | undefined,
  writer: ExportWriter,
  done: { commits: number; events: number },
  { signal, onProgress }: ExportOptions,
): Promise<void> {
  const start: ReadStart = reached === undefined ? { at: 'first', sequence: first } : { at: 'after', ...reached };
  const commits = readChain(log, { start, until, signal }, (payload, place) => {
    return { ...inspectCommit(payload, place), payload };
  });
  for await (const { sequence: at, payload, eventsCount } of commits) {
    await writer.add({ type: 'commit', log: log.name, sequence: at }, payload);
    done.commits += 1;
    done.events += eventsCount;
    onProgress?.({ log: log.name, sequence: at, until, commits: done.commits, bytes: writer.written });
  }
}

type ReachedCommit = { readonly sequence: Sequence; readonly hash: string; readonly timeMs: number };

/** How far an earlier run came with a file; undefined when there is none. */
async function begunExport(file: string): Promise<
  | {
      readonly positions: ReadonlyMap<string, ReachedCommit>;
      readonly commits: number;
      readonly events: number;
      readonly end: number;
      readonly ended: boolean;
      readonly range: TimeRange | undefined;
    }
  | undefined
> {
  const positions = new Map<string, ReachedCommit>();
  const counted = { commits: 0, events: 0 };
  let end: number | undefined;
  let ended = false;
  let range: TimeRange | undefined;
  try {
    for await (const { head, bytes, blockEnd } of readExportFile(file)) {
      // Only commits are taken up; a file that was broken off behind them repeats what follows.
      if (head.type === 'end') ended = true;
      if (head.type === 'range') range = rangeOf(head);
      if (head.type !== 'commit' && head.type !== 'export' && head.type !== 'range') continue;
      end = blockEnd;
      if (head.type !== 'commit') continue;
      const { log, commit } = commitOf({ head, bytes });
      positions.set(log, { sequence: commit.sequence, hash: commit.hash, timeMs: commit.timeMs });
      counted.commits += 1;
      counted.events += commit.eventsCount;
    }
  } catch (error) {
    if ((error as { readonly cause?: NodeJS.ErrnoException }).cause?.code === 'ENOENT') return undefined;
    throw error;
  }
  return { positions, ...counted, end: end ?? FIRST_BLOCK, ended, range };
}

const FIRST_BLOCK = 'TAFFRAIL-LOG 1\n'.length;

function commitOf({ head, bytes }: Pick<PlacedRecord, 'head' | 'bytes'>): {
  readonly log: string;
  readonly commit: InspectedCommit;
} {
  const { log, sequence: at } = head;
  if (typeof log !== 'string' || !Number.isSafeInteger(at)) {
    throw new OperatingError('log-corrupt', 'a commit of the file does not say where it belongs');
  }
  return { log, commit: inspectCommit(bytes, sequence(at as number)) };
}

function rangeOf({ fromMs, toMs }: FileRecord): TimeRange {
  if (Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs)) {
    return { fromMs: fromMs as number, toMs: toMs as number };
  }
  throw new OperatingError('log-corrupt', 'the file does not say which time range it is of');
}

function sameRange(one: TimeRange | undefined, other: TimeRange | undefined): boolean {
  return one?.fromMs === other?.fromMs && one?.toMs === other?.toMs;
}

/** What of a file its reader is told, in order. */
export interface ExportVisitor {
  /** The file is an excerpt: its commits are those of a time range and what proves that none is missing. */
  range?(range: TimeRange): void;
  /** A commit that continues its log; its payload is good until the promise resolves. */
  commit?(log: string, commit: InspectedCommit, payload: Uint8Array): Promise<void> | void;
  attachment?(attachment: Attachment): Promise<void> | void;
  checkpoint?(checkpoint: Checkpoint): void;
}

/**
 * Walks a file by itself, without a cluster: every chain is checked as a reader of the log would, the counts must be right
 * and the end must be there. Throws OperatingError `log-corrupt`, `log-gap`, `format-too-new`, `protocol` at the first damage.
 */
export async function walkExport(file: string, visitor: ExportVisitor = {}): Promise<readonly WalkedLog[]> {
  const walked = new Map<string, ReturnType<typeof chainWalker>>();
  let ended = false;
  for await (const { head, bytes } of readExportFile(file)) {
    if (ended) throw new OperatingError('log-corrupt', `${file}: there is more behind its end`);
    switch (head.type) {
      case 'commit': {
        const { log, commit } = commitOf({ head, bytes });
        const walker = walked.get(log) ?? chainWalker(log);
        walked.set(log, walker);
        walker.pass(commit);
        await visitor.commit?.(log, commit, bytes);
        break;
      }
      case 'range':
        visitor.range?.(rangeOf(head));
        break;
      case 'checkpoint':
        visitor.checkpoint?.(readCheckpoint(JSON.stringify(head['checkpoint'])));
        break;
      case 'attachment':
        await visitor.attachment?.({ name: String(head['name']), bytes });
        break;
      case 'end':
        requireCounts(file, head, [...walked.values()]);
        ended = true;
        break;
      default: // a record of a later build that this one may pass over
    }
  }
  if (!ended) {
    throw new OperatingError('log-gap', `${file} was broken off: export again to the same file to complete it`);
  }
  return [...walked.values()].map((walker) => walker.walked());
}

function requireCounts(file: string, end: FileRecord, walkers: readonly { walked(): WalkedLog }[]): void {
  const logs = walkers.map((walker) => walker.walked());
  const commits = logs.reduce((sum, log) => sum + log.commits, 0);
  const events = logs.reduce((sum, log) => sum + log.events, 0);
  if (end['commits'] === commits && end['events'] === events) return;
  throw new OperatingError(
    'log-corrupt',
    `${file}: its end counts ${String(end['commits'])} commits, there are ${commits}`,
  );
}
