import type { ApiClient } from '@taffrail/controller/api-client';
import type { Clock } from '@taffrail/platform/clock';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import type { Tracer } from '@taffrail/platform/tracer';
import type { Pod, Service } from '@taffrail/resources/generated/types';
import type { ClusterDns } from '../containers/dns.ts';
import type { NodeFacts } from '../containers/pod-field.ts';
import type { ReferencedObjects } from '../containers/references.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { Cgroups } from '../node/cgroups.ts';
import type { NodePaths } from '../node/node-paths.ts';
import type { ProbeFactory } from '../probes/probe-set.ts';
import type { Runtime, SandboxConfig } from '../runtime/port.ts';
import type { NodeMetrics } from './node-metrics.ts';
import type { Slots } from './slots.ts';

/** What a pod refers to, kept up to date while it is held. */
export interface HeldReferences {
  /** Resolves once each object was looked for; rejects with VolumeError when the API does not answer in time. */
  ready(signal: AbortSignal): Promise<ReferencedObjects>;
  release(): void;
}

export interface ReferenceSource {
  /** `onChange` runs after an object of the pod's has changed. */
  hold(pod: Pod, onChange: () => void): HeldReferences;
}

export interface ServiceSource {
  /** Services a pod of this namespace is told of; rejects while they were never read. */
  forEnvironment(namespace: string, signal: AbortSignal): Promise<readonly Service[]>;
}

/** What every pod's runner shares. */
export interface NodeContext {
  readonly runtime: Runtime;
  /** Prefix of container ids, e.g. `containerd`. */
  readonly runtimeName: string;
  readonly api: Pick<ApiClient, 'patch' | 'delete'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: EventRecorder;
  readonly references: ReferenceSource;
  readonly services: ServiceSource;
  readonly paths: NodePaths;
  readonly cgroups: Cgroups;
  readonly node: NodeFacts;
  readonly nodeMemoryBytes: number;
  readonly clusterDns: ClusterDns;
  readonly nodeDns: SandboxConfig['dns'];
  readonly nodeHosts: string;
  readonly probes: ProbeFactory;
  /** Sandboxes and containers that are made at the same time; image pulls. */
  readonly startSlots: Slots;
  readonly pullSlots: Slots;
  readonly tracer: Tracer;
  readonly count: NodeMetrics;
}
