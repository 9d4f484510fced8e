import type { FieldError } from '../../field-error.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { invalid, invalids, type Path, required, tooLong } from '../../validation/field.ts';
import type { GivenMap } from '../../validation/labels.ts';

const MAXIMUM_PARAMETERS = 512;
const PARAMETERS_BYTES = 256 * 1024;

/** Who makes volumes. */
export function validateProvisioner(provisioner: string, path: Path): readonly FieldError[] {
  if (provisioner === '') return [required(path)];
  const name = provisioner.toLowerCase();
  return invalids(path, name, qualifiedName(name));
}

/** What a provisioner is told: not too much, under names that are none of them empty. */
export function validateParameters(parameters: GivenMap, mayBeEmpty: boolean, path: Path): readonly FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > MAXIMUM_PARAMETERS) return [tooLong(path, MAXIMUM_PARAMETERS)];
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [name, value = ''] of entries) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (name === '') errors.push(invalid(path, name, 'field can not be empty.'));
  }
  if (bytes > PARAMETERS_BYTES) errors.push(tooLong(path, PARAMETERS_BYTES));
  if (!mayBeEmpty && entries.length === 0) {
    errors.push(required(path, 'must contain at least one key/value pair'));
  }
  return errors;
}
