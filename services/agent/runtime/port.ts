/** Whether a sandbox still holds the pod's network and namespaces. */
export type SandboxState = 'ready' | 'not-ready';
export type ContainerPhase = 'created' | 'running' | 'exited' | 'unknown';

/** Which namespace a container or sandbox uses: its own, the pod's, the node's, or another container's. */
export type NamespaceMode = 'pod' | 'container' | 'node' | 'target';

export interface SandboxIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Counts the sandboxes of one pod; part of the name a runtime reserves. */
  readonly attempt: number;
}

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  /** Container whose process namespace is shared, with pid `target`. */
  readonly targetId?: string;
}

export interface SeccompProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}

/** Rules for the processes of a sandbox or container. Absent fields leave the image's or runtime's own. */
export interface SecurityOptions {
  readonly namespaces: NamespaceOptions;
  readonly privileged: boolean;
  readonly readonlyRootfs: boolean;
  readonly runAsUser?: number;
  /** A name of the image's own passwd file; only without `runAsUser`. */
  readonly runAsUsername?: string;
  /** Only beside a user. */
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly seccomp?: SeccompProfile;
  readonly noNewPrivileges: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

export interface SandboxConfig {
  readonly identity: SandboxIdentity;
  /** '' for a pod on the node's network. */
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly security: SecurityOptions;
}

export interface Sandbox {
  readonly id: string;
  readonly identity: SandboxIdentity;
  readonly state: SandboxState;
  readonly createdMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SandboxStatus extends Sandbox {
  /** Addresses of the pod, the primary one first; empty on the node's network. */
  readonly ips: readonly string[];
}

/** Linux limits of one container; units are the kernel's. Zero or absent is "no limit". */
export interface ContainerResources {
  readonly cpuPeriodMicros?: number;
  readonly cpuQuotaMicros?: number;
  readonly cpuShares?: number;
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj?: number;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'private' | 'host-to-container' | 'bidirectional';
}

export interface ContainerConfig {
  readonly name: string;
  /** The restart count: part of the name a runtime reserves. */
  readonly attempt: number;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly permissions: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: ContainerResources;
  readonly security: SecurityOptions;
}

/** What a list knows of a container. */
export interface Container {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly phase: ContainerPhase;
  readonly createdMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus extends Container {
  /** 0 while it has not started. */
  readonly startedMs: number;
  /** 0 while it has not ended. */
  readonly finishedMs: number;
  readonly exitCode: number;
  /** The runtime's word for how it ended, e.g. `Completed`, `Error`, `OOMKilled`, `StartError`. */
  readonly reason: string;
  readonly message: string;
  readonly image: string;
  /** Digest reference of the image, as `imageID` shows it. */
  readonly imageRef: string;
  readonly logPath: string;
}

export interface Image {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** User the image's config names: a number, a name, or neither for root. */
  readonly user: { readonly uid?: number; readonly username?: string };
}

export interface PullCredentials {
  readonly username: string;
  readonly password: string;
  readonly serverAddress?: string;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface RuntimeVersion {
  /** e.g. `containerd`. */
  readonly name: string;
  readonly version: string;
}

export interface RuntimeCondition {
  /** `RuntimeReady` or `NetworkReady`. */
  readonly type: string;
  readonly ok: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface ContainerUsage {
  readonly containerId: string;
  readonly name: string;
  readonly podUid: string;
  readonly timestampMs: number;
  readonly cpuNanoCores: number;
  readonly cpuUsageNanoSeconds: number;
  readonly memoryWorkingSetBytes: number;
}

/** Something changed: the sandbox or container, or anything at all (undefined) after a lost connection. */
export interface RuntimeNudge {
  readonly containerId: string | undefined;
}

/** Interactive streams a runtime offers behind an http URL of its own. */
export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/**
 * The port of a container runtime. Implementations run one contract suite (`runtime.suite.ts`).
 * Every method throws RuntimeFailure for a refusal and OperatingError `unavailable` when the runtime does not answer.
 */
export interface Runtime {
  version(signal?: AbortSignal): Promise<RuntimeVersion>;
  conditions(signal?: AbortSignal): Promise<readonly RuntimeCondition[]>;

  /** All sandboxes, or those of one pod. */
  listSandboxes(podUid?: string, signal?: AbortSignal): Promise<readonly Sandbox[]>;
  /** Undefined when it is gone. */
  sandboxStatus(id: string, signal?: AbortSignal): Promise<SandboxStatus | undefined>;
  runSandbox(config: SandboxConfig, signal?: AbortSignal): Promise<string>;
  /** Kills what runs in it and gives back its network. Idempotent. */
  stopSandbox(id: string, signal?: AbortSignal): Promise<void>;
  /** Removes it with its containers. Idempotent. */
  removeSandbox(id: string, signal?: AbortSignal): Promise<void>;

  listContainers(podUid?: string, signal?: AbortSignal): Promise<readonly Container[]>;
  containerStatus(id: string, signal?: AbortSignal): Promise<ContainerStatus | undefined>;
  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: SandboxConfig,
    signal?: AbortSignal,
  ): Promise<string>;
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Sends the stop signal, waits up to `graceSeconds`, then kills. Idempotent; resolves once it has ended. */
  stopContainer(id: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Runs a command to its end. Throws RuntimeFailure `deadline` after `timeoutSeconds` (0: no bound). */
  exec(id: string, command: readonly string[], timeoutSeconds: number, signal?: AbortSignal): Promise<ExecResult>;
  /** Makes the runtime write to a fresh log file after a rename. */
  reopenLog(id: string, signal?: AbortSignal): Promise<void>;

  listImages(signal?: AbortSignal): Promise<readonly Image[]>;
  image(reference: string, signal?: AbortSignal): Promise<Image | undefined>;
  /** Returns the digest reference of what was pulled. */
  pullImage(reference: string, credentials: PullCredentials | undefined, signal?: AbortSignal): Promise<string>;
  removeImage(reference: string, signal?: AbortSignal): Promise<void>;

  usage(signal?: AbortSignal): Promise<readonly ContainerUsage[]>;

  /** URLs of single-use streams; throws RuntimeFailure `unsupported` where a runtime has none. */
  execUrl(id: string, command: readonly string[], streams: StreamOptions): Promise<string>;
  attachUrl(id: string, streams: StreamOptions): Promise<string>;
  portForwardUrl(sandboxId: string): Promise<string>;

  /** Nudges until the signal is aborted; reconnects by itself, and then says that anything may have changed. */
  changes(signal: AbortSignal): AsyncIterable<RuntimeNudge>;
  close(): void;
}

export type RuntimeFailureKind =
  | 'not-found'
  | 'already-exists'
  | 'invalid'
  | 'deadline'
  | 'unsupported'
  /** A registry answered, and refused. */
  | 'other';

/** A runtime's refusal, with its own words. */
export class RuntimeFailure extends Error {
  override readonly name = 'RuntimeFailure';
  readonly kind: RuntimeFailureKind;
  constructor(kind: RuntimeFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** Labels that say whose a sandbox or container is; the names are Kubernetes' own. */
export const POD_NAME_LABEL = 'io.kubernetes.pod.name';
export const POD_NAMESPACE_LABEL = 'io.kubernetes.pod.namespace';
export const POD_UID_LABEL = 'io.kubernetes.pod.uid';
export const CONTAINER_NAME_LABEL = 'io.kubernetes.container.name';
