import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import type { Endpoints } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { ENDPOINT_SLICES, ENDPOINTS } from '../resource-names.ts';
import { service } from '../testing/given.ts';
import { runningCluster, type RunningCluster } from '../testing/running-cluster.ts';

function endpoints(subsets: Endpoints['subsets'], labels: Readonly<Record<string, string>> = {}): KubeObject {
  const metadata = { name: 'own', namespace: 'ns', labels };
  return asObject({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    ...(subsets === undefined ? {} : { subsets }),
  });
}

const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];

/** Of each mirrored slice: family, ports and addresses, those that are not ready in brackets. */
function shown(cluster: RunningCluster): readonly string[] {
  return cluster.api
    .all(ENDPOINT_SLICES)
    .map(
      (slice) =>
        slice as unknown as {
          addressType: string;
          ports: { port: number }[];
          endpoints: { addresses: string[]; conditions: { ready: boolean } }[];
        },
    )
    .map(({ addressType, ports: own, endpoints: inside }) => {
      const addresses = inside.map(({ addresses: [ip = ''], conditions }) => (conditions.ready ? ip : `(${ip})`));
      return `${addressType} ${own.map(({ port }) => port).join()} ${addresses.join(' ')}`;
    });
}

test('addresses written by hand are shown as slices, follow their changes, and go with them', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(service('own', { selector: {} }));
  cluster.api.put(
    endpoints([{ addresses: [{ ip: '10.1.2.3' }], notReadyAddresses: [{ ip: '10.1.2.4' }], ports }], { a: 'b' }),
  );
  await cluster.run(3);
  expect(shown(cluster)).toEqual(['IPv4 80 10.1.2.3 (10.1.2.4)']);
  const [slice] = cluster.api.all(ENDPOINT_SLICES);
  expect(slice?.metadata).toMatchObject({
    labels: {
      a: 'b',
      'kubernetes.io/service-name': 'own',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
    },
    ownerReferences: [{ kind: 'Endpoints', name: 'own', controller: true }],
  });
  cluster.api.put(endpoints([{ addresses: [{ ip: '10.1.2.5' }, { ip: 'fd00::1' }], ports }]));
  await cluster.run(3);
  expect(shown(cluster).toSorted()).toEqual(['IPv4 80 10.1.2.5', 'IPv6 80 fd00::1']);
  await cluster.api.delete(ENDPOINTS, 'ns', 'own');
  await cluster.run(3);
  expect(shown(cluster)).toEqual([]);
});

test('what has no Service, belongs to a selector, or asks not to be mirrored, is not', async () => {
  await using cluster = await runningCluster();
  const subsets = [{ addresses: [{ ip: '10.1.2.3' }], ports }];
  cluster.api.put(endpoints(subsets));
  await cluster.run(3);
  expect(shown(cluster)).toEqual([]);
  cluster.api.put(service('own', { selector: {} }));
  await cluster.run(3);
  expect(shown(cluster)).toHaveLength(1);
  cluster.api.put(endpoints(subsets, { 'endpointslice.kubernetes.io/skip-mirror': 'true' }));
  await cluster.run(3);
  expect(shown(cluster)).toEqual([]);
});
