import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { inspectCommit, type InspectedCommit } from './commit-codec.ts';
import type { TimeRange } from './excerpt.ts';
import type { FileRecord, ReadRecord } from './export-file.ts';

/* What the records of an export mean. Each throws OperatingError `log-corrupt` for one that makes no sense. */

/** A commit and the log it is of, checked by itself. */
export function commitOf({ head, bytes }: ReadRecord): { readonly log: string; readonly commit: InspectedCommit } {
  const { log, sequence: at } = placeOf(head, head['sequence']);
  return { log, commit: inspectCommit(bytes, at) };
}

/** Every commit of a log before this one had been cut off when it was exported. */
export interface CutOff {
  readonly log: string;
  readonly before: Sequence;
}

export function cutOf(head: FileRecord): CutOff {
  const { log, sequence: before } = placeOf(head, head['before']);
  return { log, before };
}

export function rangeOf({ fromMs, toMs }: FileRecord): TimeRange {
  if (Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs)) {
    return { fromMs: fromMs as number, toMs: toMs as number };
  }
  throw new OperatingError('log-corrupt', 'the file does not say which time range it is of');
}

function placeOf({ type, log }: FileRecord, at: unknown): { readonly log: string; readonly sequence: Sequence } {
  if (typeof log === 'string' && Number.isSafeInteger(at)) return { log, sequence: sequence(at as number) };
  throw new OperatingError('log-corrupt', `a record of type ${type} in the file does not say where it belongs`);
}
