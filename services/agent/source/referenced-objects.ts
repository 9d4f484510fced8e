import { limits } from '@taffrail/platform/limits';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { ConfigMap, Pod, Secret } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { references, type ReferencedObjects } from '../containers/references.ts';
import type { HeldReferences, ReferenceSource } from '../pod-sync/node-context.ts';
import { VolumeError } from '../volumes/volume-error.ts';
import { watchObject, type ObjectWatchOptions } from './object-watch.ts';

type Kind = 'configmaps' | 'secrets';

const resourceOf = (kind: Kind): ResourceName => ({ group: '', version: 'v1', resource: kind });

/** One ConfigMap or Secret that at least one pod refers to. */
class HeldObject {
  state: { readonly object: KubeObject | undefined } | undefined = undefined;
  readonly holders = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<void>();

  constructor(options: ObjectWatchOptions, kind: Kind, namespace: string, name: string) {
    const onState = (object: KubeObject | undefined): void => {
      const changed =
        this.state !== undefined && this.state.object?.metadata.resourceVersion !== object?.metadata.resourceVersion;
      this.state = { object };
      this.#first.resolve();
      if (changed) for (const holder of this.holders) holder();
    };
    void watchObject(options, resourceOf(kind), namespace, name, onState, this.#stop.signal);
  }

  /** Resolves after the API's first answer. */
  get first(): Promise<void> {
    return this.#first.promise;
  }
  close(): void {
    this.#stop.abort(new Error('nobody refers to it any more'));
  }
}

/**
 * ConfigMaps and Secrets, each followed by name while a pod of this node refers to it, and forgotten with the last one:
 * the agent never sees another object, and asks for nothing it may not read.
 */
export function referencedObjects(options: ObjectWatchOptions): ReferenceSource {
  const held = new Map<string, HeldObject>();
  const keyOf = (kind: Kind, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

  return {
    hold(pod: Pod, onChange: () => void): HeldReferences {
      const namespace = pod.metadata.namespace ?? '';
      const wanted = references(pod);
      const objects: HeldObject[] = [];
      const keys: string[] = [];
      for (const [kind, names] of [
        ['configmaps', wanted.configMaps],
        ['secrets', wanted.secrets],
      ] as const) {
        for (const name of names) {
          const key = keyOf(kind, namespace, name);
          const object = held.get(key) ?? new HeldObject(options, kind, namespace, name);
          held.set(key, object);
          object.holders.add(onChange);
          objects.push(object);
          keys.push(key);
        }
      }
      const stateOf = <T>(kind: Kind, name: string): T | undefined =>
        held.get(keyOf(kind, namespace, name))?.state?.object as T | undefined;
      const found: ReferencedObjects = {
        configMap: (name) => stateOf<ConfigMap>('configmaps', name),
        secret: (name) => stateOf<Secret>('secrets', name),
      };
      return {
        async ready(signal) {
          if (objects.every(({ state }) => state !== undefined)) return found;
          const late = new AbortController();
          const bounded = AbortSignal.any([signal, late.signal]);
          const tooLate = options.clock.sleep(limits.referencedObjectsMs, bounded).then(() => {
            throw new VolumeError('failed to sync configmap and secret cache: timed out waiting for the condition');
          });
          try {
            await Promise.race([Promise.all(objects.map(({ first }) => first)), tooLate]);
          } finally {
            tooLate.catch(() => undefined);
            late.abort(new Error('answered'));
          }
          return found;
        },
        release() {
          for (const key of keys) {
            const object = held.get(key);
            object?.holders.delete(onChange);
            if (object?.holders.size === 0) {
              object.close();
              held.delete(key);
            }
          }
        },
      };
    },
  };
}
