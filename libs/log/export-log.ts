import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { begunExport, type BegunExport, type ReachedCommit } from './begun-export.ts';
import { distinctCheckpoints, type Checkpoint } from './checkpoint.ts';
import { requireUncut } from './cluster-logs.ts';
import { inspectCommit } from './commit-codec.ts';
import { cutMeanwhile } from './cut-meanwhile.ts';
import { continueExportFile, createExportFile, EMPTY_EXPORT_BYTES, type ExportWriter } from './export-file.ts';
import type { CutOff } from './export-records.ts';
import type { TimeRange } from './excerpt.ts';
import { readChain, type ReadStart } from './verified-reader.ts';
import type { WindowLog } from './window-log.ts';

/** A log as it is to be exported. */
export interface ExportedLog {
  readonly log: WindowLog;
  /** The first one to export; where the log has been cut off behind it, what is left. */
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
  /** Logs that had been cut off at their beginning when they were written. */
  readonly cut: readonly CutOff[];
}

/**
 * Writes logs, verified on the way, with their checkpoints into a file. One that was broken off is verified and written
 * on; a whole one is refused (`address-in-use`). A log whose beginning is cut off meanwhile stands in the file as it was
 * left, and the file says so. Throws OperatingError as reading and writing do.
 */
export async function exportLogs(options: ExportOptions): Promise<ExportSummary> {
  let resumed: boolean | undefined;
  for (;;) {
    const firsts = await beginnings(options);
    const begun = await begunExport(options.file, firsts);
    resumed ??= begun !== undefined;
    try {
      return { ...(await writeExport(options, firsts, begun)), resumed };
    } catch (error) {
      // What was written of the log does not connect with what is left: the next round takes it out again.
      if (!(await cutMeanwhile(error, options.logs, firsts, options.signal))) throw error;
    }
  }
}

/** Where the logs begin now. */
async function beginnings({ logs, signal }: ExportOptions): Promise<ReadonlyMap<string, Sequence>> {
  const firsts = new Map<string, Sequence>();
  for (const { log } of logs) {
    const first = await log.first(signal);
    requireUncut(log.name, first);
    firsts.set(log.name, first);
  }
  return firsts;
}

async function writeExport(
  options: ExportOptions,
  firsts: ReadonlyMap<string, Sequence>,
  begun: BegunExport | undefined,
): Promise<Omit<ExportSummary, 'resumed'>> {
  const { file, logs, checkpoints, attachments = [], range, nowMs, signal } = options;
  if (begun?.ended === true) throw new OperatingError('address-in-use', `${file} is a whole export already`);
  // Of a file without a whole block nothing is known, and all of it is written anew.
  const fresh = begun === undefined || begun.end === EMPTY_EXPORT_BYTES;
  if (!fresh && !sameRange(begun.range, range)) {
    throw new OperatingError('address-in-use', `${file} was begun with another time range: choose another file`);
  }
  const writer = begun === undefined ? await createExportFile(file) : await continueExportFile(file, begun.end);
  const done = { commits: begun?.commits ?? 0, events: begun?.events ?? 0 };
  const cut = (begun?.cut ?? []).filter(({ log }) => begun?.positions.has(log));
  try {
    if (fresh) {
      await writer.add({ type: 'export', createdMs: nowMs, logs: logs.map(({ log }) => log.name) });
      if (range !== undefined) await writer.add({ type: 'range', ...range });
    }
    for (const one of logs) {
      const log = one.log.name;
      const reached = begun?.positions.get(log);
      const first = sequence(Math.max(one.first, firsts.get(log) ?? 1));
      if (reached === undefined && first > 1 && first === firsts.get(log) && first <= one.until) {
        cut.push({ log, before: first });
        await writer.add({ type: 'cut', log, before: first });
      }
      await exportLog({ ...one, first }, reached, writer, done, options);
    }
    for (const { name, bytes } of attachments) await writer.add({ type: 'attachment', name }, bytes);
    // One that was signed since says something of commits that the file does not hold.
    const covered = distinctCheckpoints(checkpoints).filter(({ log, sequence: at }) =>
      logs.some((one) => one.log.name === log && at <= one.until),
    );
    for (const checkpoint of covered) await writer.add({ type: 'checkpoint', checkpoint });
    signal.throwIfAborted();
    await writer.add({ type: 'end', ...done });
  } finally {
    await writer.close();
  }
  return { ...done, bytes: writer.written, cut };
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

function sameRange(one: TimeRange | undefined, other: TimeRange | undefined): boolean {
  return one?.fromMs === other?.fromMs && one?.toMs === other?.toMs;
}
