import type { BackoffEntry } from './restart-backoff.ts';

/** A try that failed: what to show, and when to try again. */
export interface Failure {
  /** Kubernetes' reason for a waiting container, e.g. `CreateContainerConfigError`. */
  readonly reason: string;
  readonly message: string;
  readonly atMs: number;
  readonly backoff: BackoffEntry;
}

export type VolumesState =
  | { readonly state: 'unprepared' }
  | { readonly state: 'ready' }
  | { readonly state: 'failed'; readonly failure: Failure };

export interface ProbeVerdict {
  /** The startup probe has succeeded, or there is none. */
  readonly started: boolean;
  /** The readiness probe's last word; true without one. */
  readonly ready: boolean;
  /** A liveness or startup probe that failed often enough. */
  readonly failed: { readonly kind: 'liveness' | 'startup'; readonly graceSeconds: number | undefined } | undefined;
}

/** A kill on its way: when its grace ends. */
export interface Kill {
  readonly deadlineMs: number;
}

/**
 * What the agent itself remembers of a pod, beside the API and the runtime. All of it may be lost (a restart of the
 * agent): back-off then starts over, nothing else changes.
 */
export interface PodMemory {
  /** Keys of actions that run now. */
  readonly inFlight: ReadonlySet<string>;
  readonly volumes: VolumesState;
  readonly sandboxFailure: Failure | undefined;
  /** By container name: restarts so far. */
  readonly restarts: ReadonlyMap<string, BackoffEntry>;
  /** By container name: the last create or start that failed. */
  readonly startFailures: ReadonlyMap<string, Failure>;
  /** By image reference: the last pull that failed. */
  readonly pullFailures: ReadonlyMap<string, Failure>;
  /** `container#attempt` for which an image was pulled. */
  readonly pulledFor: ReadonlySet<string>;
  /** By container id. */
  readonly kills: ReadonlyMap<string, Kill>;
  /** By container id; absent: no probe has spoken yet. */
  readonly probes: ReadonlyMap<string, ProbeVerdict>;
  /** The API has acknowledged a status without a running container. */
  readonly finalStatusWritten: boolean;
  readonly deleted: boolean;
  readonly cleanedUp: boolean;
}

export const emptyMemory: PodMemory = Object.freeze<PodMemory>({
  inFlight: new Set(),
  volumes: { state: 'unprepared' },
  sandboxFailure: undefined,
  restarts: new Map(),
  startFailures: new Map(),
  pullFailures: new Map(),
  pulledFor: new Set(),
  kills: new Map(),
  probes: new Map(),
  finalStatusWritten: false,
  deleted: false,
  cleanedUp: false,
});
