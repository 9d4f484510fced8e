import type { Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { requireUncut } from './cluster-logs.ts';
import type { InspectedCommit } from './commit-codec.ts';
import type { TimeRange } from './excerpt.ts';
import { readExportFile, type FileRecord } from './export-file.ts';
import type { Attachment } from './export-log.ts';
import { commitOf, cutOf, rangeOf, type CutOff } from './export-records.ts';
import { chainWalker, type WalkedLog } from './verified-reader.ts';

/** What of a file its reader is told, in order. */
export interface ExportVisitor {
  /** The file is an excerpt: its commits are those of a time range and what proves that none is missing. */
  range?(range: TimeRange): void;
  /** The beginning of a log had been cut off when it was written; its first commit in the file is the one named. */
  cut?(cut: CutOff): void;
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
  const cuts = new Map<string, CutOff>();
  let ended = false;
  for await (const { head, bytes } of readExportFile(file)) {
    if (ended) throw new OperatingError('log-corrupt', `${file}: there is more behind its end`);
    switch (head.type) {
      case 'commit': {
        const { log, commit } = commitOf({ head, bytes });
        const walker = walked.get(log) ?? chainWalker(log);
        const cut = cuts.get(log);
        if (!walked.has(log) && cut !== undefined) {
          requireCut(file, cut, commit.sequence);
          visitor.cut?.(cut);
        }
        walked.set(log, walker);
        walker.pass(commit);
        await visitor.commit?.(log, commit, bytes);
        break;
      }
      case 'cut': {
        const cut = cutOf(head);
        cuts.set(cut.log, cut);
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

function requireCut(file: string, { log, before }: CutOff, first: Sequence): void {
  requireUncut(log, before);
  if (first === before) return;
  throw new OperatingError(
    'log-gap',
    `${file}: log ${log} had been cut off before commit ${before} and begins with ${first}`,
  );
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
