import type { FieldError } from '../../field-error.ts';
import { duplicate, index, invalid, type Path } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';

const NAME = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const CHARACTERS = 253;
const FORM =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

/** Features of a node agent that pods may count on: named, in order, each once. */
export function validateDeclaredFeatures(features: readonly string[], path: Path): readonly FieldError[] {
  return features.flatMap((name, at) => {
    const here = index(path, at);
    const errors: FieldError[] = [];
    const say = (fault: string): void => {
      errors.push(invalid(here, name, `invalid feature name ${quoted(name)}: ${fault}`));
    };
    if (name.length > CHARACTERS) say(`must be no more than ${CHARACTERS} characters`);
    else if (!NAME.test(name)) say(FORM);
    const before = features[at - 1];
    if (before === name) errors.push(duplicate(here, name));
    else if (before !== undefined && before > name) {
      errors.push(invalid(here, name, 'list must be sorted alphabetically'));
    }
    return errors;
  });
}
