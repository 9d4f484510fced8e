import type { FieldError } from '../../field-error.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { child, duplicate, index, invalid, invalids, type Path } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { validateList } from './lists.ts';

const CONDITIONS = 4;

interface Awaited {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
}

/** What a pod waits for before it is bound to a node, and what ends the waiting: both or none. */
export function validateBindingConditions(
  { bindingConditions: good = [], bindingFailureConditions: bad = [] }: Given<Awaited>,
  path: Path,
): readonly FieldError[] {
  const [goodPath, badPath] = [child(path, 'bindingConditions'), child(path, 'bindingFailureConditions')];
  const check = (type: string, at: Path): readonly FieldError[] => invalids(at, type, qualifiedName(type));
  const errors = [
    ...validateList(good, CONDITIONS, check, goodPath),
    ...validateList(bad, CONDITIONS, check, badPath),
    ...good.flatMap((type, at) => (good.indexOf(type) < at ? [duplicate(index(goodPath, at), type)] : [])),
    ...bad.flatMap((type, at) => [
      ...(bad.indexOf(type) < at ? [duplicate(index(badPath, at), type)] : []),
      ...(good.includes(type)
        ? [invalid(index(badPath, at), type, 'bindingFailureConditions must not overlap with bindingConditions')]
        : []),
    ]),
  ];
  if (good.length === 0 && bad.length > 0) {
    errors.push(invalid(goodPath, goJson(null), 'bindingConditions are required to use bindingFailureConditions'));
  }
  if (bad.length === 0 && good.length > 0) {
    errors.push(invalid(badPath, goJson(null), 'bindingFailureConditions are required to use bindingConditions'));
  }
  return errors;
}
