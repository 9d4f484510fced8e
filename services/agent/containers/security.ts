import type { Container, Pod, SeccompProfile as ProfileSpec } from '@taffrail/resources/generated/types';
import type { Image, NamespaceOptions, SeccompProfile, SecurityOptions } from '../runtime/port.ts';
import { ContainerConfigError } from './config-error.ts';

/** Paths of /proc and /sys a container does not see, unless it is privileged or asks for procMount Unmasked. */
const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

function namespaces(pod: Pod): NamespaceOptions {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec ?? {};
  return {
    network: hostNetwork === true ? 'node' : 'pod',
    pid: hostPID === true ? 'node' : shareProcessNamespace === true ? 'pod' : 'container',
    ipc: hostIPC === true ? 'node' : 'pod',
  };
}

function seccomp(spec: ProfileSpec | undefined): SeccompProfile | undefined {
  if (spec === undefined) return undefined;
  switch (spec.type) {
    case 'RuntimeDefault':
    case 'Unconfined':
      return { type: spec.type };
    case 'Localhost':
      return { type: 'Localhost', localhostRef: spec.localhostProfile ?? '' };
    default:
      return undefined;
  }
}

/** The sandbox's own rules. It must be privileged when any of its containers is. */
export function sandboxSecurity(pod: Pod): SecurityOptions {
  const context = pod.spec?.securityContext;
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const profile = seccomp(context?.seccompProfile) ?? { type: 'RuntimeDefault' };
  return {
    namespaces: namespaces(pod),
    privileged: containers.some(({ securityContext }) => securityContext?.privileged === true),
    readonlyRootfs: false,
    supplementalGroups: groups(pod),
    ...userOptions(context?.runAsUser, context?.runAsGroup, undefined),
    ...(profile.type === 'Localhost' ? {} : { seccomp: profile }),
    noNewPrivileges: false,
    addCapabilities: [],
    dropCapabilities: [],
    maskedPaths: [],
    readonlyPaths: [],
  };
}

/** Runtimes refuse a group without a user, so the image's own user stands beside it. */
function userOptions(
  user: number | undefined,
  group: number | undefined,
  image: Image | undefined,
): Pick<SecurityOptions, 'runAsUser' | 'runAsUsername' | 'runAsGroup'> {
  if (group === undefined) return user === undefined ? {} : { runAsUser: user };
  if (user === undefined && image?.user.username !== undefined) {
    return { runAsUsername: image.user.username, runAsGroup: group };
  }
  return { runAsUser: user ?? image?.user.uid ?? 0, runAsGroup: group };
}

function groups(pod: Pod): readonly number[] {
  const { supplementalGroups = [], fsGroup } = pod.spec?.securityContext ?? {};
  return [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])];
}

/** A container's rules: its own before the pod's. Throws ContainerConfigError when it must not be root but would be. */
export function containerSecurity(pod: Pod, container: Container, image: Image | undefined): SecurityOptions {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const privileged = own?.privileged === true;
  const runAsUser = own?.runAsUser ?? shared?.runAsUser;
  const runAsGroup = own?.runAsGroup ?? shared?.runAsGroup;
  if (own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false) verifyNonRoot(pod, container, runAsUser, image);
  const profile = privileged ? undefined : seccomp(own?.seccompProfile ?? shared?.seccompProfile);
  const unmasked = privileged || own?.procMount === 'Unmasked';
  return {
    namespaces: namespaces(pod),
    privileged,
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    supplementalGroups: groups(pod),
    ...userOptions(runAsUser, runAsGroup, image),
    seccomp: profile ?? { type: 'Unconfined' },
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    addCapabilities: own?.capabilities?.add ?? [],
    dropCapabilities: own?.capabilities?.drop ?? [],
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
  };
}

function verifyNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, image: Image | undefined): void {
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (runAsUser === 0) {
    throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
  }
  if (runAsUser !== undefined) return;
  const { uid, username } = image?.user ?? {};
  if (username !== undefined) {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${username}), cannot verify user is non-root ${where}`,
    );
  }
  if (uid === undefined || uid === 0) {
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
}
