import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, PlanContext, View, WorkKey } from '@taffrail/controller/controller';
import { controllerReference } from '@taffrail/controller/owner';
import { generatedName, seededRandom, type Random } from '@taffrail/platform/random';
import type { Endpoint, Endpoints, EndpointSlice, Service } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import type { EndpointGroup } from '../endpoint-slice/endpoint.ts';
import { sliceChanges } from '../endpoint-slice/slices.ts';
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES } from '../resource-names.ts';
import { sameJson } from '../workload/same-json.ts';
import { mirroredGroups } from './groups.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const CONTROLLER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
const DROPPED_ANNOTATIONS: readonly string[] = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
];
const INDEX = 'mirrored';

/** Shows addresses that somebody wrote into an Endpoints object as slices, which is where they are read. */
export const endpointSliceMirroringController: Controller = Object.freeze<Controller>({
  name: 'endpoint-slice-mirroring-controller',
  follows: [
    { resource: ENDPOINTS, keys: keyOf },
    { resource: SERVICES, keys: keyOf },
    {
      resource: ENDPOINT_SLICES,
      keys: (object) =>
        isOurs(object) ? [{ namespace: object.metadata.namespace ?? '', name: serviceOf(object) }] : [],
    },
  ],
  indexes: [
    {
      resource: ENDPOINT_SLICES,
      name: INDEX,
      values: (object) => (isOurs(object) ? [`${object.metadata.namespace ?? ''}/${serviceOf(object)}`] : []),
    },
  ],
  plan(view, key, context) {
    const slices = view.indexed<EndpointSlice>(ENDPOINT_SLICES, INDEX, `${key.namespace}/${key.name}`);
    const endpoints = view.get<Endpoints>(ENDPOINTS, key.namespace, key.name);
    if (endpoints === undefined || !isMirrored(view, endpoints)) return slices.map(removal);
    return commands(endpoints, mirroredGroups(endpoints), slices, context);
  },
});

function keyOf({ metadata }: KubeObject): readonly WorkKey[] {
  return [{ namespace: metadata.namespace ?? '', name: metadata.name ?? '' }];
}

function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[MANAGED_BY] === CONTROLLER && metadata.labels[SERVICE_NAME] !== undefined;
}

function serviceOf({ metadata }: KubeObject): string {
  return metadata.labels?.[SERVICE_NAME] ?? '';
}

/** Those of a Service without a selector, unless they say otherwise or are an old form of lock. */
function isMirrored(view: View, { metadata }: Endpoints): boolean {
  if (metadata.deletionTimestamp !== undefined || metadata.labels?.[SKIP_LABEL] === 'true') return false;
  if (metadata.annotations?.[LEADER_ANNOTATION] !== undefined) return false;
  const service = view.get<Service>(SERVICES, metadata.namespace ?? '', metadata.name ?? '');
  return service !== undefined && Object.keys(service.spec?.selector ?? {}).length === 0;
}

function commands(
  endpoints: Endpoints,
  groups: readonly EndpointGroup[],
  slices: readonly EndpointSlice[],
  context: PlanContext,
): readonly ControllerCommand[] {
  const random = seededRandom(context.seed);
  const { labels, annotations } = shownMetadata(endpoints);
  const changes = sliceChanges(groups, slices);
  const touched = new Set<EndpointSlice>([...changes.update.map(({ slice }) => slice), ...changes.remove]);
  const renamed = slices.filter(
    ({ metadata }) => !sameJson(metadata.labels, labels) || !sameJson(metadata.annotations ?? {}, annotations),
  );
  const updates = [
    ...changes.update,
    ...renamed.filter((slice) => !touched.has(slice)).map((slice) => ({ slice, endpoints: slice.endpoints ?? [] })),
  ];
  return [
    ...changes.create.map(({ group, endpoints: inside }) => creation(endpoints, group, inside, random)),
    ...updates.map(({ slice, endpoints: inside }): ControllerCommand => {
      const metadata = { ...slice.metadata, labels, annotations };
      return {
        type: 'update',
        resource: ENDPOINT_SLICES,
        object: asObject({ ...slice, metadata, endpoints: inside } as EndpointSlice),
      };
    }),
    ...changes.remove.map(removal),
  ];
}

/** The labels and annotations of the Endpoints, with what says where the slice belongs. */
function shownMetadata({ metadata }: Endpoints): {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
} {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([name]) => !DROPPED_ANNOTATIONS.includes(name),
  );
  return {
    labels: { ...metadata.labels, [SERVICE_NAME]: metadata.name ?? '', [MANAGED_BY]: CONTROLLER },
    annotations: Object.fromEntries(annotations),
  };
}

function creation(
  endpoints: Endpoints,
  group: EndpointGroup,
  inside: readonly Endpoint[],
  random: Random,
): ControllerCommand {
  const { namespace = '', name = '' } = endpoints.metadata;
  const generateName = `${name}-`;
  const { labels, annotations } = shownMetadata(endpoints);
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: generatedName(generateName, random),
      generateName,
      namespace,
      labels,
      annotations,
      ownerReferences: [controllerReference(asObject(endpoints))],
    },
    addressType: group.family,
    endpoints: inside,
    ports: group.ports,
  };
  return { type: 'create', resource: ENDPOINT_SLICES, object: asObject(slice) };
}

function removal({ metadata }: EndpointSlice): ControllerCommand {
  const { namespace = '', name = '', uid = '' } = metadata;
  return { type: 'delete', resource: ENDPOINT_SLICES, namespace, name, uid };
}
