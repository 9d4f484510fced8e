import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { IPAddress, ServiceCIDR } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { service, withMetadata } from '../testing/given.ts';
import { ipAddressController } from './plan.ts';

const IP = '10.96.0.10';
const LABELS = {
  'ipaddress.kubernetes.io/ip-family': 'IPv4',
  'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
};
const web = service('web', { clusterIPs: [IP] });
const range = asObject({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name: 'kubernetes' },
  spec: { cidrs: ['10.96.0.0/16'] },
} as ServiceCIDR);
const address = (parent: Partial<IPAddress['spec']['parentRef']> = {}, labels: object = LABELS): KubeObject =>
  asObject({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: IP, labels },
    spec: { parentRef: { resource: 'services', namespace: 'ns', name: 'web', ...parent } },
  } as IPAddress);

const plans =
  (resource: string, name: string, nowMs = 0) =>
  (...objects: readonly KubeObject[]): readonly unknown[] =>
    planOf(ipAddressController, {
      key: { resource, namespace: resource === 'services' ? 'ns' : '', name },
      objects: [range, ...objects],
      nowMs,
    });
const ofService = plans('services', 'web');
const ofAddress = plans('ipaddresses', IP);

const made = {
  type: 'create',
  object: {
    metadata: { name: IP, labels: LABELS },
    spec: { parentRef: { resource: 'services', namespace: 'ns', name: 'web' } },
  },
};
const deleted = { type: 'delete', name: IP, uid: 'uid-ipaddress-10.96.0.10' };

test('a Service whose IPAddress is missing gets it, and it is told', () => {
  expect(ofService(web)).toMatchObject([
    {
      ...made,
      event: {
        eventType: 'Warning',
        reason: 'ClusterIPNotAllocated',
        message: 'Cluster IP [IPv4]: 10.96.0.10 is not allocated; repairing',
      },
    },
  ]);
  expect(ofService(web, address())).toEqual([]);
  expect(ofService(service('web', { clusterIPs: ['None'] }))).toEqual([]);
});

test('one that names something else, or lacks a label, is made anew', () => {
  const wrong = { reason: 'ClusterIPNotAllocated', message: expect.stringContaining('has a wrong reference') };
  expect(ofService(web, address({ name: 'other' }))).toMatchObject([deleted, { ...made, event: wrong }]);
  expect(ofService(web, address({ group: 'example.com', resource: 'gateways' }))).toMatchObject([deleted, made]);
  expect(ofService(web, address({}, {}))).toMatchObject([deleted, made]);
});

test('an address in no range is not made, and it is told', () => {
  expect(ofService(service('web', { clusterIPs: ['10.9.0.1'] }))).toMatchObject([
    { type: 'event', reason: 'ClusterIPOutOfRange' },
  ]);
});

test('an address of the allocator that no Service has goes; one of somebody else stays', () => {
  const later = plans('ipaddresses', IP, 60_001);
  expect(ofAddress(web, address())).toEqual([]);
  expect(ofAddress(address())).toEqual([{ type: 'requeue', afterMs: 60_000 }]);
  expect(later(address())).toMatchObject([{ ...deleted, event: { reason: 'IPAddressNotAllocated' } }]);
  expect(ofAddress(service('web', { clusterIPs: ['10.96.0.11'] }), address())).toMatchObject([
    { ...deleted, event: { reason: 'IPAddressWrongReference' } },
  ]);
  expect(ofAddress(web, address({ resource: 'pods' }))).toMatchObject([deleted]);
  expect(later(address({ resource: 'pods' }, {}))).toEqual([]);
});

test('what is newer than the view of the other side is waited for', () => {
  const late = { resourceVersion: '99999999' };
  expect(ofService(withMetadata(web, late))).toEqual([{ type: 'requeue', afterMs: 1000 }]);
  expect(ofAddress(withMetadata(address(), late))).toEqual([{ type: 'requeue', afterMs: 1000 }]);
});

test('whoever deletes or rewrites an IPAddress brings its Service back to be looked at', () => {
  const [, addresses] = ipAddressController.follows;
  const keys = addresses?.keys(address({ name: 'new' }), address(), {
    indexed: () => [web],
  } as unknown as Parameters<NonNullable<typeof addresses>['keys']>[2]);
  expect(keys?.map(({ resource, name }) => `${resource}/${name}`)).toEqual([
    'services/new',
    'services/web',
    'services/web',
    `ipaddresses/${IP}`,
  ]);
});
