import type { Pod } from '@taffrail/resources/generated/types';
import {
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  type PortMapping,
  type SandboxConfig,
} from '../runtime/port.ts';
import { podHostname } from './hosts-file.ts';
import { sandboxSecurity } from './security.ts';

export interface SandboxInput {
  readonly pod: Pod;
  readonly attempt: number;
  readonly dns: SandboxConfig['dns'];
  readonly logDirectory: string;
  readonly cgroupParent: string;
}

/** The sandbox of a pod as a runtime takes it. */
export function sandboxConfig({ pod, attempt, dns, logDirectory, cgroupParent }: SandboxInput): SandboxConfig {
  const { name = '', namespace = '', uid = '', labels = {}, annotations = {} } = pod.metadata;
  const onNode = pod.spec?.hostNetwork === true;
  return {
    identity: { name, namespace, uid, attempt },
    hostname: onNode ? '' : podHostname(pod),
    logDirectory,
    dns,
    portMappings: onNode ? [] : portMappings(pod),
    labels: { ...labels, [POD_NAME_LABEL]: name, [POD_NAMESPACE_LABEL]: namespace, [POD_UID_LABEL]: uid },
    annotations,
    cgroupParent,
    sysctls: Object.fromEntries(
      (pod.spec?.securityContext?.sysctls ?? []).map((sysctl) => [sysctl.name, sysctl.value]),
    ),
    security: sandboxSecurity(pod),
  };
}

function portMappings(pod: Pod): readonly PortMapping[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...(pod.spec?.containers ?? [])].flatMap(({ ports = [] }) =>
    ports.flatMap(({ containerPort, hostPort, hostIP = '', protocol = 'TCP' }) =>
      hostPort === undefined || hostPort === 0
        ? []
        : [{ protocol: protocol as PortMapping['protocol'], containerPort, hostPort, hostIp: hostIP }],
    ),
  );
}
