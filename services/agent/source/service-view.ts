import { watchSource, type WatchSourceOptions } from '@taffrail/controller/watch-source';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { SourceSink } from '@taffrail/controller/source';
import { limits } from '@taffrail/platform/limits';
import type { EndpointSlice, Service } from '@taffrail/resources/generated/types';
import { ContainerConfigError } from '../containers/config-error.ts';
import type { ServiceSource } from '../pod-sync/node-context.ts';

const SERVICES: ResourceName = { group: '', version: 'v1', resource: 'services' };
const SLICES: ResourceName = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

/** All Services and EndpointSlices, kept up to date by HTTP watch. */
export interface ServiceView extends ServiceSource {
  services(): readonly Service[];
  slices(): readonly EndpointSlice[];
  /** Both were listed at least once. */
  readonly synced: boolean;
  /** Runs after something changed, and after the first list. */
  onChange(listener: () => void): void;
  run(signal: AbortSignal): Promise<void>;
}

export function serviceView(options: Omit<WatchSourceOptions, 'resource' | 'query'>): ServiceView {
  const stores = new Map([SERVICES, SLICES].map(({ resource }) => [resource, new Map<string, unknown>()]));
  const listed = new Set<string>();
  const listeners = new Set<() => void>();
  const firstServices = Promise.withResolvers<void>();
  const keyOf = (metadata: { readonly namespace?: string; readonly name?: string }): string =>
    `${metadata.namespace}/${metadata.name}`;
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const sink: SourceSink = {
    replace({ resource }, objects) {
      stores.set(resource, new Map(objects.map((object) => [keyOf(object.metadata), object])));
      listed.add(resource);
      if (resource === SERVICES.resource) firstServices.resolve();
      changed();
    },
    change({ resource: { resource }, deleted, object }) {
      if (deleted) stores.get(resource)?.delete(keyOf(object.metadata));
      else stores.get(resource)?.set(keyOf(object.metadata), object);
      changed();
    },
    progress: () => undefined,
  };
  const services = (): readonly Service[] => [...(stores.get(SERVICES.resource)?.values() ?? [])] as Service[];
  return {
    services,
    slices: () => [...(stores.get(SLICES.resource)?.values() ?? [])] as EndpointSlice[],
    get synced() {
      return listed.size === 2;
    },
    onChange: (listener) => void listeners.add(listener),
    async forEnvironment(namespace, signal) {
      if (!listed.has(SERVICES.resource)) {
        const late = new AbortController();
        const tooLate = options.clock
          .sleep(limits.referencedObjectsMs, AbortSignal.any([signal, late.signal]))
          .then(() => {
            throw new ContainerConfigError('services have not yet been read at least once, cannot construct envvars');
          });
        tooLate.catch(() => undefined);
        await Promise.race([firstServices.promise, tooLate]).finally(() => late.abort(new Error('answered')));
      }
      return services().filter(({ metadata }) => metadata.namespace === namespace || metadata.namespace === 'default');
    },
    async run(signal) {
      const sources = [SERVICES, SLICES].map((resource) => watchSource({ ...options, resource }));
      await Promise.all(sources.map((source) => source.run(sink, signal)));
    },
  };
}
