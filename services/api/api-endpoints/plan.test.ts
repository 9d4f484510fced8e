import { expect, test } from 'vitest';
import type { KubeObject } from '@taffrail/resources/object';
import { advertisedAddress } from './advertised-address.ts';
import { planApiEndpoints } from './plan.ts';

const nothing = { endpoints: undefined, slices: [] };
const planned = (addresses: readonly string[], port = 6443): { endpoints: KubeObject; slices: KubeObject[] } => {
  const { endpoints, slice } = planApiEndpoints(nothing, addresses, port, true);
  const asSeen = (object: unknown, resourceVersion: string): KubeObject => {
    const { metadata, ...rest } = object as KubeObject;
    return { ...rest, metadata: { ...metadata, resourceVersion } } as KubeObject;
  };
  return { endpoints: asSeen(endpoints, '5'), slices: [asSeen(slice, '6')] };
};

test('names the servers in order, in Endpoints that nobody mirrors and in one slice of the Service', () => {
  const plan = planApiEndpoints(nothing, ['10.0.0.2', '10.0.0.10', '10.0.0.2'], 6443, true);
  expect(plan).toEqual({
    endpoints: {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        namespace: 'default',
        name: 'kubernetes',
        labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
      },
      subsets: [
        {
          addresses: [{ ip: '10.0.0.10' }, { ip: '10.0.0.2' }],
          ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
        },
      ],
    },
    slice: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: 'default',
        name: 'kubernetes',
        labels: { 'kubernetes.io/service-name': 'kubernetes' },
      },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['10.0.0.10'], conditions: { ready: true } },
        { addresses: ['10.0.0.2'], conditions: { ready: true } },
      ],
      ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    },
    remove: [],
  });
});

test('nothing is written where everything is right', () => {
  expect(planApiEndpoints(planned(['10.0.0.2']), ['10.0.0.2'], 6443, true)).toEqual({ remove: [] });
});

test('an update carries the revision that was seen', () => {
  const { endpoints, slice } = planApiEndpoints(planned(['10.0.0.2']), ['10.0.0.3'], 6443, true);
  expect(endpoints).toMatchObject({ metadata: { resourceVersion: '5' } });
  expect(slice).toMatchObject({ metadata: { resourceVersion: '6' } });
});

test('one of several servers leaves a port alone, the only one puts it right', () => {
  const seen = planned(['10.0.0.2'], 6443);
  expect(planApiEndpoints(seen, ['10.0.0.2'], 7000, false)).toEqual({ remove: [] });
  const { endpoints, slice } = planApiEndpoints(seen, ['10.0.0.2'], 7000, true);
  expect(endpoints).toMatchObject({ subsets: [{ ports: [{ port: 7000 }] }] });
  expect(slice).toMatchObject({ ports: [{ port: 7000 }] });
});

test('foreign labels go, and so do other slices that say they are of the Service', () => {
  const { endpoints, slices } = planned(['10.0.0.2']);
  const [slice] = slices;
  const labelled = {
    ...endpoints,
    metadata: { ...endpoints.metadata, labels: { mine: 'no' } },
  } as unknown as KubeObject;
  const sixth = { ...slice, addressType: 'IPv6' } as KubeObject;
  const other = { ...slice, metadata: { ...slice?.metadata, name: 'other' } } as KubeObject;
  const plan = planApiEndpoints({ endpoints: labelled, slices: [other, ...slices, sixth] }, ['10.0.0.2'], 6443, true);
  expect(plan.endpoints).toMatchObject({
    metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  });
  expect(plan.remove).toEqual(['other', 'kubernetes']);
});

test.each([
  [{ bindAddress: '127.0.0.1' }, '10.1.1.1'],
  [{ bindAddress: '10.0.0.7' }, '10.0.0.7'],
  [{ bindAddress: '0.0.0.0' }, '10.1.1.1'],
  [{ bindAddress: '::' }, '10.1.1.1'],
  [{ bindAddress: '127.0.0.1', advertiseAddress: '10.0.0.9' }, '10.0.0.9'],
  [{ bindAddress: 'localhost' }, '10.1.1.1'],
])('a server that was told %j is found at %s', (flags, expected) => {
  expect(advertisedAddress(flags, () => '10.1.1.1')).toBe(expected);
});

test('a machine that has only loopback is found nowhere', () => {
  expect(advertisedAddress({ bindAddress: '0.0.0.0' }, () => '127.0.0.1')).toBeUndefined();
});
