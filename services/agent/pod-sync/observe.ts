import type { Pod } from '@taffrail/resources/generated/types';
import { normalizeImage } from '../containers/image-reference.ts';
import type { Container, ContainerStatus, Runtime, Sandbox, SandboxStatus } from '../runtime/port.ts';
import type { ObservedPod } from './observed-pod.ts';
import { podUid } from './pod-facts.ts';

/**
 * Asks the runtime for everything of one pod. What cannot have changed since `last` (a container or sandbox whose listed
 * state is the same) is not asked for again, and images only while a container is still to start.
 */
export async function observe(
  runtime: Runtime,
  pod: Pod,
  last: ObservedPod,
  signal: AbortSignal,
): Promise<ObservedPod> {
  const uid = podUid(pod);
  const [listedSandboxes, listedContainers] = await Promise.all([
    runtime.listSandboxes(uid, signal),
    runtime.listContainers(uid, signal),
  ]);
  const [sandboxes, containers, images] = await Promise.all([
    Promise.all(listedSandboxes.map((listed) => sandboxOf(runtime, listed, last, signal))),
    Promise.all(listedContainers.map((listed) => containerOf(runtime, listed, last, signal))),
    presentImages(runtime, pod, listedContainers, last, signal),
  ]);
  return {
    // What vanished between the list and the question is gone.
    sandboxes: sandboxes
      .filter((status) => status !== undefined)
      .toSorted((a, b) => b.identity.attempt - a.identity.attempt || b.createdMs - a.createdMs),
    containers: containers
      .filter((status) => status !== undefined)
      .toSorted((a, b) => b.attempt - a.attempt || b.createdMs - a.createdMs),
    images,
  };
}

async function sandboxOf(
  runtime: Runtime,
  listed: Sandbox,
  last: ObservedPod,
  signal: AbortSignal,
): Promise<SandboxStatus | undefined> {
  const known = last.sandboxes.find(({ id }) => id === listed.id);
  return known?.state === listed.state ? known : runtime.sandboxStatus(listed.id, signal);
}

async function containerOf(
  runtime: Runtime,
  listed: Container,
  last: ObservedPod,
  signal: AbortSignal,
): Promise<ContainerStatus | undefined> {
  const known = last.containers.find(({ id }) => id === listed.id);
  return known?.phase === listed.phase ? known : runtime.containerStatus(listed.id, signal);
}

async function presentImages(
  runtime: Runtime,
  pod: Pod,
  containers: readonly Container[],
  last: ObservedPod,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const active = new Set(containers.filter(({ phase }) => phase !== 'exited').map(({ name }) => name));
  if (specs.every(({ name }) => active.has(name))) return last.images;
  const wanted = new Set(specs.flatMap(({ image }) => normalizeImage(image ?? '') ?? []));
  const found = await Promise.all(
    [...wanted].map(async (image) => [image, await runtime.image(image, signal)] as const),
  );
  return new Set(found.flatMap(([image, present]) => (present === undefined ? [] : [image])));
}

/** A text that changes whenever a sandbox or container of the pod comes, goes or changes its state. */
export function fingerprint(
  sandboxes: readonly { readonly id: string; readonly state: string }[],
  containers: readonly { readonly id: string; readonly phase: string }[],
): string {
  return [...sandboxes.map(({ id, state }) => `${id}=${state}`), ...containers.map(({ id, phase }) => `${id}=${phase}`)]
    .sort()
    .join(' ');
}
