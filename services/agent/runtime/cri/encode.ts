import type { ContainerConfig, NamespaceMode, NamespaceOptions, SandboxConfig, SecurityOptions } from '../port.ts';

const namespaceModes: Readonly<Record<NamespaceMode, string>> = {
  pod: 'POD',
  container: 'CONTAINER',
  node: 'NODE',
  target: 'TARGET',
};
const propagations = {
  private: 'PROPAGATION_PRIVATE',
  'host-to-container': 'PROPAGATION_HOST_TO_CONTAINER',
  bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const;

function namespaceOptions(options: NamespaceOptions): object {
  return {
    network: namespaceModes[options.network],
    pid: namespaceModes[options.pid],
    ipc: namespaceModes[options.ipc],
    targetId: options.targetId ?? '',
  };
}

/** What sandbox and container have in common. */
function identityAndProfile(security: SecurityOptions): object {
  return {
    namespaceOptions: namespaceOptions(security.namespaces),
    privileged: security.privileged,
    readonlyRootfs: security.readonlyRootfs,
    supplementalGroups: security.supplementalGroups,
    ...(security.runAsUser === undefined ? {} : { runAsUser: { value: security.runAsUser } }),
    ...(security.runAsUsername === undefined ? {} : { runAsUsername: security.runAsUsername }),
    ...(security.runAsGroup === undefined ? {} : { runAsGroup: { value: security.runAsGroup } }),
    ...(security.seccomp === undefined
      ? {}
      : { seccomp: { profileType: security.seccomp.type, localhostRef: security.seccomp.localhostRef ?? '' } }),
  };
}

/** PodSandboxConfig. */
export function encodeSandbox(config: SandboxConfig): object {
  return {
    metadata: config.identity,
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig: config.dns,
    portMappings: config.portMappings,
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: identityAndProfile(config.security),
    },
  };
}

/** ContainerConfig. */
export function encodeContainer(config: ContainerConfig): object {
  const { resources, security } = config;
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir,
    envs: config.environment.map(({ name, value }) => ({ key: name, value })),
    mounts: config.mounts.map((mount) => ({ ...mount, propagation: propagations[mount.propagation] })),
    devices: config.devices,
    labels: config.labels,
    annotations: config.annotations,
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: {
        cpuPeriod: resources.cpuPeriodMicros ?? 0,
        cpuQuota: resources.cpuQuotaMicros ?? 0,
        cpuShares: resources.cpuShares ?? 0,
        memoryLimitInBytes: resources.memoryLimitBytes ?? 0,
        oomScoreAdj: resources.oomScoreAdj ?? 0,
      },
      securityContext: {
        ...identityAndProfile(security),
        noNewPrivs: security.noNewPrivileges,
        capabilities: { addCapabilities: security.addCapabilities, dropCapabilities: security.dropCapabilities },
        maskedPaths: security.maskedPaths,
        readonlyPaths: security.readonlyPaths,
      },
    },
  };
}
