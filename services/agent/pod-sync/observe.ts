import type { Pod } from '@taffrail/resources/generated/types';
import { normalizeImage } from '../containers/image-reference.ts';
import type { Runtime } from '../runtime/port.ts';
import type { ObservedPod } from './observed-pod.ts';
import { podUid } from './pod-facts.ts';

/** Asks the runtime for everything of one pod. */
export async function observe(runtime: Runtime, pod: Pod, signal: AbortSignal): Promise<ObservedPod> {
  const uid = podUid(pod);
  const [sandboxes, containers, images] = await Promise.all([
    runtime.listSandboxes(uid, signal),
    runtime.listContainers(uid, signal),
    presentImages(runtime, pod, signal),
  ]);
  const [sandboxStatuses, containerStatuses] = await Promise.all([
    Promise.all(sandboxes.map(({ id }) => runtime.sandboxStatus(id, signal))),
    Promise.all(containers.map(({ id }) => runtime.containerStatus(id, signal))),
  ]);
  return {
    // What vanished between the list and the question is gone.
    sandboxes: sandboxStatuses
      .filter((status) => status !== undefined)
      .toSorted((a, b) => b.identity.attempt - a.identity.attempt || b.createdMs - a.createdMs),
    containers: containerStatuses
      .filter((status) => status !== undefined)
      .toSorted((a, b) => b.attempt - a.attempt || b.createdMs - a.createdMs),
    images,
  };
}

async function presentImages(runtime: Runtime, pod: Pod, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
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
