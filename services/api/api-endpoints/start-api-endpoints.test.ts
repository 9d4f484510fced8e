import { expect, test, vi } from 'vitest';
import { limits } from '@taffrail/platform/limits';
import { silentLogger } from '@taffrail/platform/logger';
import type { Endpoints, EndpointSlice } from '@taffrail/resources/generated/types';
import { resourceNamed, testMachine, type TestMachine } from '@taffrail/state/testing/machine';
import { apiEndpointsTurn, startApiEndpoints, type ApiEndpointsOptions } from './start-api-endpoints.ts';

const server = (cluster: TestMachine, address: string): ApiEndpointsOptions => ({
  state: cluster.machine,
  address,
  port: 6443,
  clock: cluster.clock,
  logger: silentLogger,
});
const turn = async (cluster: TestMachine, address: string): Promise<void> => {
  await apiEndpointsTurn(server(cluster, address), new AbortController().signal);
};
const addresses = (cluster: TestMachine): readonly string[] => {
  const endpoints = cluster.get('endpoints', 'kubernetes', 'default') as unknown as Endpoints | undefined;
  const slice = cluster.get('endpointslices', 'kubernetes', 'default') as unknown as EndpointSlice | undefined;
  const named = endpoints?.subsets?.[0]?.addresses?.map(({ ip }) => ip) ?? [];
  expect(slice?.endpoints?.flatMap((one) => one.addresses) ?? []).toEqual(named);
  return named;
};

test('several servers name each other, and one that is heard of no more is forgotten', async () => {
  await using cluster = await testMachine();
  await turn(cluster, '10.0.0.1');
  expect(addresses(cluster)).toEqual(['10.0.0.1']);
  await turn(cluster, '10.0.0.2');
  await turn(cluster, '10.0.0.1');
  expect(addresses(cluster)).toEqual(['10.0.0.1', '10.0.0.2']);
  cluster.clock.advance(limits.apiServerLeaseMs + 1);
  await turn(cluster, '10.0.0.2');
  expect(addresses(cluster)).toEqual(['10.0.0.2']);
});

test('what somebody else writes into the endpoints is put right', async () => {
  await using cluster = await testMachine();
  await turn(cluster, '10.0.0.1');
  await cluster.patch(
    'endpoints',
    'kubernetes',
    { subsets: [{ addresses: [{ ip: '9.9.9.9' }] }] },
    { namespace: 'default' },
  );
  await cluster.delete('endpointslices', 'kubernetes', { namespace: 'default' });
  await turn(cluster, '10.0.0.1');
  expect(addresses(cluster)).toEqual(['10.0.0.1']);
});

test('a turn that changes nothing writes nothing but its lease', async () => {
  await using cluster = await testMachine();
  await turn(cluster, '10.0.0.1');
  const before = await cluster.logs.LOG.head(new AbortController().signal);
  cluster.clock.advance(1_000);
  await turn(cluster, '10.0.0.1');
  expect((await cluster.logs.LOG.head(new AbortController().signal)).sequence).toBe(before.sequence);
});

test('a server that stops is taken away, the last one stays named', async () => {
  await using cluster = await testMachine();
  const first = startApiEndpoints(server(cluster, '10.0.0.1'));
  const second = startApiEndpoints(server(cluster, '10.0.0.2'));
  await vi.waitFor(() => expect(addresses(cluster)).not.toEqual([]));
  cluster.clock.advance(limits.apiEndpointsIntervalMs);
  await vi.waitFor(() => expect(addresses(cluster)).toEqual(['10.0.0.1', '10.0.0.2']));
  await second.stop();
  expect(addresses(cluster)).toEqual(['10.0.0.1']);
  await first.stop();
  expect(addresses(cluster)).toEqual(['10.0.0.1']);
  expect(cluster.machine.list(resourceNamed('leases'), 'kube-system')).toEqual([]);
});
