import type { FieldError } from '../../field-error.ts';
import type { AppArmorProfile, PodSpec, SeccompProfile, Toleration } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, invalid, key, type Path } from '../field.ts';
import { quoted } from '../go-syntax.ts';
import type { GivenMap } from '../labels.ts';
import { validateDescendingPath } from './paths.ts';
import { validateTolerations } from './scheduling.ts';
import { placedContainers } from './visit.ts';

/** Marks a pod that only shows one its node runs by itself. */
export const MIRROR = 'kubernetes.io/config.mirror';
/** AppArmor profiles of containers, from before there was a field for them. */
export const APPARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const LOCAL = 'localhost/';

/** What is wrong with the annotations of a pod or a template that say something about how it runs. */
export function validatePodAnnotations(
  annotations: GivenMap | undefined,
  spec: Given<PodSpec>,
  path: Path,
): readonly FieldError[] {
  if (annotations === undefined) return [];
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && (spec.nodeName ?? '') === '') {
    errors.push(invalid(key(path, MIRROR), mirror, 'must set spec.nodeName if mirror pod annotation is set'));
  }
  errors.push(...validateTolerationsText(annotations[TOLERATIONS] ?? '', path));
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(invalid(key(path, DELETION_COST), cost, 'must be a 32bit integer'));
  }
  const ofPod = annotations[SECCOMP_POD];
  if (ofPod !== undefined) errors.push(...validateSeccompText(ofPod, child(path, SECCOMP_POD)));
  const entries = Object.entries(annotations);
  for (const [name, value = ''] of entries) {
    if (name.startsWith(SECCOMP_PREFIX)) errors.push(...validateSeccompText(value, child(path, name)));
  }
  for (const [name, value = ''] of entries) {
    if (name.startsWith(APPARMOR_PREFIX)) errors.push(...validateAppArmorText(name, value, spec, path));
  }
  return errors;
}

/** Whole, without a plus sign, and without zeros before it unless it is negative. */
function isInt32(text: string): boolean {
  const number = Number(text);
  return /^(?:-\d+|0|[1-9]\d*)$/.test(text) && number >= -(2 ** 31) && number < 2 ** 31;
}

function validateTolerationsText(text: string, path: Path): readonly FieldError[] {
  if (text === '') return [];
  let tolerations: unknown;
  try {
    tolerations = JSON.parse(text);
  } catch (error) {
    return [invalid(path, TOLERATIONS, (error as Error).message)];
  }
  if (!isTolerations(tolerations)) return [invalid(path, TOLERATIONS, 'must be a list of tolerations')];
  return validateTolerations(tolerations, child(path, TOLERATIONS));
}

function isTolerations(value: unknown): value is readonly Given<Toleration>[] {
  const isText = (text: unknown): boolean => text === undefined || typeof text === 'string';
  return (
    Array.isArray(value) &&
    value.every(
      (one: unknown) =>
        typeof one === 'object' &&
        one !== null &&
        ['key', 'operator', 'value', 'effect'].every((field) => isText(Reflect.get(one, field))) &&
        ['number', 'undefined'].includes(typeof Reflect.get(one, 'tolerationSeconds')),
    )
  );
}

function validateSeccompText(profile: string, path: Path): readonly FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
  if (profile.startsWith(LOCAL)) return validateDescendingPath(profile.slice(LOCAL.length), path);
  return [invalid(path, profile, 'must be a valid seccomp profile')];
}

function validateAppArmorText(name: string, profile: string, spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const container = name.slice(APPARMOR_PREFIX.length);
  const errors: FieldError[] = [];
  if (![...placedContainers(spec, '')].some((one) => one.container.name === container)) {
    errors.push(invalid(key(path, name), container, 'container not found'));
  }
  const isKnown = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith(LOCAL);
  if (isKnown) return errors;
  return [...errors, invalid(key(path, name), profile, `invalid AppArmor profile name: ${quoted(profile)}`)];
}

/** Where a profile is given both ways, both say the same. Only of what is new. */
export function validateProfilesMatch(
  annotations: GivenMap | undefined,
  spec: Given<PodSpec>,
  path: Path,
): readonly FieldError[] {
  if (annotations === undefined) return [];
  const seccomp = (
    text: string | undefined,
    profile: Given<SeccompProfile> | undefined,
    place: Path,
  ): readonly FieldError[] => mismatch('seccomp', text, profile, child(place, 'securityContext', 'seccompProfile'));
  const errors = [...seccomp(annotations[SECCOMP_POD], spec.securityContext?.seccompProfile, path)];
  const containers = [...placedContainers(spec, path)];
  for (const { container, path: here } of containers) {
    const text = annotations[`${SECCOMP_PREFIX}${container.name ?? ''}`];
    errors.push(...seccomp(text, container.securityContext?.seccompProfile, here));
  }
  if (spec.os?.name === 'windows') return errors;
  for (const { container, path: here } of containers) {
    const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    const text = annotations[`${APPARMOR_PREFIX}${container.name ?? ''}`];
    errors.push(...mismatch('apparmor', text, profile, child(here, 'securityContext', 'appArmorProfile')));
  }
  return errors;
}

function mismatch(
  what: 'seccomp' | 'apparmor',
  text: string | undefined,
  profile: Given<SeccompProfile> | Given<AppArmorProfile> | undefined,
  path: Path,
): readonly FieldError[] {
  if (text === undefined || profile === undefined) return [];
  const wrongType = forbidden(child(path, 'type'), `${what} type in annotation and field must match`);
  switch (profile.type) {
    case 'Unconfined':
      return text === 'unconfined' ? [] : [wrongType];
    case 'RuntimeDefault':
      return text === 'runtime/default' || (what === 'seccomp' && text === 'docker/default') ? [] : [wrongType];
    case 'Localhost': {
      if (!text.startsWith(LOCAL)) return [wrongType];
      if (text.slice(LOCAL.length) === profile.localhostProfile) return [];
      const detail = `${what} profile in annotation and field must match`;
      return [forbidden(child(path, 'localhostProfile'), detail)];
    }
    case undefined:
    default:
      return [];
  }
}
