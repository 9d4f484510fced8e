import type { FieldError } from '../../field-error.ts';
import type { Job, JobStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, duplicate, index, invalid, type Path, required } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { invalidWithoutValue } from '../../validation/without-value.ts';
import { equal } from '../strategy.ts';
import { validateIndexesOfStatus } from './status-indexes.ts';

const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
const CONDITIONS = 'status.conditions';

/** What a controller may say of a Job; most of it is looked at only when it changes, so that older Jobs stay writable. */
export function validateJobStatus(next: Given<Job>, previous: Given<Job>): readonly FieldError[] {
  const status = next.status ?? {};
  const changes = changesOf(status, previous.status ?? {});
  return [
    ...COUNTS.flatMap((count) => validateNonNegative(status[count], `status.${count}`)),
    ...validateUncounted(status),
    ...excluded(status, 'Complete', 'Failed', changes.of('Complete', 'Failed')),
    ...excluded(status, 'Complete', 'FailureTarget', changes.of('Complete', 'FailureTarget')),
    ...validateTimes(status, changes),
    ...needed(status, 'Failed', 'FailureTarget', changes.of('Failed', 'FailureTarget')),
    ...needed(status, 'Complete', 'SuccessCriteriaMet', changes.of('Complete', 'SuccessCriteriaMet')),
    ...validateFinished(status, changes),
    ...validateIndexesOfStatus(next, changes.in('completedIndexes'), changes.in('failedIndexes')),
    ...validateRunning(status, changes),
    ...excluded(status, 'SuccessCriteriaMet', 'Failed', true),
    ...excluded(status, 'SuccessCriteriaMet', 'FailureTarget', true),
    ...validateSuccess(next),
    ...validateProgress(next, previous),
  ];
}

/** What an update changes of a status. */
interface StatusChanges {
  readonly in: (...fields: readonly (keyof JobStatus)[]) => boolean;
  /** Whether one of these conditions holds now and did not before, or the other way round. */
  readonly of: (...conditions: readonly string[]) => boolean;
  readonly finished: boolean;
}

function changesOf(status: Given<JobStatus>, before: Given<JobStatus>): StatusChanges {
  return {
    in: (...fields) => fields.some((field) => !equal(status[field], before[field])),
    of: (...conditions) => conditions.some((type) => holds(status, type) !== holds(before, type)),
    finished: isFinished(status) !== isFinished(before),
  };
}

/** Whether a condition holds. */
function holds(status: Given<JobStatus>, type: string): boolean {
  return status.conditions?.some((one) => one.type === type && one.status === 'True') === true;
}

function isFinished(status: Given<JobStatus>): boolean {
  return holds(status, 'Complete') || holds(status, 'Failed');
}

function validateUncounted(status: Given<JobStatus>): readonly FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((part) => {
    const path: Path = child('status.uncountedTerminatedPods', part);
    return (status.uncountedTerminatedPods?.[part] ?? []).flatMap((uid, at) => {
      if (uid === '') return [invalid(index(path, at), uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(index(path, at), uid)];
      seen.add(uid);
      return [];
    });
  });
}

/** How a condition is written that excludes another: only the first of the two has its value in capitals. */
function excluded(status: Given<JobStatus>, one: string, other: string, isAsked: boolean): readonly FieldError[] {
  if (!isAsked || !holds(status, one) || !holds(status, other)) return [];
  return [invalidWithoutValue(CONDITIONS, `cannot set ${one}=True and ${other}=true conditions`)];
}

function needed(status: Given<JobStatus>, one: string, other: string, isAsked: boolean): readonly FieldError[] {
  if (!isAsked || !holds(status, one) || holds(status, other)) return [];
  return [invalidWithoutValue(CONDITIONS, `cannot set ${one}=True condition without the ${other}=true condition`)];
}

function validateTimes(status: Given<JobStatus>, changes: StatusChanges): readonly FieldError[] {
  const { startTime, completionTime } = status;
  const path = 'status.completionTime';
  const isComplete = holds(status, 'Complete');
  const errors: FieldError[] = [];
  if (changes.of('Complete') || changes.in('completionTime')) {
    if (completionTime !== undefined && !isComplete) {
      const detail = 'cannot set completionTime when there is no Complete=True condition';
      errors.push(invalid(path, completionTime, detail));
    }
    if (completionTime === undefined && isComplete) {
      errors.push(required(path, 'completionTime is required for Complete jobs'));
    }
  }
  const isAsked = changes.in('startTime', 'completionTime');
  if (isAsked && startTime !== undefined && completionTime !== undefined && completionTime < startTime) {
    errors.push(invalid(path, completionTime, 'completionTime cannot be set before startTime'));
  }
  return errors;
}

/** A Job that ended has nothing running and nothing left to count. */
function validateFinished(status: Given<JobStatus>, changes: StatusChanges): readonly FieldError[] {
  if (!isFinished(status)) return [];
  const { active = 0, startTime, uncountedTerminatedPods } = status;
  const errors: FieldError[] = [];
  if ((changes.finished || changes.in('active')) && active > 0) {
    errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  }
  if ((changes.finished || changes.in('startTime')) && startTime === undefined) {
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  }
  const { succeeded, failed } = uncountedTerminatedPods ?? {};
  const isUncounted = (succeeded ?? []).length + (failed ?? []).length > 0;
  if ((changes.finished || changes.in('uncountedTerminatedPods')) && isUncounted) {
    const detail = 'uncountedTerminatedPods needs to be empty for finished job';
    const shown = goStructure({ Succeeded: succeeded, Failed: failed });
    errors.push(invalid('status.uncountedTerminatedPods', shown, detail));
  }
  return errors;
}

function validateRunning(status: Given<JobStatus>, changes: StatusChanges): readonly FieldError[] {
  const { active = 0, ready = 0, terminating = 0 } = status;
  const errors: FieldError[] = [];
  if ((changes.finished || changes.in('terminating')) && terminating > 0 && isFinished(status)) {
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  }
  if (changes.in('ready', 'active') && ready > active) {
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  }
  return errors;
}

function validateSuccess({ spec, status = {} }: Given<Job>): readonly FieldError[] {
  if (spec?.successPolicy === undefined || holds(status, 'SuccessCriteriaMet') || !holds(status, 'Complete')) return [];
  const detail = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True';
  return [invalidWithoutValue(CONDITIONS, detail)];
}

/** What only moves forward: conditions that end a Job, counters, times. */
function validateProgress(next: Given<Job>, previous: Given<Job>): readonly FieldError[] {
  const [status, before, spec] = [next.status ?? {}, previous.status ?? {}, next.spec ?? {}];
  const errors: FieldError[] = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => holds(before, type) && !holds(status, type))
    .map((type) => invalidWithoutValue(CONDITIONS, `cannot disable the terminal ${type}=True condition`));
  const mayShrink = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  for (const count of ['failed', 'succeeded'] as const) {
    if ((status[count] ?? 0) >= (before[count] ?? 0) || (count === 'succeeded' && mayShrink)) continue;
    errors.push(invalid(`status.${count}`, status[count] ?? 0, `cannot decrease the ${count} counter`));
  }
  const { completionTime, startTime } = status;
  if (completionTime !== undefined && before.completionTime !== undefined && completionTime !== before.completionTime) {
    errors.push(invalid('status.completionTime', completionTime, 'completionTime cannot be mutated'));
  }
  if (before.startTime !== undefined && startTime !== before.startTime && spec.suspend !== true) {
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  }
  if (holds(before, 'SuccessCriteriaMet') && !holds(status, 'SuccessCriteriaMet')) {
    errors.push(invalidWithoutValue(CONDITIONS, 'cannot disable the SuccessCriteriaMet=True condition'));
  }
  if (holds(before, 'Complete') && !holds(before, 'SuccessCriteriaMet') && holds(status, 'SuccessCriteriaMet')) {
    const detail = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions';
    errors.push(invalidWithoutValue(CONDITIONS, detail));
  }
  return errors;
}
