import type { FieldError } from '../../field-error.ts';
import type { Container, ContainerResizePolicy, ContainerRestartRule } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateChoice } from '../choice.ts';
import { child, duplicate, index, invalid, notSupported, type Path, required, tooMany } from '../field.ts';

const POLICIES: readonly string[] = ['Always', 'Never', 'OnFailure'];
const ACTIONS: readonly string[] = ['Restart', 'RestartAllContainers'];
const OPERATORS: readonly string[] = ['In', 'NotIn'];
/** Bounds of the format. */
const RULES = 20;
const EXIT_CODES = 255;

/** When a container restarts: its own policy, and rules for single exit codes, which need one. */
export function validateContainerRestart(container: Given<Container>, path: Path): readonly FieldError[] {
  const { restartPolicy, restartPolicyRules = [] } = container;
  const rules = child(path, 'restartPolicyRules');
  const errors: FieldError[] = [];
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length === 0) return errors;
    const detail = 'must specify restartPolicy when restart rules are used';
    errors.push(required(child(path, 'restartPolicy'), detail));
  } else if (!POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(child(path, 'restartPolicy'), restartPolicy, POLICIES));
  }
  if (restartPolicyRules.length > RULES) errors.push(tooMany(rules, restartPolicyRules.length, RULES));
  for (const [at, rule] of restartPolicyRules.entries()) errors.push(...validateRule(rule, index(rules, at)));
  return errors;
}

function validateRule(rule: Given<ContainerRestartRule>, path: Path): readonly FieldError[] {
  const { action = '', exitCodes } = rule;
  const here = child(path, 'exitCodes');
  const errors: FieldError[] = [];
  if (!ACTIONS.includes(action)) errors.push(notSupported(child(path, 'action'), action, ACTIONS));
  if (exitCodes === undefined) return [...errors, required(here, 'must be specified')];
  const { operator = '', values = [] } = exitCodes;
  if (!OPERATORS.includes(operator)) errors.push(notSupported(child(here, 'operator'), operator, OPERATORS));
  if (values.length > EXIT_CODES) errors.push(tooMany(child(here, 'values'), values.length, EXIT_CODES));
  return errors;
}

/** An init container restarts as others do; a policy alone decides whether there are rules to look at. */
export function validateInitRestart(container: Given<Container>, path: Path): readonly FieldError[] {
  if (container.restartPolicy !== undefined) return validateContainerRestart(container, path);
  if ((container.restartPolicyRules ?? []).length === 0) return [];
  return [required(child(path, 'restartPolicy'), 'must specify restartPolicy when restart rules are used')];
}

/** What a change of its size means for a container. Faults stand at the list, as Kubernetes reports them. */
export function validateResizePolicy(
  policies: readonly Given<ContainerResizePolicy>[],
  podRestartPolicy: string | undefined,
  path: Path,
): readonly FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName = '', restartPolicy = '' }, at) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicate(index(path, at), resourceName));
    seen.add(resourceName);
    errors.push(...validateChoice(resourceName, ['cpu', 'memory'], path));
    errors.push(...validateChoice(restartPolicy, ['NotRequired', 'RestartContainer'], path));
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.push(invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}
