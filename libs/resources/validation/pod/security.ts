import type { FieldError } from '../../field-error.ts';
import type { PodSecurityContext, PodSpec, SeccompProfile, SecurityContext } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { validateOptionalChoice } from '../choice.ts';
import { child, forbidden, index, invalid, type Path, type ShownValue } from '../field.ts';
import { goStructure } from '../go-syntax.ts';
import { validateAppArmor, validateSeccomp } from './profiles.ts';
import { validateSysctls } from './sysctls.ts';
import { placedContainers } from './visit.ts';
import { validateWindowsOptions } from './windows.ts';

/** The largest id of a user or a group. */
const MAXIMUM_ID = 2 ** 31 - 1;

/** The id of a user or a group. */
export function validateId(value: number | undefined, path: Path): readonly FieldError[] {
  if (value === undefined || (value >= 0 && value <= MAXIMUM_ID)) return [];
  return [invalid(path, value, rangeFault(0, MAXIMUM_ID))];
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
    ...validateOptionalChoice(context.procMount, ['Default', 'Unmasked'], child(path, 'procMount')),
  ];
  if (hostUsers && context.procMount === 'Unmasked') {
    errors.push(invalid(child(path, 'procMount'), context.procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  errors.push(
    ...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')),
    ...validateEscalation(context, path),
    ...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile')),
  );
  return errors;
}

function goContext(context: Given<SecurityContext>): ShownValue {
  const { capabilities, seLinuxOptions, windowsOptions, seccompProfile, appArmorProfile } = context;
  return goStructure({
    Capabilities: capabilities && { Add: capabilities.add, Drop: capabilities.drop },
    Privileged: context.privileged,
    SELinuxOptions: seLinuxOptions && {
      User: seLinuxOptions.user ?? '',
      Role: seLinuxOptions.role ?? '',
      Type: seLinuxOptions.type ?? '',
      Level: seLinuxOptions.level ?? '',
    },
    WindowsOptions: windowsOptions && {
      GMSACredentialSpecName: windowsOptions.gmsaCredentialSpecName,
      GMSACredentialSpec: windowsOptions.gmsaCredentialSpec,
      RunAsUserName: windowsOptions.runAsUserName,
      HostProcess: windowsOptions.hostProcess,
    },
    RunAsUser: context.runAsUser,
    RunAsGroup: context.runAsGroup,
    RunAsNonRoot: context.runAsNonRoot,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation,
    ProcMount: context.procMount,
    SeccompProfile: seccompProfile && goProfile(seccompProfile),
    AppArmorProfile: appArmorProfile && goProfile(appArmorProfile),
  });
}

function goProfile({ type = '', localhostProfile }: Given<SeccompProfile>): Readonly<Record<string, unknown>> {
  return { Type: type, LocalhostProfile: localhostProfile };
}

/** Who may have everything cannot be kept from getting more. */
function validateEscalation(context: Given<SecurityContext>, path: Path): readonly FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const errors: FieldError[] = [];
  if (context.privileged === true) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(invalid(path, goContext(context), detail));
  }
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== 'CAP_SYS_ADMIN') continue;
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(invalid(path, goContext(context), detail));
  }
  return errors;
}

type Choice = 'fsGroupChangePolicy' | 'supplementalGroupsPolicy' | 'seLinuxChangePolicy';

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
  if (spec.securityContext === undefined) return errors;
  const choice = (field: Choice, ...choices: readonly string[]): readonly FieldError[] =>
    validateOptionalChoice(context[field], choices, child(path, field));
  errors.push(
    ...validateSysctls(spec, child(path, 'sysctls')),
    ...choice('fsGroupChangePolicy', 'Always', 'OnRootMismatch'),
    ...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')),
    ...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile')),
    ...choice('supplementalGroupsPolicy', 'Merge', 'Strict'),
    // Mounting with the right label is not on by default in any version yet.
    ...choice('seLinuxChangePolicy', 'Recursive'),
  );
  return errors;
}

/** A pod with users of its own shares no other namespace with the host, and opens no raw devices. */
export function validateHostUsers(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  if (spec.hostUsers !== false) return [];
  const detail = 'when `hostUsers` is false';
  const shared = [
    [spec.hostNetwork, 'hostNetwork'],
    [spec.hostPID, 'HostPID'],
    [spec.hostIPC, 'HostIPC'],
  ] as const;
  const errors = shared.filter(([on]) => on === true).map(([, field]) => forbidden(child(path, field), detail));
  for (const { container, path: here } of placedContainers(spec, path)) {
    if ((container.volumeDevices ?? []).length > 0) errors.push(forbidden(child(here, 'volumeDevices'), detail));
  }
  return errors;
}
