import type { Pod } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { MIRROR } from '../../validation/pod/annotations.ts';

/** Whether a pod only shows one that its node runs by itself. */
export function isMirrorPod(pod: Given<Pod>): boolean {
  return pod.metadata?.annotations?.[MIRROR] !== undefined;
}

/** What of the metadata is the server's to settle, whatever part of a pod is updated. */
const SETTLED = ['name', 'namespace', 'uid', 'resourceVersion', 'managedFields'] as const;

/** Puts a pod back to what it was but for what says which pod is meant. In place. */
export function keepAllBut(next: Draft<Pod>, previous: Given<Pod>): void {
  const given = next as MutableJsonObject;
  const before = structuredClone(previous) as unknown as MutableJsonObject;
  const metadata = given['metadata'] as MutableJsonObject;
  const kept = before['metadata'] as MutableJsonObject;
  for (const name of SETTLED) {
    if (metadata[name] === undefined) delete kept[name];
    else kept[name] = metadata[name];
  }
  for (const name of Object.keys(given)) delete given[name];
  Object.assign(given, before);
}
