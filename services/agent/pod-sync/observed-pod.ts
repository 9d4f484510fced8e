import type { Container as ContainerSpec, Pod } from '@taffrail/resources/generated/types';
import type { ContainerStatus, SandboxStatus } from '../runtime/port.ts';

/** What the runtime says of one pod. */
export interface ObservedPod {
  /** Newest attempt first. */
  readonly sandboxes: readonly SandboxStatus[];
  /** Newest attempt first within one name. */
  readonly containers: readonly ContainerStatus[];
  /** References of this pod's images that the runtime has. */
  readonly images: ReadonlySet<string>;
}

export const nothingObserved: ObservedPod = Object.freeze({ sandboxes: [], containers: [], images: new Set<string>() });

export type ContainerKind = 'init' | 'sidecar' | 'main';

/** A container of the spec beside what runs for it. */
export interface ContainerView {
  readonly spec: ContainerSpec;
  readonly kind: ContainerKind;
  /** The newest one of this name in the current sandbox. */
  readonly current: ContainerStatus | undefined;
  /** The newest of this name that has ended before `current`, in any sandbox. */
  readonly previous: ContainerStatus | undefined;
}

/** The containers of a pod in the order they start. */
export function containerViews(pod: Pod, observed: ObservedPod): readonly ContainerView[] {
  const sandboxId = observed.sandboxes[0]?.id;
  const view = (spec: ContainerSpec, kind: ContainerKind): ContainerView => {
    const all = observed.containers.filter(({ name }) => name === spec.name);
    const current = all.find((container) => container.sandboxId === sandboxId);
    return {
      spec,
      kind,
      current,
      previous: all.find((container) => container !== current && container.phase === 'exited'),
    };
  };
  return [
    ...(pod.spec?.initContainers ?? []).map((spec) => view(spec, spec.restartPolicy === 'Always' ? 'sidecar' : 'init')),
    ...(pod.spec?.containers ?? []).map((spec) => view(spec, 'main')),
  ];
}

/** The restart count of the next container of this name: one more than any the runtime or the API has seen. */
export function nextAttempt(pod: Pod, view: ContainerView): number {
  const seen = Math.max(view.current?.attempt ?? -1, view.previous?.attempt ?? -1);
  const reported = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (status) => status.name === view.spec.name && status.containerID !== undefined && status.containerID !== '',
  );
  return Math.max(seen, reported?.restartCount ?? -1) + 1;
}
