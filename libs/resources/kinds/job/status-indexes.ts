import type { FieldError } from '../../field-error.ts';
import type { Job } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { invalid } from '../../validation/field.ts';
import { parseIndexes } from './indexes.ts';

const COMPLETED = 'status.completedIndexes';
const FAILED = 'status.failedIndexes';

/** The indexes a status says are done: well formed, in range, none of them twice. */
export function validateIndexesOfStatus(
  job: Given<Job>,
  completedChanged: boolean,
  failedChanged: boolean,
): readonly FieldError[] {
  const { completionMode, completions, backoffLimitPerIndex } = job.spec ?? {};
  const { completedIndexes = '', failedIndexes } = job.status ?? {};
  const errors: FieldError[] = [];
  if (completedChanged && completions !== undefined) {
    errors.push(...validateFormat(completedIndexes, completions, COMPLETED, 'completedIndexes'));
  }
  if (failedChanged && completions !== undefined && backoffLimitPerIndex !== undefined) {
    errors.push(...validateFormat(failedIndexes ?? '', completions, FAILED, 'failedIndexes'));
  }
  if (completedChanged && completedIndexes !== '' && completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalid(COMPLETED, completedIndexes, detail));
  }
  if (failedChanged && failedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalid(FAILED, failedIndexes, detail));
  }
  if ((completedChanged || failedChanged) && completions !== undefined && failedIndexes !== undefined) {
    errors.push(...validateApart(completedIndexes, failedIndexes, completions));
  }
  return errors;
}

function validateFormat(text: string, completions: number, path: string, name: string): readonly FieldError[] {
  const parsed = parseIndexes(text, completions);
  return 'fault' in parsed ? [invalid(path, text, `error parsing ${name}: ${parsed.fault}`)] : [];
}

function validateApart(completed: string, failed: string, completions: number): readonly FieldError[] {
  const [done, lost] = [parseIndexes(completed, completions), parseIndexes(failed, completions)];
  // What cannot be read is refused for that reason already.
  if ('fault' in done || 'fault' in lost) return [];
  for (const one of done) {
    const shared = lost.find((other) => one.first <= other.last && other.first <= one.last);
    if (shared === undefined) continue;
    const detail = `failedIndexes and completedIndexes overlap at index: ${Math.max(one.first, shared.first)}`;
    return [invalid(FAILED, failed, detail)];
  }
  return [];
}
