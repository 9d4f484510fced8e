import type { FieldError } from '../../field-error.ts';
import type { Job, JobSpec, PodFailurePolicy } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, invalid, notSupported, type Path, required, tooMany } from '../../validation/field.ts';
import { goLabelSelector, goMap } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { selectorMatches, validateLabelSelector } from '../../validation/selector.ts';
import { SELECTOR_MISMATCH, validatePodTemplate } from '../../validation/workload.ts';
import { equal } from '../strategy.ts';
import { CONTROLLER_UID, JOB_NAME, OLD_CONTROLLER_UID, OLD_JOB_NAME } from './defaults.ts';

const MAXIMUM_INDEXED_PARALLELISM = 100_000;
const MAXIMUM_FAILURE_RULES = 20;
const ACTIONS: readonly string[] = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

export function validateJob(job: Given<Job>): readonly FieldError[] {
  const { spec = {} } = job;
  const labels = spec.template?.metadata?.labels;
  const selectorErrors =
    spec.selector === undefined ? [required('spec.selector')] : validateLabelSelector(spec.selector, 'spec.selector');
  const mismatch = selectorMatches(spec.selector, labels ?? {})
    ? []
    : [invalid('spec.template.metadata.labels', goMap(labels), SELECTOR_MISMATCH)];
  return [...validateGeneratedSelector(job), ...validateJobSpec(spec, 'spec'), ...selectorErrors, ...mismatch];
}

/** A selector that was generated is the Job's own, and so are the labels. */
function validateGeneratedSelector(job: Given<Job>): readonly FieldError[] {
  const { spec = {}, metadata = {} } = job;
  if (spec.manualSelector === true || spec.selector === undefined) return [];
  const { uid = '', name = '' } = metadata;
  const expected = { [OLD_CONTROLLER_UID]: uid, [CONTROLLER_UID]: uid, [OLD_JOB_NAME]: name, [JOB_NAME]: name };
  const labels = spec.template?.metadata?.labels ?? {};
  const path = 'spec.template.metadata.labels';
  const errors = Object.entries(expected).flatMap(([label, value]) => {
    const given = labels[label];
    if (given === undefined) return [required(path, `must be '${value}'`)];
    return given === value ? [] : [invalid(path, goMap(labels), `must be '${value}'`)];
  });
  if (!selectorMatches(spec.selector, expected)) {
    errors.push(invalid('spec.selector', goLabelSelector(spec.selector), '`selector` not auto-generated'));
  }
  return errors;
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
    ...validateCompletionMode(spec, path),
    ...validateFailurePolicy(spec.podFailurePolicy, child(path, 'podFailurePolicy')),
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
    return errors;
  }
  if (completionMode !== undefined && completionMode !== 'NonIndexed') {
    errors.push(notSupported(child(path, 'completionMode'), completionMode, ['NonIndexed', 'Indexed']));
  }
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    const value = spec[field];
    if (value !== undefined) errors.push(invalid(child(path, field), value, 'requires indexed completion mode'));
  }
  return errors;
}

function validateFailurePolicy(policy: Given<PodFailurePolicy> | undefined, path: Path): readonly FieldError[] {
  const rules = policy?.rules ?? [];
  const errors: FieldError[] = [];
  if (rules.length > MAXIMUM_FAILURE_RULES) {
    errors.push(tooMany(child(path, 'rules'), rules.length, MAXIMUM_FAILURE_RULES));
  }
  for (const [at, rule] of rules.entries()) {
    const here = index(child(path, 'rules'), at);
    const action = rule.action ?? '';
    if (action === '') {
      errors.push(required(child(here, 'action'), `valid values: ${ACTIONS.map((one) => `"${one}"`).join(', ')}`));
    } else if (!ACTIONS.includes(action)) errors.push(notSupported(child(here, 'action'), action, ACTIONS));
    const byCode = rule.onExitCodes !== undefined;
    const byCondition = (rule.onPodConditions ?? []).length > 0;
    if (byCode === byCondition) {
      const detail = byCode
        ? 'specifying both OnExitCodes and OnPodConditions is not supported'
        : 'specifying one of OnExitCodes and OnPodConditions is required';
      errors.push(invalid(here, { goSyntax: JSON.stringify(rule) }, detail));
    }
  }
  return errors;
}

function validateRestartPolicy(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])];
  if (spec.podFailurePolicy === undefined || policy === 'Never') return [];
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}

const FIXED = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const;

export function validateJobUpdate(next: Given<Job>, previous: Given<Job>): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  return [
    ...validateCompletionsUpdate(now, before),
    ...validateImmutable(now.selector, before.selector, 'spec.selector', goLabelSelector(now.selector ?? {})),
    ...validateTemplateUpdate(now, previous),
    ...FIXED.flatMap((field) => validateImmutable(now[field], before[field], `spec.${field}`)),
  ];
}

/** An indexed Job may grow and shrink, its completions and parallelism together. */
function validateCompletionsUpdate(now: Given<JobSpec>, before: Given<JobSpec>): readonly FieldError[] {
  const path = 'spec.completions';
  if (now.completions === before.completions) return [];
  const elastic = now.completionMode === 'Indexed' && now.completions !== undefined && before.completions !== undefined;
  if (!elastic) return validateImmutable(now.completions, before.completions, path);
  if (now.completions === now.parallelism) return [];
  return [invalid(path, now.completions, 'can only be modified in tandem with parallelism')];
}

/** Until a suspended Job has started for the first time, where its pods go may still change. */
function validateTemplateUpdate(now: Given<JobSpec>, previous: Given<Job>): readonly FieldError[] {
  const before = previous.spec ?? {};
  const path = 'spec.template';
  if (equal(now.template, before.template)) return [];
  const mayMove = before.suspend === true && previous.status?.startTime === undefined;
  const compared = mayMove ? withSchedulingOf(now, before) : now.template;
  return validateImmutable(compared, before.template, path);
}

function withSchedulingOf(now: Given<JobSpec>, before: Given<JobSpec>): unknown {
  const { metadata, spec } = before.template ?? {};
  return {
    ...now.template,
    metadata: { ...now.template?.metadata, labels: metadata?.labels, annotations: metadata?.annotations },
    spec: {
      ...now.template?.spec,
      nodeSelector: spec?.nodeSelector,
      affinity: { ...now.template?.spec?.affinity, nodeAffinity: spec?.affinity?.nodeAffinity },
      tolerations: spec?.tolerations,
      schedulingGates: spec?.schedulingGates,
      ...(spec?.affinity === undefined && now.template?.spec?.affinity?.podAffinity === undefined
        ? { affinity: undefined }
        : {}),
    },
  };
}

export function validateJobStatus({ status = {} }: Given<Job>): readonly FieldError[] {
  return (['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((count) => [
    ...validateNonNegative(status[count], `status.${count}`),
  ]);
}
