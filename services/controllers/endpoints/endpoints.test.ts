import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { Endpoints, EndpointSlice, Service } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { endpointSliceController } from '../endpoint-slice/plan.ts';
import { node, pod, service, type GivenPod } from '../testing/given.ts';
import { endpointsController } from './plan.ts';

const key = { namespace: 'ns', name: 'web' };
const labels = { app: 'web' };

function webPod(name: string, ip: string, more: Partial<GivenPod> = {}): KubeObject {
  return pod({ name, ip, labels, node: 'n1', ready: true, ...more });
}

function endpoints(objects: readonly KubeObject[]): Endpoints {
  const [command] = planOf(endpointsController, { key, objects });
  if (command?.type !== 'create' && command?.type !== 'update') throw new Error(`no write but ${command?.type}`);
  return command.object as unknown as Endpoints;
}

function slices(objects: readonly KubeObject[]): readonly ControllerCommand[] {
  return planOf(endpointSliceController, { key, objects });
}

function created(commands: readonly ControllerCommand[]): readonly EndpointSlice[] {
  return commands.flatMap((command) => (command.type === 'create' ? [command.object as unknown as EndpointSlice] : []));
}

/** What a slice says of each endpoint, in a line. */
function lines(slice: EndpointSlice | undefined): readonly string[] {
  return (slice?.endpoints ?? []).map(({ addresses, conditions }) => {
    const flags = Object.entries(conditions ?? {}).filter(([, holds]) => holds);
    return `${addresses.join(',')} ${flags.map(([name]) => name).join('+')}`;
  });
}

test('Endpoints hold ready and not ready addresses apart, sorted, with their pods', () => {
  const objects = [
    service('web'),
    webPod('b', '10.0.0.2'),
    webPod('a', '10.0.0.1'),
    webPod('c', '10.0.0.3', { ready: false, phase: 'Running' }),
    webPod('done', '10.0.0.4', { phase: 'Succeeded' }),
    webPod('ending', '10.0.0.5', { deleting: true }),
    pod({ name: 'other', ip: '10.0.0.6', labels: { app: 'other' }, ready: true }),
    pod({ name: 'no-address', labels, ready: true }),
  ];
  expect(endpoints(objects)).toMatchObject({
    metadata: { name: 'web', labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
    subsets: [
      {
        addresses: [
          { ip: '10.0.0.1', nodeName: 'n1', targetRef: { kind: 'Pod', namespace: 'ns', name: 'a', uid: 'uid-pod-a' } },
          { ip: '10.0.0.2' },
        ],
        notReadyAddresses: [{ ip: '10.0.0.3' }],
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
    ],
  });
});

test('a named target port leads to the number each pod gives it', () => {
  const spec = (containerPort: number) => ({
    containers: [{ name: 'main', image: 'v1', ports: [{ name: 'http', containerPort, protocol: 'TCP' }] }],
  });
  const objects = [
    service('web', { ports: [{ name: 'web', port: 80, protocol: 'TCP', targetPort: 'http' }] }),
    webPod('a', '10.0.0.1', { spec: spec(8080) }),
    webPod('b', '10.0.0.2', { spec: spec(9090) }),
    webPod('c', '10.0.0.3'),
  ];
  const { subsets } = endpoints(objects);
  expect(subsets?.map(({ addresses, ports }) => [addresses?.[0]?.ip, ports?.[0]?.port])).toEqual([
    ['10.0.0.1', 8080],
    ['10.0.0.2', 9090],
  ]);
  const made = created(slices(objects));
  expect(made.map((slice) => slice.ports)).toEqual([
    [{ name: 'web', port: 8080, protocol: 'TCP' }],
    [{ name: 'web', port: 9090, protocol: 'TCP' }],
    [],
  ]);
});

test('publishNotReadyAddresses makes every address ready', () => {
  const objects = [service('web', { publishNotReadyAddresses: true }), webPod('a', '10.0.0.1', { ready: false })];
  expect(endpoints(objects).subsets).toMatchObject([{ addresses: [{ ip: '10.0.0.1' }] }]);
  expect(lines(created(slices(objects))[0])).toEqual(['10.0.0.1 ready']);
});

test('a headless service without ports still lists its pods, by their host names', () => {
  const objects = [
    service('web', { clusterIP: 'None', ports: [] }),
    webPod('a', '10.0.0.1', { spec: { hostname: 'a-0', subdomain: 'web' } }),
  ];
  const made = endpoints(objects);
  expect(made.subsets).toMatchObject([{ addresses: [{ ip: '10.0.0.1', hostname: 'a-0' }] }]);
  expect(made.metadata.labels).toHaveProperty('service.kubernetes.io/headless');
});

test('Endpoints that are right are not written again; those of a service without a selector are not touched', () => {
  const objects = [service('web'), webPod('a', '10.0.0.1')];
  const right = asObject(endpoints(objects));
  expect(planOf(endpointsController, { key, objects: [...objects, right] })).toEqual([]);
  const { selector: _none, ...bare } = (service('web') as unknown as Service).spec ?? {};
  const unselecting = asObject({ ...service('web'), spec: bare } as Service);
  expect(planOf(endpointsController, { key, objects: [unselecting, right] })).toEqual([]);
});

test('Endpoints go with their service, unless somebody else keeps them', () => {
  const objects = [service('web'), webPod('a', '10.0.0.1')];
  const ours = asObject(endpoints(objects));
  expect(planOf(endpointsController, { key, objects: [ours] })).toMatchObject([{ type: 'delete', name: 'web' }]);
  const theirs = asObject({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'ns' } });
  expect(planOf(endpointsController, { key, objects: [theirs] })).toEqual([]);
});

test('a slice tells ready, serving and terminating apart, and names service, manager, owner, node and zone', () => {
  const objects = [
    service('web'),
    node('n1', { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } } }),
    webPod('a', '10.0.0.1'),
    webPod('b', '10.0.0.2', { ready: false, phase: 'Running' }),
    webPod('c', '10.0.0.3', { deleting: true }),
    webPod('d', '10.0.0.4', { deleting: true, ready: false, phase: 'Running' }),
  ];
  const [slice, ...others] = created(slices(objects));
  expect(others).toEqual([]);
  expect(slice).toMatchObject({
    addressType: 'IPv4',
    metadata: {
      generateName: 'web-',
      labels: {
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
    },
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  });
  expect(slice?.endpoints?.[0]).toMatchObject({ nodeName: 'n1', zone: 'z1', targetRef: { name: 'a' } });
  expect(lines(slice)).toEqual([
    '10.0.0.1 ready+serving',
    '10.0.0.2 ',
    '10.0.0.3 serving+terminating',
    '10.0.0.4 terminating',
  ]);
});

test('a service without endpoints has one empty slice, and keeps it', () => {
  const [empty, ...others] = created(slices([service('web')]));
  expect(others).toEqual([]);
  expect(empty).toMatchObject({ endpoints: [], ports: [], addressType: 'IPv4' });
  if (empty !== undefined) expect(slices([service('web'), asObject(empty)])).toEqual([]);
});

test('no slice holds more than 100 endpoints, and a change touches only the slices it must', () => {
  const pods = Array.from({ length: 250 }, (_, index) =>
    webPod(`p${index}`, `10.0.${Math.floor(index / 200)}.${index % 200}`),
  );
  const made = created(slices([service('web'), ...pods]));
  expect(made.map((slice) => slice.endpoints?.length)).toEqual([100, 100, 50]);
  const held = made.map(asObject);
  expect(slices([service('web'), ...pods, ...held])).toEqual([]);
  // One pod goes from the first slice and one comes: the first slice changes and takes the new one in.
  const next = [...pods.slice(1), webPod('new', '10.1.0.1')];
  const commands = slices([service('web'), ...next, ...held]);
  expect(commands).toMatchObject([{ type: 'update', object: { metadata: { name: made[0]?.metadata.name } } }]);
  expect(
    commands.map((command) =>
      command.type === 'update' ? (command.object['endpoints'] as readonly unknown[]).length : 0,
    ),
  ).toEqual([100]);
  // All pods of one slice gone: that slice goes.
  const gone = new Set(made[0]?.endpoints?.map((endpoint) => endpoint.targetRef?.name));
  const rest = pods.filter((one) => !gone.has(one.metadata.name));
  expect(slices([service('web'), ...rest, ...held])).toMatchObject([{ type: 'delete', name: made[0]?.metadata.name }]);
});
