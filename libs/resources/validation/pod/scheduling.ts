import type { FieldError } from '../../field-error.ts';
import type { PodSchedulingGate, Toleration, TopologySpreadConstraint } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { labelValue, qualifiedName } from '../../syntax/labels.ts';
import { validateOptionalChoice } from '../choice.ts';
import { child, duplicate, index, invalid, invalids, notSupported, type Path, required } from '../field.ts';
import { EMPTY, NOT_ABOVE_ZERO } from '../phrases.ts';
import { validateLabelSelector } from '../selector.ts';
import { validateLabelKeys } from './match-label-keys.ts';

const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const OPERATORS: readonly string[] = ['Equal', 'Exists'];
/** Operators that compare numbers: known, but not on by default in any version yet. */
const COMPARISONS: readonly string[] = ['Lt', 'Gt'];
const ACTIONS: readonly string[] = ['DoNotSchedule', 'ScheduleAnyway'];
const INCLUSIONS: readonly string[] = ['Honor', 'Ignore'];

export function validateTolerations(tolerations: readonly Given<Toleration>[], path: Path): readonly FieldError[] {
  return tolerations.flatMap((toleration, at) => validateToleration(toleration, index(path, at)));
}

function validateToleration(toleration: Given<Toleration>, path: Path): readonly FieldError[] {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  const operatorPath = child(path, 'operator');
  const errors: FieldError[] = [];
  if (key !== '') errors.push(...invalids(child(path, 'key'), key, qualifiedName(key)));
  else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(operatorPath, operator, detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(invalid(child(path, 'effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === 'Equal' || operator === '') {
    const faults = labelValue(value);
    if (faults.length > 0) errors.push(invalid(operatorPath, value, faults.join(';')));
  } else if (operator === 'Exists') {
    if (value !== '') errors.push(invalid(operatorPath, value, "value must be empty when `operator` is 'Exists'"));
  } else {
    const known = COMPARISONS.includes(operator) ? [...OPERATORS, ...COMPARISONS] : OPERATORS;
    errors.push(notSupported(operatorPath, operator, known));
  }
  if (effect !== '' && !EFFECTS.includes(effect)) errors.push(notSupported(child(path, 'effect'), effect, EFFECTS));
  return errors;
}

export function validateTopologySpread(
  constraints: readonly Given<TopologySpreadConstraint>[],
  path: Path,
): readonly FieldError[] {
  return constraints.flatMap((constraint, at) => {
    const here = index(path, at);
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(child(here, 'maxSkew'), maxSkew, NOT_ABOVE_ZERO));
    if (topologyKey === '') errors.push(required(child(here, 'topologyKey'), EMPTY));
    errors.push(...validateOptionalChoice(whenUnsatisfiable, ACTIONS, child(here, 'whenUnsatisfiable')));
    const same = (other: Given<TopologySpreadConstraint>): boolean =>
      (other.topologyKey ?? '') === topologyKey && (other.whenUnsatisfiable ?? '') === whenUnsatisfiable;
    if (constraints.slice(at + 1).some(same)) {
      errors.push(duplicate(child(here, '{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${whenUnsatisfiable}}`));
    }
    errors.push(
      ...validateDomains(minDomains, whenUnsatisfiable, child(here, 'minDomains')),
      ...validateOptionalChoice(constraint.nodeAffinityPolicy, INCLUSIONS, child(here, 'nodeAffinityPolicy')),
      ...validateOptionalChoice(constraint.nodeTaintsPolicy, INCLUSIONS, child(here, 'nodeTaintsPolicy')),
      ...validateLabelKeys(constraint, here),
      ...validateLabelSelector(constraint.labelSelector, child(here, 'labelSelector')),
    );
    return errors;
  });
}

function validateDomains(minDomains: number | undefined, action: string, path: Path): readonly FieldError[] {
  if (minDomains === undefined) return [];
  const errors = minDomains <= 0 ? [invalid(path, minDomains, NOT_ABOVE_ZERO)] : [];
  if (action === 'DoNotSchedule') return errors;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
  return [...errors, invalid(path, minDomains, detail)];
}

export function validateSchedulingGates(gates: readonly Given<PodSchedulingGate>[], path: Path): readonly FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name = '' }, at) => {
    const here = index(path, at);
    const errors = [...invalids(here, name, qualifiedName(name))];
    if (seen.has(name)) errors.push(duplicate(here, name));
    seen.add(name);
    return errors;
  });
}
