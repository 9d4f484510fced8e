import type { FieldError } from '../../field-error.ts';
import type { PodSecurityContext, PodSpec, SecurityContext } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, notSupported, type Path, required } from '../field.ts';
import { placedContainers } from './visit.ts';

const SYSTEMS: readonly string[] = ['linux', 'windows'];

/** Which system a pod is for, and that it asks for nothing only another has. */
export function validateSystem(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  if (spec.os === undefined) return [];
  const { name = '' } = spec.os;
  if (name === '') return [required(child(path, 'os', 'name'))];
  if (!SYSTEMS.includes(name)) return [notSupported(child(path, 'os'), name, SYSTEMS)];
  return name === 'linux' ? validateLinux(spec, path) : validateWindows(spec, path);
}

function validateLinux(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const contexts = [
    { context: spec.securityContext, path },
    ...placedContainers(spec, path).map((one) => ({ context: one.container.securityContext, path: one.path })),
  ];
  return contexts
    .filter(({ context }) => context?.windowsOptions !== undefined)
    .map((one) =>
      forbidden(child(one.path, 'securityContext', 'windowsOptions'), 'windows options cannot be set for a linux pod'),
    );
}

/** What only Linux has, in the order in which Kubernetes reports it; some of it stands beside a pod's security context. */
const OF_PODS: readonly (keyof PodSecurityContext | 'hostUsers' | 'hostPID' | 'hostIPC' | 'shareProcessNamespace')[] = [
  'appArmorProfile',
  'seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'shareProcessNamespace',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
];
const OF_CONTAINERS: readonly (keyof SecurityContext)[] = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

function validateWindows(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const detail = 'cannot be set for a windows pod';
  const context: Given<PodSecurityContext> = spec.securityContext ?? {};
  const errors = OF_PODS.flatMap((field) => {
    if (field === 'hostPID' || field === 'hostIPC') {
      return spec[field] === true ? [forbidden(child(path, field), detail)] : [];
    }
    if (field === 'hostUsers' || field === 'shareProcessNamespace') {
      return spec[field] === undefined ? [] : [forbidden(child(path, field), detail)];
    }
    const isEmptyList = field === 'sysctls' && (context.sysctls ?? []).length === 0;
    const isGiven = context[field] !== undefined && !isEmptyList;
    return isGiven ? [forbidden(child(path, 'securityContext', field), detail)] : [];
  });
  for (const { container, path: here } of placedContainers(spec, path)) {
    for (const field of OF_CONTAINERS) {
      if (container.securityContext?.[field] === undefined) continue;
      errors.push(forbidden(child(here, 'securityContext', field), detail));
    }
  }
  return errors;
}
