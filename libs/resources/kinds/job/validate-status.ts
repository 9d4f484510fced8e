import type { FieldError } from '../../field-error.ts';
import type { Job, JobStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, duplicate, index, invalid, type Path, required } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { invalidWithoutValue } from '../../validation/without-value.ts';
import { equal } from '../strategy.ts';
import { validateIndexesOfStatus } from './status-indexes.ts';

const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;

/** What a controller may say of a Job; most of it is looked at only when it changes, so that older Jobs stay writable. */
export function validateJobStatus(next: Given<Job>, previous: Given<Job>): readonly FieldError[] {
  const [status, before] = [next.status ?? {}, previous.status ?? {}];
  const changed = (...fields: readonly (keyof JobStatus)[]): boolean =>
    fields.some((field) => !equal(status[field], before[field]));
  return [
    ...COUNTS.flatMap((count) => validateNonNegative(status[count], `status.${count}`)),
    ...validateUncounted(status),
    ...(changed('conditions') ? validateConditions(status) : []),
    ...(changed('conditions', 'startTime', 'completionTime') ? validateTimes(status) : []),
    ...(changed('conditions', 'active', 'terminating', 'uncountedTerminatedPods') ? validateFinished(status) : []),
    ...validateIndexesOfStatus(next, changed('completedIndexes'), changed('failedIndexes')),
    ...(changed('ready', 'active') && (status.ready ?? 0) > (status.active ?? 0)
      ? [invalid('status.ready', status.ready, 'cannot set more ready pods than active')]
      : []),
    ...validateProgress(next, previous),
  ];
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

/** Pairs of conditions that exclude each other. */
const EXCLUSIVE: readonly (readonly [string, string, string])[] = [
  ['Complete', 'Failed', 'cannot set Complete=True and Failed=true conditions'],
  ['Complete', 'FailureTarget', 'cannot set Complete=True and FailureTarget=true conditions'],
  ['SuccessCriteriaMet', 'Failed', 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
  ['SuccessCriteriaMet', 'FailureTarget', 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
];
/** Conditions that stand on another one. */
const NEEDED: readonly (readonly [string, string, string])[] = [
  ['Failed', 'FailureTarget', 'cannot set Failed=True condition without the FailureTarget=true condition'],
  [
    'Complete',
    'SuccessCriteriaMet',
    'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ],
];

function validateConditions(status: Given<JobStatus>): readonly FieldError[] {
  const path = 'status.conditions';
  return [
    ...EXCLUSIVE.filter(([one, other]) => holds(status, one) && holds(status, other)),
    ...NEEDED.filter(([one, other]) => holds(status, one) && !holds(status, other)),
  ].map(([, , detail]) => invalidWithoutValue(path, detail));
}

function validateTimes(status: Given<JobStatus>): readonly FieldError[] {
  const { startTime, completionTime } = status;
  const path = 'status.completionTime';
  const isComplete = holds(status, 'Complete');
  const errors: FieldError[] = [];
  if (completionTime !== undefined && !isComplete) {
    const detail = 'cannot set completionTime when there is no Complete=True condition';
    errors.push(invalid(path, completionTime, detail));
  }
  if (completionTime === undefined && isComplete) {
    errors.push(required(path, 'completionTime is required for Complete jobs'));
  }
  if (startTime !== undefined && completionTime !== undefined && completionTime < startTime) {
    errors.push(invalid(path, completionTime, 'completionTime cannot be set before startTime'));
  }
  if (startTime === undefined && isFinished(status)) {
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  }
  return errors;
}

function validateFinished(status: Given<JobStatus>): readonly FieldError[] {
  if (!isFinished(status)) return [];
  const { active = 0, terminating = 0, uncountedTerminatedPods } = status;
  const errors: FieldError[] = [];
  if (active > 0) errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  const uncounted = [...(uncountedTerminatedPods?.failed ?? []), ...(uncountedTerminatedPods?.succeeded ?? [])];
  if (uncounted.length > 0) {
    const detail = 'uncountedTerminatedPods needs to be empty for finished job';
    errors.push(invalid('status.uncountedTerminatedPods', goJson(uncountedTerminatedPods), detail));
  }
  if (terminating > 0) {
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  }
  return errors;
}

/** What only moves forward: conditions that end a Job, counters, times. */
function validateProgress(next: Given<Job>, previous: Given<Job>): readonly FieldError[] {
  const [status, before, spec] = [next.status ?? {}, previous.status ?? {}, next.spec ?? {}];
  const errors: FieldError[] = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => holds(before, type) && !holds(status, type))
    .map((type) => invalidWithoutValue('status.conditions', `cannot disable the terminal ${type}=True condition`));
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
    errors.push(invalidWithoutValue('status.conditions', 'cannot disable the SuccessCriteriaMet=True condition'));
  }
  return errors;
}
