import { assert } from '@taffrail/platform/assert';
import { revision, type Revision } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName, WriteCause } from './api-client.ts';
import { resourceText } from './api-path.ts';
import { causedBy } from './cause.ts';
import type { View, ViewIndex } from './controller.ts';
import { objectStore, type ObjectStore } from './object-store.ts';
import type { SourceSink } from './source.ts';

/** A resource a view holds, and how much of each object. */
export interface ViewedResource {
  readonly resource: ResourceName;
  part(object: KubeObject): 'all' | 'metadata';
}

/** A change as the view folded it. */
export interface ViewChange {
  readonly resource: ResourceName;
  /** After the change; for a deletion the last state. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly deleted: boolean;
  readonly cause: WriteCause;
}

/** A view that sources feed. Reads are consistent within one synchronous run: changes come only between them. */
export interface LiveView {
  readonly view: View;
  readonly sink: SourceSink;
  /** Whether every resource has been listed once. */
  synced(): boolean;
  /** Calls `listener` after each change is folded. */
  onChange(listener: (change: ViewChange) => void): void;
  /** Resolves when `holds` does; asked after every step of the view. Rejects with the signal's reason. */
  until(holds: () => boolean, signal: AbortSignal): Promise<void>;
}

interface Held {
  readonly viewed: ViewedResource;
  readonly store: ObjectStore;
  /** When each present object, and each absent one of which we know, came to be as it is. */
  readonly sinceMs: Map<string, number>;
  readonly gone: Set<string>;
  at: Revision;
  syncedMs: number | undefined;
}

/** An empty view of some resources; sources fill it. */
export function liveView(resources: readonly ViewedResource[], indexes: readonly ViewIndex[], clock: Clock): LiveView {
  const held = new Map<string, Held>();
  for (const viewed of resources) {
    const text = resourceText(viewed.resource);
    const own = indexes.filter((index) => resourceText(index.resource) === text);
    const store = objectStore(own);
    held.set(text, { viewed, store, sinceMs: new Map(), gone: new Set(), at: revision(0), syncedMs: undefined });
  }
  const listeners: ((change: ViewChange) => void)[] = [];
  const waiting = new Set<{ readonly holds: () => boolean; readonly resolve: () => void }>();

  /** The same by the names' own objects: sources tell of every commit for every resource, and always with the same ones. */
  const known = new WeakMap<ResourceName, Held>();
  const of = (resource: ResourceName): Held => {
    const found = known.get(resource);
    if (found !== undefined) return found;
    const entry = held.get(resourceText(resource));
    assert(entry !== undefined, `${resourceText(resource)} is read but nobody follows it`);
    known.set(resource, entry);
    return entry;
  };
  const step = (): void => {
    for (const waiter of waiting) {
      if (waiter.holds()) {
        waiting.delete(waiter);
        waiter.resolve();
      }
    }
  };
  const tell = (change: ViewChange): void => {
    for (const listener of listeners) listener(change);
  };

  const put = (resource: ResourceName, whole: KubeObject, cause: WriteCause): void => {
    const entry = of(resource);
    const object = lean(whole, entry.viewed.part(whole));
    const previous = entry.store.put(object);
    const key = placeOf(object);
    entry.sinceMs.set(key, clock.nowMs());
    entry.gone.delete(key);
    tell({ resource, object, previous, deleted: false, cause });
  };

  const remove = (resource: ResourceName, last: KubeObject, cause: WriteCause): void => {
    const entry = of(resource);
    const key = placeOf(last);
    entry.store.remove(last.metadata.namespace ?? '', last.metadata.name ?? '');
    entry.sinceMs.set(key, clock.nowMs());
    entry.gone.add(key);
    if (entry.gone.size > limits.viewTombstonesCount) {
      const oldest = entry.gone.values().next().value;
      if (oldest !== undefined) {
        entry.gone.delete(oldest);
        entry.sinceMs.delete(oldest);
      }
    }
    const object = lean(last, entry.viewed.part(last));
    tell({ resource, object, previous: object, deleted: true, cause });
  };

  const sink: SourceSink = {
    replace(resource, objects, at) {
      const entry = of(resource);
      entry.at = at;
      const present = new Set(objects.map(placeOf));
      for (const object of entry.store.list(undefined)) {
        if (!present.has(placeOf(object))) remove(resource, object, causedBy(resource, object));
      }
      for (const object of objects) {
        const before = entry.store.get(object.metadata.namespace ?? '', object.metadata.name ?? '');
        if (before?.metadata.resourceVersion !== object.metadata.resourceVersion)
          put(resource, object, causedBy(resource, object));
      }
      entry.syncedMs ??= clock.nowMs();
      step();
    },
    change(change) {
      of(change.resource).at = change.revision;
      if (change.deleted) remove(change.resource, change.object, change.cause);
      else put(change.resource, change.object, change.cause);
      step();
    },
    progress(resource, at) {
      of(resource).at = at;
      step();
    },
  };

  return {
    sink,
    view: {
      get: <T>(resource: ResourceName, namespace: string, name: string) =>
        of(resource).store.get(namespace, name) as T | undefined,
      list: <T>(resource: ResourceName, namespace?: string) => of(resource).store.list(namespace) as readonly T[],
      ownedBy: <T>(resource: ResourceName, uid: string) => of(resource).store.ownedBy(uid) as readonly T[],
      indexed: <T>(resource: ResourceName, index: string, value: string) =>
        of(resource).store.indexed(index, value) as readonly T[],
      revision: (resource) => of(resource).at,
      sinceMs(resource, namespace, name) {
        const entry = of(resource);
        return entry.sinceMs.get(`${namespace}/${name}`) ?? entry.syncedMs ?? clock.nowMs();
      },
    },
    synced: () => [...held.values()].every((entry) => entry.syncedMs !== undefined),
    onChange(listener) {
      listeners.push(listener);
    },
    until(holds, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (holds()) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter = { holds, resolve };
      const onAbort = (): void => {
        waiting.delete(waiter);
        reject(signal.reason);
      };
      waiting.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => signal.removeEventListener('abort', onAbort));
    },
  };
}

function placeOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

/** What the view keeps of an object. managedFields are never planned on and are a good part of an object's size. */
function lean(object: KubeObject, part: 'all' | 'metadata'): KubeObject {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return part === 'metadata' ? { apiVersion: object.apiVersion, kind: object.kind, metadata } : { ...object, metadata };
}
