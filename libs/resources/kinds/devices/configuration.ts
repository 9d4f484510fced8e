import type { FieldError } from '../../field-error.ts';
import type { DeviceClassConfiguration, DeviceSelector } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { child, invalid, type Path, required, tooLong } from '../../validation/field.ts';
import { validateList } from './lists.ts';

export const CONFIGURATIONS = 32;
const SELECTORS = 32;
const EXPRESSION_BYTES = 10 * 1024;
const PARAMETER_BYTES = 10 * 1024;

/** What a driver is told beside, in a form only it understands. */
export function validateConfiguration(
  { opaque }: Given<DeviceClassConfiguration>,
  isStored: boolean,
  path: Path,
): readonly FieldError[] {
  const here = child(path, 'opaque');
  if (opaque === undefined) return [required(here)];
  return [
    ...validateDriverName(opaque.driver ?? '', child(here, 'driver')),
    ...validateRaw(opaque.parameters, isStored ? Infinity : PARAMETER_BYTES, child(here, 'parameters')),
  ];
}

/** An object that nobody but a driver reads. */
export function validateRaw(value: unknown, maximumBytes: number, path: Path): readonly FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  if (Buffer.byteLength(JSON.stringify(value)) > maximumBytes) return [tooLong(path, maximumBytes)];
  if (typeof value === 'object' && !Array.isArray(value)) return [];
  return [invalid(path, '<value omitted>', 'must be a valid JSON object')];
}

/** Expressions that choose devices. */
export function validateSelectors(
  selectors: readonly Given<DeviceSelector>[] | undefined,
  path: Path,
): readonly FieldError[] {
  return validateList(selectors, SELECTORS, validateSelector, path);
}

function validateSelector({ cel }: Given<DeviceSelector>, path: Path): readonly FieldError[] {
  const here = child(path, 'cel');
  if (cel === undefined) return [required(here)];
  const { expression = '' } = cel;
  return Buffer.byteLength(expression) > EXPRESSION_BYTES ? [tooLong(child(here, 'expression'), EXPRESSION_BYTES)] : [];
}
