import { revision } from '@taffrail/platform/brand';
import type { KubeObject } from '@taffrail/resources/object';
import { asObject } from '../as-object.ts';
import { resourceText } from '../api-path.ts';
import type { Controller, View } from '../controller.ts';
import { liveView } from '../live-view.ts';
import { collectIndexes, followedResources } from '../runtime.ts';
import { resourceOf } from './resource-of.ts';
import { fixedClock } from './virtual-clock.ts';

export interface GivenView {
  /** What exists; objects without resourceVersion or uid get one each from their place. */
  readonly objects: readonly KubeObject[];
  /** When all of it was first seen, epoch milliseconds. Default 0. */
  readonly sinceMs?: number;
}

/** The view a controller would have of the given objects. */
export function givenView(controllers: readonly Controller[], given: GivenView): View {
  const resources = followedResources(controllers);
  const live = liveView(resources, collectIndexes(controllers), fixedClock(given.sinceMs ?? 0));
  const byResource = new Map<string, KubeObject[]>();
  for (const object of given.objects) {
    const text = resourceText(resourceOf(object));
    byResource.set(text, [...(byResource.get(text) ?? []), identified(object)]);
  }
  for (const { resource } of resources) {
    live.sink.replace(resource, byResource.get(resourceText(resource)) ?? [], revision(1_000_000));
  }
  return live.view;
}

/** The object with a resourceVersion and a uid, made from its name where it has none. */
export function identified(object: KubeObject): KubeObject {
  const { metadata } = object;
  const uid = metadata.uid ?? `uid-${object.kind.toLowerCase()}-${metadata.name ?? ''}`;
  return asObject({ ...object, metadata: { ...metadata, uid, resourceVersion: metadata.resourceVersion ?? '1' } });
}
