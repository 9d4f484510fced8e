import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, PlanContext } from '@taffrail/controller/controller';
import { controllerReference } from '@taffrail/controller/owner';
import { generatedName, seededRandom, type Random } from '@taffrail/platform/random';
import type { Endpoint, EndpointSlice, Node, Service } from '@taffrail/resources/generated/types';
import { isHeadless, selectsPods } from '../endpoints/addresses.ts';
import { serviceFollows } from '../endpoints/follows.ts';
import { selectedPods } from '../endpoints/plan.ts';
import { ENDPOINT_SLICES, NODES, SERVICES } from '../resource-names.ts';
import { sameJson } from '../workload/same-json.ts';
import { endpointGroups, familiesOf, type EndpointGroup } from './endpoint.ts';
import { sliceChanges, type SliceChanges } from './slices.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const CONTROLLER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';

/** Keeps the EndpointSlices of every service that selects pods. */
export const endpointSliceController: Controller = Object.freeze<Controller>({
  name: 'endpoint-slice-controller',
  follows: [
    ...serviceFollows,
    {
      resource: ENDPOINT_SLICES,
      keys(object) {
        const { namespace = '', labels } = object.metadata;
        const name = labels?.[SERVICE_NAME];
        return name === undefined || labels?.[MANAGED_BY] !== CONTROLLER ? [] : [{ namespace, name }];
      },
    },
    // Only a node's zone is needed; where it changes, slices follow with the next change of their service.
    { resource: NODES, part: 'metadata', keys: () => [] },
  ],
  indexes: [
    {
      resource: ENDPOINT_SLICES,
      name: 'service',
      values({ metadata }) {
        const name = metadata.labels?.[SERVICE_NAME];
        const ours = metadata.labels?.[MANAGED_BY] === CONTROLLER;
        return name === undefined || !ours ? [] : [`${metadata.namespace ?? ''}/${name}`];
      },
    },
  ],
  plan(view, key, context) {
    const service = view.get<Service>(SERVICES, key.namespace, key.name);
    const slices = view.indexed<EndpointSlice>(ENDPOINT_SLICES, 'service', `${key.namespace}/${key.name}`);
    if (service === undefined) return slices.map(removal);
    if (service.metadata.deletionTimestamp !== undefined) return [];
    // Without a selector whoever made the slices keeps them.
    if (!selectsPods(service)) return [];
    const nodeOf = (name: string): Node | undefined => view.get<Node>(NODES, '', name);
    const groups = endpointGroups(service, selectedPods(view, service), nodeOf);
    return commands(service, sliceChanges(withEmpty(service, groups, slices), slices), slices, context);
  },
});

/** A family without any endpoint is shown by one empty slice. */
function withEmpty(
  service: Service,
  groups: readonly EndpointGroup[],
  slices: readonly EndpointSlice[],
): readonly EndpointGroup[] {
  const empty = familiesOf(service).filter((family) => !groups.some((group) => group.family === family));
  return [
    ...groups,
    ...empty.map((family): EndpointGroup => {
      const present = slices.find((slice) => slice.addressType === family);
      return { family, ports: present?.ports ?? [], endpoints: [] };
    }),
  ];
}

function commands(
  service: Service,
  changes: SliceChanges,
  slices: readonly EndpointSlice[],
  context: PlanContext,
): readonly ControllerCommand[] {
  const random = seededRandom(context.seed);
  const labels = labelsOf(service);
  const touched = new Set<EndpointSlice>([...changes.update.map(({ slice }) => slice), ...changes.remove]);
  const relabelled = slices
    .filter((slice) => !touched.has(slice) && !sameJson(slice.metadata.labels, labels))
    .map((slice) => ({ slice, endpoints: slice.endpoints ?? [] }));
  const empty = emptyFamilies(service, changes, slices);
  return [
    ...[...changes.create, ...empty].map(({ group, endpoints }) => creation(service, group, endpoints, labels, random)),
    ...[...changes.update, ...relabelled].map(({ slice, endpoints }): ControllerCommand => {
      const object = asObject({ ...slice, metadata: { ...slice.metadata, labels }, endpoints } as EndpointSlice);
      return { type: 'update', resource: ENDPOINT_SLICES, object };
    }),
    ...changes.remove.map(removal),
  ];
}

function emptyFamilies(
  service: Service,
  changes: SliceChanges,
  slices: readonly EndpointSlice[],
): SliceChanges['create'] {
  const removed = new Set(changes.remove);
  return familiesOf(service)
    .filter((family) => !slices.some((slice) => slice.addressType === family && !removed.has(slice)))
    .filter((family) => !changes.create.some(({ group }) => group.family === family))
    .map((family) => ({ group: { family, ports: [], endpoints: [] }, endpoints: [] }));
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  return {
    ...service.metadata.labels,
    [SERVICE_NAME]: service.metadata.name ?? '',
    [MANAGED_BY]: CONTROLLER,
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
  };
}

function creation(
  service: Service,
  group: EndpointGroup,
  endpoints: readonly Endpoint[],
  labels: Readonly<Record<string, string>>,
  random: Random,
): ControllerCommand {
  const { namespace = '', name = '' } = service.metadata;
  const generateName = `${name}-`;
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: generatedName(generateName, random),
      generateName,
      namespace,
      labels,
      ownerReferences: [controllerReference(asObject(service))],
    },
    addressType: group.family,
    endpoints,
    ports: group.ports,
  };
  return { type: 'create', resource: ENDPOINT_SLICES, object: asObject(slice) };
}

function removal(slice: EndpointSlice): ControllerCommand {
  const { namespace = '', name = '', uid = '' } = slice.metadata;
  return { type: 'delete', resource: ENDPOINT_SLICES, namespace, name, uid };
}
