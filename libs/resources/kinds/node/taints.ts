import type { FieldError } from '../../field-error.ts';
import type { Taint } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { labelValue, qualifiedName } from '../../syntax/labels.ts';
import {
  child,
  duplicate,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';

const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const NOT_UNIQUE = 'taints must be unique by key and effect pair';

export function validateTaints(taints: readonly Given<Taint>[], path: Path): readonly FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, at) => {
    const here = index(path, at);
    const { key: name = '', value = '', effect = '', timeAdded } = taint;
    const errors = [...invalids(child(here, 'key'), name, qualifiedName(name))];
    const faults = labelValue(value);
    if (faults.length > 0) errors.push(invalid(child(here, 'value'), value, faults.join(';')));
    if (effect === '') errors.push(required(child(here, 'effect')));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(child(here, 'effect'), effect, EFFECTS));
    const identity = [name, effect].join('\n');
    if (seen.has(identity)) {
      const error = duplicate(here, goStructure({ Key: name, Value: value, Effect: effect, TimeAdded: timeAdded }));
      errors.push({ ...error, message: `${error.message}: ${NOT_UNIQUE}` });
    }
    seen.add(identity);
    return errors;
  });
}
