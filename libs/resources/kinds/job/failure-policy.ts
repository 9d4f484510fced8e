import type { FieldError } from '../../field-error.ts';
import type {
  JobSpec,
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import {
  child,
  duplicate,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
  type ShownValue,
  tooMany,
} from '../../validation/field.ts';
import { goJson, goStructure, quoted } from '../../validation/go-syntax.ts';
import { invalidWithoutValue } from '../../validation/without-value.ts';

const MAXIMUM_RULES = 20;
const MAXIMUM_EXIT_CODES = 255;
const MAXIMUM_PATTERNS = 20;
const ACTIONS: readonly string[] = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS: readonly string[] = ['In', 'NotIn'];
const STATUSES: readonly string[] = ['False', 'True', 'Unknown'];

/** What is done about pods that fail: rules by the exit codes or the conditions they left. */
export function validateFailurePolicy(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const here = child(path, 'rules');
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = new Set([...containers, ...initContainers].map((container) => container.name ?? ''));
  return [
    ...(rules.length > MAXIMUM_RULES ? [tooMany(here, rules.length, MAXIMUM_RULES)] : []),
    ...rules.flatMap((rule, at) => validateRule(rule, spec, names, index(here, at))),
  ];
}

export function goFailurePolicy(policy: Given<PodFailurePolicy> | undefined): ShownValue {
  if (policy === undefined) return null;
  const rules = policy.rules?.map(({ action, onExitCodes, onPodConditions }) => ({
    Action: action ?? '',
    OnExitCodes:
      onExitCodes === undefined
        ? null
        : {
            ContainerName: onExitCodes.containerName ?? null,
            Operator: onExitCodes.operator ?? '',
            Values: onExitCodes.values ?? null,
          },
    OnPodConditions: onPodConditions?.map(({ type, status }) => ({ Type: type ?? '', Status: status ?? '' })) ?? null,
  }));
  return goStructure({ Rules: rules });
}

function validateRule(
  rule: Given<PodFailurePolicyRule>,
  spec: Given<JobSpec>,
  containerNames: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const { action = '', onExitCodes, onPodConditions = [] } = rule;
  const errors = [...validateChoice(action, ACTIONS, child(path, 'action'))];
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(child(path, 'action'), action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes !== undefined) {
    errors.push(...validateExitCodes(onExitCodes, containerNames, child(path, 'onExitCodes')));
  }
  errors.push(...validatePatterns(onPodConditions, child(path, 'onPodConditions')));
  const byCondition = onPodConditions.length > 0;
  if ((onExitCodes !== undefined) === byCondition) {
    const detail = byCondition
      ? 'specifying both OnExitCodes and OnPodConditions is not supported'
      : 'specifying one of OnExitCodes and OnPodConditions is required';
    errors.push(invalidWithoutValue(path, detail));
  }
  return errors;
}

/** A value of a closed set that must be there; the choices are named when it is not. */
function validateChoice(value: string, choices: readonly string[], path: Path): readonly FieldError[] {
  if (value === '') return [required(path, `valid values: [${choices.map((one) => quoted(one)).join(' ')}]`)];
  return choices.includes(value) ? [] : [notSupported(path, value, choices)];
}

function validateExitCodes(
  codes: Given<PodFailurePolicyOnExitCodesRequirement>,
  containerNames: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const { operator = '', containerName, values = [] } = codes;
  const list = child(path, 'values');
  const errors = [...validateChoice(operator, OPERATORS, child(path, 'operator'))];
  if (containerName !== undefined && !containerNames.has(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(child(path, 'containerName'), containerName, detail));
  }
  if (values.length === 0) errors.push(invalid(list, goJson(values), 'at least one value is required'));
  else if (values.length > MAXIMUM_EXIT_CODES) errors.push(tooMany(list, values.length, MAXIMUM_EXIT_CODES));
  for (const [at, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      errors.push(invalid(index(list, at), value, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(value) < at) errors.push(duplicate(index(list, at), value));
  }
  const isOrdered = values.every((value, at) => at === 0 || (values[at - 1] ?? value) <= value);
  if (!isOrdered) errors.push(invalid(list, goJson(values), 'must be ordered'));
  return errors;
}

function validatePatterns(
  patterns: readonly Given<PodFailurePolicyOnPodConditionsPattern>[],
  path: Path,
): readonly FieldError[] {
  return [
    ...(patterns.length > MAXIMUM_PATTERNS ? [tooMany(path, patterns.length, MAXIMUM_PATTERNS)] : []),
    ...patterns.flatMap(({ type = '', status = '' }, at) => [
      ...invalids(child(index(path, at), 'type'), type, qualifiedName(type)),
      ...validateChoice(status, STATUSES, child(index(path, at), 'status')),
    ]),
  ];
}
