import type { Follow, View, WorkKey } from '@taffrail/controller/controller';
import { mapMatches } from '@taffrail/controller/label-selector';
import type { Service } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { PODS, SERVICES } from '../resource-names.ts';

/** Keys are services: a service itself, and every service that selects or selected a pod that changed. */
export const serviceFollows: readonly Follow[] = Object.freeze([
  {
    resource: SERVICES,
    keys: (object: KubeObject) => [{ namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }],
  },
  { resource: PODS, keys: servicesOfPod },
]);

function servicesOfPod(pod: KubeObject, previous: KubeObject | undefined, view: View): readonly WorkKey[] {
  const namespace = pod.metadata.namespace ?? '';
  return view
    .list<Service>(SERVICES, namespace)
    .filter(({ spec }) => {
      const selector = spec?.selector ?? {};
      if (Object.keys(selector).length === 0) return false;
      return mapMatches(selector, pod.metadata.labels) || mapMatches(selector, previous?.metadata.labels);
    })
    .map((service) => ({ namespace, name: service.metadata.name ?? '' }));
}
