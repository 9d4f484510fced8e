import type { RecordedChange } from '@taffrail/projection/read-model';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { changeEntry, type ChangeEntry } from './change-entry.ts';
import { originOf, type Origin } from './origin.ts';

/** A change that may not be shown: only that it was there, and when. */
export interface HiddenEntry {
  readonly revision: string;
  readonly time: string;
  readonly hidden: true;
}

/** One step of a chain of causes. */
export type Step = (ChangeEntry | HiddenEntry) & {
  /** Time since the step before; 0 for the first. */
  readonly elapsedMs: number;
};

/** How a change came about. */
export interface CauseChain {
  /** From what began it to the change itself. */
  readonly steps: readonly Step[];
  readonly origin: Origin;
  /** Time from the first step to the last. */
  readonly elapsedMs: number;
}

/** What a change led to. */
export interface ConsequenceTree {
  readonly change: Step;
  readonly consequences: readonly ConsequenceTree[];
  /** There are more consequences of this change than were asked for, or nobody asked for any. */
  readonly truncated?: true;
}

/** Whether an entry may be shown to whoever asks. */
export type MayShow = (change: RecordedChange) => boolean;

/** What of changes is told. */
export interface Told {
  readonly mayShow: MayShow;
  /** Whose values are hidden. */
  readonly encrypts: EncryptedResources;
}

/** The chain of a change that is given first, followed by what caused it, and so on. */
export function causeChain(found: readonly RecordedChange[], told: Told): CauseChain {
  const changes = found.toReversed();
  const [first] = changes;
  const last = changes.at(-1);
  return {
    steps: changes.map((change, index) => stepOf(change, changes[index - 1], told)),
    origin: first === undefined ? { type: 'unknown', name: '' } : originShown(first, told),
    elapsedMs: (last?.event.timeMs ?? 0) - (first?.event.timeMs ?? 0),
  };
}

/** Who began a chain is part of its first change: it is told with it or not at all. */
function originShown(first: RecordedChange, { mayShow }: Told): Origin {
  return mayShow(first) ? originOf(first.event) : { type: 'unknown', name: '' };
}

export function stepOf(change: RecordedChange, before: RecordedChange | undefined, told: Told): Step {
  const { revision, timeMs } = change.event;
  const elapsedMs = before === undefined ? 0 : timeMs - before.event.timeMs;
  if (told.mayShow(change)) return { ...changeEntry(change, told.encrypts), elapsedMs };
  return { revision: String(revision), time: new Date(timeMs).toISOString(), hidden: true, elapsedMs };
}

export interface ConsequenceBounds {
  readonly depth: number;
  /** Direct consequences of one change that are shown. */
  readonly width: number;
  /** Changes of the whole tree. */
  readonly count: number;
}

/** Reads direct consequences: up to `limit` of each, oldest first. */
export type ReadConsequences = (of: readonly RecordedChange[], limit: number) => Promise<readonly RecordedChange[]>;

/** What came of a change, level by level, within bounds. */
export async function consequenceTree(
  root: RecordedChange,
  read: ReadConsequences,
  bounds: ConsequenceBounds,
  told: Told,
): Promise<ConsequenceTree> {
  const children = new Map<RecordedChange, RecordedChange[]>([[root, []]]);
  const truncated = new Set<RecordedChange>();
  let level: readonly RecordedChange[] = [root];
  let count = 1;
  for (let depth = 1; level.length > 0; depth++) {
    const found = await read(level, bounds.width + 1);
    const parents = new Map(level.map((change) => [change.event.revision, change]));
    const next: RecordedChange[] = [];
    for (const change of found) {
      const parent = parents.get(change.event.cause.revision ?? change.event.revision);
      const siblings = parent === undefined ? undefined : children.get(parent);
      if (parent === undefined || siblings === undefined) continue;
      if (depth > bounds.depth || siblings.length >= bounds.width || count >= bounds.count) {
        truncated.add(parent);
        continue;
      }
      siblings.push(change);
      children.set(change, []);
      next.push(change);
      count += 1;
    }
    level = next;
  }
  const treeOf = (change: RecordedChange, parent: RecordedChange | undefined): ConsequenceTree => ({
    change: stepOf(change, parent, told),
    consequences: (children.get(change) ?? []).map((child) => treeOf(child, change)),
    ...(truncated.has(change) ? { truncated: true } : {}),
  });
  return treeOf(root, undefined);
}
