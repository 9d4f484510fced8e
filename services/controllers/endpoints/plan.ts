import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, View } from '@taffrail/controller/controller';
import { mapMatches } from '@taffrail/controller/label-selector';
import type { Endpoints, Pod, Service } from '@taffrail/resources/generated/types';
import { ENDPOINTS, PODS, SERVICES } from '../resource-names.ts';
import { sameJson } from '../workload/same-json.ts';
import { isHeadless, selectsPods } from './addresses.ts';
import { serviceFollows } from './follows.ts';
import { boundedSubsets, subsetsOf } from './subsets.ts';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const HEADLESS = 'service.kubernetes.io/headless';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

/** Keeps the Endpoints object of every service that selects pods. */
export const endpointsController: Controller = Object.freeze<Controller>({
  name: 'endpoint-controller',
  follows: [
    ...serviceFollows,
    {
      resource: ENDPOINTS,
      keys: (object) => [{ namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }],
    },
  ],
  plan(view, key) {
    const service = view.get<Service>(SERVICES, key.namespace, key.name);
    const present = view.get<Endpoints>(ENDPOINTS, key.namespace, key.name);
    if (service === undefined) return present === undefined || !isOurs(present) ? [] : [removal(present)];
    if (service.metadata.deletionTimestamp !== undefined || !selectsPods(service)) return [];
    return update(service, present, selectedPods(view, service));
  },
});

/** The pods a service selects. */
export function selectedPods(view: View, service: Service): readonly Pod[] {
  const selector = service.spec?.selector;
  return view
    .list<Pod>(PODS, service.metadata.namespace ?? '')
    .filter((pod) => mapMatches(selector, pod.metadata.labels));
}

function update(service: Service, present: Endpoints | undefined, pods: readonly Pod[]): readonly ControllerCommand[] {
  const { subsets, truncated } = boundedSubsets(subsetsOf(service, pods));
  const labels = {
    ...service.metadata.labels,
    [MANAGED_BY]: 'endpoint-controller',
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
  };
  const { [OVER_CAPACITY]: _past, ...kept } = present?.metadata.annotations ?? {};
  const annotations = truncated ? { ...kept, [OVER_CAPACITY]: 'truncated' } : kept;
  if (
    present !== undefined &&
    sameJson(subsets, present.subsets ?? []) &&
    sameJson(labels, present.metadata.labels ?? {}) &&
    sameJson(annotations, present.metadata.annotations ?? {})
  ) {
    return [];
  }
  const { namespace = '', name = '' } = service.metadata;
  const object = asObject({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...present?.metadata,
      namespace,
      name,
      labels,
      ...(Object.keys(annotations).length === 0 && present === undefined ? {} : { annotations }),
    },
    ...(subsets.length === 0 ? {} : { subsets }),
  });
  return [
    present === undefined
      ? { type: 'create', resource: ENDPOINTS, object }
      : { type: 'update', resource: ENDPOINTS, object },
  ];
}

/** Endpoints somebody else keeps by hand outlive a service that never had any of ours. */
function isOurs(endpoints: Endpoints): boolean {
  return endpoints.metadata.labels?.[MANAGED_BY] === 'endpoint-controller';
}

function removal(endpoints: Endpoints): ControllerCommand {
  const { namespace = '', name = '', uid = '' } = endpoints.metadata;
  return { type: 'delete', resource: ENDPOINTS, namespace, name, uid };
}
