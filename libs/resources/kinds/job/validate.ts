import type { FieldError } from '../../field-error.ts';
import type { Job, JobSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { validateDomainPrefixedPath } from '../../validation/domain-path.ts';
import {
  child,
  invalid,
  key,
  notSupported,
  type Path,
  required,
  type ShownValue,
  tooLong,
} from '../../validation/field.ts';
import { goLabelSelector, goMap } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { selectorMatches, validateLabelSelector } from '../../validation/selector.ts';
import { validatePodTemplate, validateSelected } from '../../validation/workload.ts';
import { CONTROLLER_UID, JOB_NAME, OLD_CONTROLLER_UID, OLD_JOB_NAME } from './defaults.ts';
import { goFailurePolicy, validateFailurePolicy } from './failure-policy.ts';
import { goSuccessPolicy, validateSuccessPolicy } from './success-policy.ts';
import { validateTemplateUpdate } from './template-update.ts';

const MAXIMUM_INDEXED_PARALLELISM = 100_000;
const MAXIMUM_FAILED_INDEXES = 100_000;
/** Beyond so many completions a Job that counts failures per index is held to smaller numbers. */
const MANY_COMPLETIONS = 100_000;
const MAXIMUM_WITH_MANY = 10_000;
const MANAGED_BY_CHARACTERS = 63;

export function validateJob(job: Given<Job>, previous?: Given<Job>): readonly FieldError[] {
  const { spec = {} } = job;
  const errors = [...validateGeneratedSelector(job, previous), ...validateJobSpec(spec, 'spec')];
  if (spec.selector === undefined) errors.push(required('spec.selector'));
  return [
    ...errors,
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...validateSelected(spec.template, spec.selector, 'spec.template'),
    ...validateHostnames(job),
  ];
}

/** A selector that was generated is the Job's own, and so are the labels. */
function validateGeneratedSelector(job: Given<Job>, previous?: Given<Job>): readonly FieldError[] {
  const { spec = {}, metadata = {} } = job;
  if (spec.manualSelector === true || spec.selector === undefined) return [];
  const { uid = '', name = '' } = metadata;
  const before = previous?.spec?.template?.metadata?.labels ?? {};
  // A Job from before there were the long names is not made to have them.
  const isOld = previous !== undefined && (before[JOB_NAME] === undefined || before[CONTROLLER_UID] === undefined);
  const expected = {
    [OLD_CONTROLLER_UID]: uid,
    [OLD_JOB_NAME]: name,
    ...(isOld ? {} : { [CONTROLLER_UID]: uid, [JOB_NAME]: name }),
  };
  const labels = spec.template?.metadata?.labels ?? {};
  const errors = Object.entries(expected).flatMap(([label, value]) => {
    const given = labels[label];
    const path = key('spec.template.metadata.labels', label);
    if (given === undefined) return [required(path, `must be '${value}'`)];
    return given === value ? [] : [invalid(path, goMap(labels), `must be '${value}'`)];
  });
  const canBeRead = validateLabelSelector(spec.selector, 'spec.selector').length === 0;
  if (canBeRead && !selectorMatches(spec.selector, expected)) {
    errors.push(invalid('spec.selector', goLabelSelector(spec.selector), '`selector` not auto-generated'));
  }
  return errors;
}

/** The pods of an indexed Job have its name and their index as hostname. */
function validateHostnames({ metadata, spec }: Given<Job>): readonly FieldError[] {
  const { completionMode, completions = 0 } = spec ?? {};
  if (completionMode !== 'Indexed' || completions <= 0) return [];
  const { name = '' } = metadata ?? {};
  const last = `${name}-${completions - 1}`;
  if (dns1123Label(last).length === 0) return [];
  return [invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`)];
}

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

/** A Job's spec, on its own or as a template: everything but its selector. */
export function validateJobSpec(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  return [
    ...COUNTS.flatMap((count) => validateNonNegative(spec[count], child(path, count))),
    ...validatePerIndex(spec, path),
    ...validateManagedBy(spec.managedBy, child(path, 'managedBy')),
    ...validateCompletionMode(spec, path),
    ...validateFailurePolicy(spec, child(path, 'podFailurePolicy')),
    ...validateSuccessPolicy(spec, child(path, 'successPolicy')),
    ...validateReplacementPolicy(spec, child(path, 'podReplacementPolicy')),
    ...validatePodTemplate(spec.template ?? {}, child(path, 'template')),
    ...validateRestartPolicy(spec, child(path, 'template', 'spec', 'restartPolicy')),
  ];
}

function validateCompletionMode(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { completionMode, completions, parallelism = 0 } = spec;
  if (completionMode === 'Indexed') {
    if (completions === undefined) {
      errors.push(required(child(path, 'completions'), 'when completion mode is Indexed'));
    }
    if (parallelism > MAXIMUM_INDEXED_PARALLELISM) {
      const detail = `must be less than or equal to ${MAXIMUM_INDEXED_PARALLELISM} when completion mode is Indexed`;
      errors.push(invalid(child(path, 'parallelism'), parallelism, detail));
    }
    return [...errors, ...validateIndexed(spec, path)];
  }
  if (completionMode !== undefined && completionMode !== 'NonIndexed') {
    return [notSupported(child(path, 'completionMode'), completionMode, ['NonIndexed', 'Indexed'])];
  }
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    const value = spec[field];
    if (value !== undefined) errors.push(invalid(child(path, field), value, 'requires indexed completion mode'));
  }
  return errors;
}

/** The numbers of a Job whose pods have an index each. */
function validateIndexed(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const field = child(path, 'maxFailedIndexes');
  const errors: FieldError[] = [];
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    errors.push(invalid(field, maxFailedIndexes, 'must be less than or equal to completions'));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAXIMUM_FAILED_INDEXES) {
    errors.push(invalid(field, maxFailedIndexes, `must be less than or equal to ${MAXIMUM_FAILED_INDEXES}`));
  }
  if (completions === undefined || completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return errors;
  const detail = `must be less than or equal to ${MAXIMUM_WITH_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) {
    errors.push(required(field, `must be specified when completions is above ${MANY_COMPLETIONS}`));
  }
  if (parallelism > MAXIMUM_WITH_MANY) errors.push(invalid(child(path, 'parallelism'), parallelism, detail));
  if ((maxFailedIndexes ?? 0) > MAXIMUM_WITH_MANY) errors.push(invalid(field, maxFailedIndexes, detail));
  return errors;
}

function validatePerIndex(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  return spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
    ? [required(child(path, 'backoffLimitPerIndex'), 'when maxFailedIndexes is specified')]
    : [];
}

function validateManagedBy(managedBy: string | undefined, path: Path): readonly FieldError[] {
  if (managedBy === undefined) return [];
  const errors = [...validateDomainPrefixedPath(managedBy, path)];
  if (managedBy.length > MANAGED_BY_CHARACTERS) errors.push(tooLong(path, MANAGED_BY_CHARACTERS));
  return errors;
}

function validateReplacementPolicy(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  const { podReplacementPolicy: policy } = spec;
  if (policy === undefined) return [];
  const choices = spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  return choices.includes(policy) ? [] : [notSupported(path, policy, choices)];
}

function validateRestartPolicy(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])];
  if (spec.podFailurePolicy === undefined || policy === 'Never') return [];
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}

export function validateJobUpdate(next: Given<Job>, previous: Given<Job>): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  const fixed = (
    field: 'completionMode' | 'podFailurePolicy' | 'backoffLimitPerIndex' | 'managedBy' | 'successPolicy',
    shown?: ShownValue,
  ): readonly FieldError[] => validateImmutable(now[field], before[field], `spec.${field}`, shown);
  return [
    ...validateCompletionsUpdate(now, before),
    ...validateImmutable(now.selector, before.selector, 'spec.selector', goLabelSelector(now.selector ?? {})),
    ...validateTemplateUpdate(next, previous),
    ...fixed('completionMode'),
    ...fixed('podFailurePolicy', goFailurePolicy(now.podFailurePolicy)),
    ...fixed('backoffLimitPerIndex'),
    ...fixed('managedBy'),
    ...fixed('successPolicy', goSuccessPolicy(now.successPolicy)),
  ];
}

/** An indexed Job may grow and shrink, its completions and parallelism together. */
function validateCompletionsUpdate(now: Given<JobSpec>, before: Given<JobSpec>): readonly FieldError[] {
  const path = 'spec.completions';
  if (now.completions === before.completions) return [];
  if (now.completionMode !== 'Indexed') return validateImmutable(now.completions, before.completions, path);
  if (now.completions === undefined || now.completions === now.parallelism) return [];
  return [invalid(path, now.completions, 'can only be modified in tandem with spec.parallelism')];
}
