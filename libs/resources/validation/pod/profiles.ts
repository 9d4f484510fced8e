import type { FieldError } from '../../field-error.ts';
import type { AppArmorProfile, SeccompProfile } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, invalid, notSupported, type Path, required, tooLong } from '../field.ts';
import { goStructure } from '../go-syntax.ts';
import { validateDescendingPath } from './paths.ts';

const TYPES: readonly string[] = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const APPARMOR_PROFILE_BYTES = 4095;

export function validateSeccomp(profile: Given<SeccompProfile> | undefined, path: Path): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(child(path, 'type'), 'type is required when seccompProfile is set'));
  else if (!TYPES.includes(type)) errors.push(notSupported(child(path, 'type'), type, TYPES));
  const local = child(path, 'localhostProfile');
  if (type !== 'Localhost') {
    const detail = 'can only be set when seccomp type is Localhost';
    if (localhostProfile !== undefined)
      errors.push(invalid(local, goStructure({ Type: type, LocalhostProfile: localhostProfile }), detail));
  } else if (localhostProfile === undefined) {
    errors.push(required(local, 'must be set when seccomp type is Localhost'));
  } else errors.push(...validateDescendingPath(localhostProfile, local));
  return errors;
}

export function validateAppArmor(profile: Given<AppArmorProfile> | undefined, path: Path): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const local = child(path, 'localhostProfile');
  if (type === '') return [required(child(path, 'type'), 'type is required when appArmorProfile is set')];
  if (!TYPES.includes(type)) return [notSupported(child(path, 'type'), type, TYPES)];
  if (type !== 'Localhost') {
    const detail = 'can only be set when AppArmor type is Localhost';
    return localhostProfile === undefined ? [] : [invalid(local, localhostProfile, detail)];
  }
  if (localhostProfile === undefined || localhostProfile === '') {
    return [required(local, 'must be set when AppArmor type is Localhost')];
  }
  const errors: FieldError[] = [];
  if (localhostProfile.trim() !== localhostProfile) {
    errors.push(invalid(local, localhostProfile, 'must not be padded with whitespace'));
  }
  if (Buffer.byteLength(localhostProfile) > APPARMOR_PROFILE_BYTES) errors.push(tooLong(local, APPARMOR_PROFILE_BYTES));
  return errors;
}
