import type { Sequence } from '@taffrail/platform/brand';
import type { TimeRange } from './excerpt.ts';
import { EMPTY_EXPORT_BYTES, readExportFile } from './export-file.ts';
import { commitOf, cutOf, rangeOf, type CutOff } from './export-records.ts';

export interface ReachedCommit {
  readonly sequence: Sequence;
  readonly hash: string;
  readonly timeMs: number;
}

/** What an earlier run left of a file. */
export interface BegunExport {
  readonly positions: ReadonlyMap<string, ReachedCommit>;
  readonly commits: number;
  readonly events: number;
  /** Where it is written on. */
  readonly end: number;
  /** It is whole. */
  readonly ended: boolean;
  readonly range: TimeRange | undefined;
  /** Logs that had been cut off at their beginning by then. */
  readonly cut: readonly CutOff[];
}

/**
 * Reads how far an earlier run came with a file; undefined when there is none. `firsts` say where logs begin now: what the
 * file holds of one that was cut off since, beyond what it holds, does not connect with what is left, and is given up.
 */
export async function begunExport(
  file: string,
  firsts: ReadonlyMap<string, Sequence>,
): Promise<BegunExport | undefined> {
  let begun = NOTHING;
  /** As of the last whole block. */
  let whole = NOTHING;
  let blockEnd = NOTHING.end;
  /** What the file was when the first block with something of a log was added. */
  const without = new Map<string, BegunExport>();
  try {
    for await (const record of readExportFile(file)) {
      if (record.blockEnd !== blockEnd) [whole, blockEnd] = [begun, record.blockEnd];
      const { head } = record;
      // Only commits are taken up; a file that was broken off behind them repeats what follows.
      if (head.type === 'end') begun = { ...begun, ended: true };
      if (head.type === 'export') begun = { ...begun, end: blockEnd };
      if (head.type === 'range') begun = { ...begun, end: blockEnd, range: rangeOf(head) };
      if (head.type === 'cut') {
        const cut = cutOf(head);
        if (!without.has(cut.log)) without.set(cut.log, whole);
        begun = { ...begun, cut: [...begun.cut.filter(({ log }) => log !== cut.log), cut] };
      }
      if (head.type !== 'commit') continue;
      const { log, commit } = commitOf(record);
      if (!without.has(log)) without.set(log, whole);
      const positions = new Map(begun.positions).set(log, commit);
      begun = {
        ...begun,
        positions,
        commits: begun.commits + 1,
        events: begun.events + commit.eventsCount,
        end: blockEnd,
      };
    }
  } catch (error) {
    if ((error as { readonly cause?: NodeJS.ErrnoException }).cause?.code === 'ENOENT') return undefined;
    throw error;
  }
  if (begun.ended) return begun;
  for (const [log, reached] of begun.positions) {
    // Logs stand one behind the other, so nothing of another one goes with it but what is written anew.
    if (reached.sequence + 1 < (firsts.get(log) ?? 0)) return without.get(log);
  }
  return begun;
}

const NOTHING: BegunExport = {
  positions: new Map(),
  commits: 0,
  events: 0,
  end: EMPTY_EXPORT_BYTES,
  ended: false,
  range: undefined,
  cut: [],
};
