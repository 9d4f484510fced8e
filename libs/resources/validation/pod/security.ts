import type { FieldError } from '../../field-error.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { child, duplicate, forbidden, index, invalid, notSupported, type Path, required } from '../field.ts';
import { validateDescendingPath } from './paths.ts';

const MAXIMUM_ID = 0xffff_ffff;
const PROFILE_TYPES: readonly string[] = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const SYSCTL_PATTERN = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const SYSCTL_CHARACTERS = 253;
const APPARMOR_PROFILE_BYTES = 4095;

function validateId(value: number | undefined, path: Path): readonly FieldError[] {
  if (value === undefined || (value >= 0 && value <= MAXIMUM_ID)) return [];
  return [invalid(path, value, rangeFault(0, MAXIMUM_ID))];
}

function validateChoice(value: string | undefined, choices: readonly string[], path: Path): readonly FieldError[] {
  return value === undefined || choices.includes(value) ? [] : [notSupported(path, value, choices)];
}

function validateSeccomp(profile: Given<SeccompProfile> | undefined, path: Path): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(child(path, 'type'), 'type is required when seccompProfile is set'));
  else errors.push(...validateChoice(type, PROFILE_TYPES, child(path, 'type')));
  const local = child(path, 'localhostProfile');
  if (type !== 'Localhost') {
    const shown = { goSyntax: `core.SeccompProfile{Type:${JSON.stringify(type)}, LocalhostProfile:(*string)(0x0)}` };
    if (localhostProfile !== undefined)
      errors.push(invalid(local, shown, 'can only be set when seccomp type is Localhost'));
  } else if (localhostProfile === undefined) {
    errors.push(required(local, 'must be set when seccomp type is Localhost'));
  } else errors.push(...validateDescendingPath(localhostProfile, local));
  return errors;
}

function validateAppArmor(profile: Given<AppArmorProfile> | undefined, path: Path): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const local = child(path, 'localhostProfile');
  if (type === '') return [required(child(path, 'type'), 'type is required when appArmorProfile is set')];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(child(path, 'type'), type, PROFILE_TYPES)];
  if (type !== 'Localhost') {
    const detail = 'can only be set when AppArmor type is Localhost';
    return localhostProfile === undefined ? [] : [invalid(local, localhostProfile, detail)];
  }
  if (localhostProfile === undefined || localhostProfile === '') {
    return [required(local, 'must be set when AppArmor type is Localhost')];
  }
  if (localhostProfile.trim() !== localhostProfile) {
    return [invalid(local, localhostProfile, 'must not be padded with whitespace')];
  }
  if (Buffer.byteLength(localhostProfile) <= APPARMOR_PROFILE_BYTES) return [];
  return [
    {
      type: 'FieldValueTooLong',
      field: local,
      message: `Too long: may not be more than ${APPARMOR_PROFILE_BYTES} bytes`,
    },
  ];
}

/** A container's security context. */
export function validateSecurityContext(
  context: Given<SecurityContext> | undefined,
  hostUsers: boolean,
  path: Path,
): readonly FieldError[] {
  if (context === undefined) return [];
  const errors = [
    ...validateId(context.runAsUser, child(path, 'runAsUser')),
    ...validateId(context.runAsGroup, child(path, 'runAsGroup')),
    ...validateChoice(context.procMount, ['Default', 'Unmasked'], child(path, 'procMount')),
    ...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')),
  ];
  if (hostUsers && context.procMount === 'Unmasked') {
    errors.push(invalid(child(path, 'procMount'), context.procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  if (context.allowPrivilegeEscalation === false) {
    // Kubernetes shows the whole Go value here, pointers and all, which nobody can match on.
    const shown = { goSyntax: 'core.SecurityContext{…}' };
    if (context.privileged === true) {
      errors.push(invalid(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN') === true) {
      const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
      errors.push(invalid(path, shown, detail));
    }
  }
  return [...errors, ...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile'))];
}

/** A pod's security context, and what it says together with the host namespaces. */
export function validatePodSecurityContext(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const context: Given<PodSecurityContext> = spec.securityContext ?? {};
  const errors = [
    ...validateId(context.fsGroup, child(path, 'fsGroup')),
    ...validateId(context.runAsUser, child(path, 'runAsUser')),
    ...validateId(context.runAsGroup, child(path, 'runAsGroup')),
    ...(context.supplementalGroups ?? []).flatMap((id, at) =>
      validateId(id, index(child(path, 'supplementalGroups'), at)),
    ),
  ];
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(child(path, 'shareProcessNamespace'), true, detail));
  }
  return [
    ...errors,
    ...validateSysctls(context.sysctls ?? [], child(path, 'sysctls')),
    ...validateChoice(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], child(path, 'fsGroupChangePolicy')),
    ...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')),
    ...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile')),
    ...validateChoice(context.supplementalGroupsPolicy, ['Merge', 'Strict'], child(path, 'supplementalGroupsPolicy')),
    ...validateChoice(context.seLinuxChangePolicy, ['MountOption', 'Recursive'], child(path, 'seLinuxChangePolicy')),
  ];
}

function validateSysctls(sysctls: readonly Given<Sysctl>[], path: Path): readonly FieldError[] {
  const expression = new RegExp(SYSCTL_PATTERN);
  const seen = new Set<string>();
  return sysctls.flatMap(({ name = '' }, at) => {
    const here = child(index(path, at), 'name');
    if (name === '') return [required(here)];
    if (name.length > SYSCTL_CHARACTERS || !expression.test(name)) {
      const detail = `must have at most ${SYSCTL_CHARACTERS} characters and match regex ${SYSCTL_PATTERN}`;
      return [invalid(here, name, detail)];
    }
    if (seen.has(name)) return [duplicate(here, name)];
    seen.add(name);
    return [];
  });
}

/** A pod with users of its own shares no other namespace with the host. */
export function validateHostUsers(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  if (spec.hostUsers !== false) return [];
  const detail = 'when `pod.Spec.HostUsers` is false';
  const shared = [
    [spec.hostNetwork, 'hostNetwork'],
    [spec.hostPID, 'HostPID'],
    [spec.hostIPC, 'HostIPC'],
  ] as const;
  return shared.filter(([on]) => on === true).map(([, field]) => forbidden(child(path, field), detail));
}
